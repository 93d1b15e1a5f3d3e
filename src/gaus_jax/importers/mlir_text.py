"""The words of MLIR's textual form, as far as the SSP dialect needs them.

Syntax: MLIR language reference, "Notation" and "Attribute Values". Names and strings come decoded.
"""

import re
from typing import NamedTuple

from gaus_jax.base.errors import InputError
from gaus_jax.importers.files import Source

STRING = r'"(?:[^"\\\n]|\\.)*"'
TOKEN = re.compile(
    rf"""
    (?P<skip>[ \t\r\n]+|//[^\n]*)
  | (?P<symbol>@(?:[A-Za-z_][A-Za-z0-9_$.]*|{STRING}))
  | (?P<value>%(?:[0-9]+|[A-Za-z_$.-][A-Za-z0-9_$.-]*))
  | (?P<string>{STRING})
  | (?P<result>\#[0-9]+)
  | (?P<attribute>\#[A-Za-z_][A-Za-z0-9_$.]*)
  | (?P<number>[+-]?[0-9]+(?:\.[0-9]*(?:[eE][+-]?[0-9]+)?)?)
  | (?P<word>[A-Za-z_][A-Za-z0-9_$.]*)
  | (?P<mark>::|[<>\[\](){{}},=:])
    """,
    re.VERBOSE,
)
ESCAPE = re.compile(rb"\\(?:([0-9A-Fa-f]{2})|(.))", re.DOTALL)
ESCAPED = {b"\\": b"\\", b'"': b'"', b"n": b"\n", b"t": b"\t"}
SHOWN = 40  # characters of a word in a message


class Token(NamedTuple):
    """One word; `text` is a symbol's or value's name without its mark, a string's content."""

    kind: str  # a group of TOKEN, or "end"
    text: str
    line: int


class Reader:
    """The words of a file, one after the other."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = _tokens(source)
        self.at = 0

    @property
    def next(self) -> Token:
        """The next word, which stays."""
        return self.tokens[self.at]

    def error(self, what: str, token: Token | None = None) -> InputError:
        """An error at the line of a word, by default of the next one."""
        return self.source.error(what, (token or self.next).line)

    def expected(self, what: str) -> InputError:
        """An error that says what should have come in place of the next word."""
        token = self.next
        if token.kind == "end":
            return self.error(f"the file ends where {what} is due; it may be cut off")
        return self.error(f"expected {what}, found '{token.text[:SHOWN]}'")

    def any(self, kind: str) -> Token | None:
        """The next word where it is of a kind."""
        if self.next.kind != kind:
            return None
        self.at += 1
        return self.tokens[self.at - 1]

    def one(self, kind: str, what: str) -> Token:
        """The next word, which must be of a kind."""
        token = self.any(kind)
        if token is None:
            raise self.expected(what)
        return token

    def take(self, *texts: str) -> bool:
        """Whether the next word is a bare one of these; it is then passed."""
        found = self.next.kind in ("word", "mark") and self.next.text in texts
        self.at += found
        return found

    def need(self, text: str) -> None:
        """Pass a bare word that must be there."""
        if not self.take(text):
            raise self.expected(f"'{text}'")


def _tokens(source: Source) -> list[Token]:
    text = source.text()
    tokens: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise source.error(f"'{text[at]}' begins no word of MLIR's text", line)
        kind, found = str(match.lastgroup), match[0]
        if kind != "skip":
            tokens.append(Token(kind, _content(source, kind, found, line), line))
        line += found.count("\n")
        at = match.end()
    return [*tokens, Token("end", "", line)]


def _content(source: Source, kind: str, found: str, line: int) -> str:
    bare = found[1:] if kind in ("symbol", "value", "result", "attribute") else found
    if not bare.startswith('"'):
        return bare

    def resolve(match: re.Match[bytes]) -> bytes:
        if match[1] is not None:
            return bytes([int(match[1], 16)])
        if match[2] not in ESCAPED:
            raise source.error(f"{found[:SHOWN]} has an unknown escape", line)
        return ESCAPED[match[2]]

    try:
        return ESCAPE.sub(resolve, bare[1:-1].encode()).decode()
    except UnicodeDecodeError:
        raise source.error(f"{found[:SHOWN]} is not UTF-8 text", line) from None
