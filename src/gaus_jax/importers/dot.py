"""DOT: ``digraph { a -> b [distance=1] }``, the part of Graphviz's language that tells a graph.

Format: graphviz.org/doc/info/lang.html. Read are node and edge statements, chains, defaults,
subgraphs (flattened; their defaults end with them), ports (dropped), comments and HTML strings.
Attributes as in docs/formats.md; others are ignored.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.importers.dot_write import write
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format
from gaus_jax.importers.records import Records, build

TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/|(?m:^)\#[^\n]*)"
    r'|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<number>-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?))"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<mark>->|--|[{}\[\]=;,:+])",
    re.DOTALL,
)
KEYWORDS = ("strict", "graph", "digraph", "node", "edge", "subgraph")
DEPTH_LIMIT = 50  # subgraphs within subgraphs
EDGE_LIMIT = 10**7  # as {...} -> {...} stands for a product
ID = "id"

Attributes = dict[str, str]


class _Token(NamedTuple):
    kind: str  # ID, a keyword or a mark
    text: str
    at: int  # the character


class _Scope(NamedTuple):
    node: Attributes
    edge: Attributes
    depth: int


def read(source: Source) -> Problem:
    """Read a directed DOT graph; nodes come in the order in which they are first named.

    Raises:
        InputError: not DOT, undirected, nested too deeply, or a bad attribute; with the line.
    """
    return build(source, _Parser(source).records())


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text()
        self.tokens = list(self._split())
        self.position = 0
        self.index: dict[str, int] = {}
        self.nodes: list[Attributes] = []
        self.node_at: list[int] = []
        self.ends: list[tuple[int, int]] = []
        self.edges: list[Attributes] = []
        self.edge_at: list[int] = []
        self.strict: dict[tuple[int, int], int] | None = None  # the edge of each pair

    def fail(self, at: int, what: str) -> InputError:
        return self.source.error(what, self.text.count("\n", 0, at) + 1)

    def _split(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            match = TOKEN.match(self.text, at)
            if match is None:
                end = self._html_end(at)
                yield _Token(ID, self.text[at:end], at)
                at = end
                continue
            text, kind = match.group(), match.lastgroup
            if kind == "mark":
                yield _Token(text, text, at)
            elif kind == "string":
                yield _Token(ID, _unquote(text), at)
            elif kind != "space":
                keyword = kind == "word" and text.lower() in KEYWORDS
                yield _Token(text.lower() if keyword else ID, text, at)
            at = match.end()
        yield _Token("end of file", "", len(self.text))

    def _html_end(self, at: int) -> int:
        """The end of an HTML string, or an error where none begins."""
        if self.text[at] == "<":
            depth = 0
            for match in re.compile("[<>]").finditer(self.text, at):
                depth += 1 if match.group() == "<" else -1
                if depth == 0:
                    return match.end()
        if self.text[at] in '<"' or self.text.startswith("/*", at):
            raise self.fail(at, "a string or comment that begins here has no end")
        raise self.fail(at, f"'{self.text[at]}' has no meaning here; quote names that hold it")

    def _take(self, *kinds: str) -> _Token | None:
        """The next token, if it is of one of these kinds."""
        token = self.tokens[self.position]
        if token.kind not in kinds:
            return None
        self.position += 1
        return token

    def _need(self, *kinds: str) -> _Token:
        token = self._take(*kinds)
        if token is None:
            found = self.tokens[self.position]
            wanted = " or ".join("a name" if kind == ID else f"'{kind}'" for kind in kinds)
            shown = found.text[:40] or found.kind
            raise self.fail(found.at, f"{wanted} was expected, not '{shown}'")
        return token

    def _name(self) -> _Token:
        """A name; strings may be joined by ``+``."""
        first = self._need(ID)
        parts = [first.text]
        while self._take("+"):
            parts.append(self._need(ID).text)
        return first._replace(text="".join(parts))

    def records(self) -> Records:
        """Parse the one graph of the file."""
        self.strict = {} if self._take("strict") else None
        opening = self._need("digraph", "graph")
        if opening.kind == "graph":
            raise self.fail(opening.at, "the graph is undirected; write digraph and ->")
        if self.tokens[self.position].kind == ID:
            self._name()
        self._need("{")
        self._statements(_Scope({}, {}, 0))
        rest = self.tokens[self.position]
        if rest.kind != "end of file":
            raise self.fail(rest.at, "something follows the graph; give each graph its own file")
        at = {"node": self.node_at, "edge": self.edge_at}
        return Records(
            ids=tuple(self.index),
            nodes=self.nodes,
            ends=np.array(self.ends, np.int64).reshape(-1, 2),
            edges=self.edges,
            line=lambda kind, i: self.text.count("\n", 0, at[kind][i]) + 1,
        )

    def _statements(self, scope: _Scope) -> list[int]:
        """Statements up to the closing brace; returns the nodes named in them."""
        named: dict[int, None] = {}
        while not self._take("}"):
            if self._take(";"):
                continue
            default = self._take("graph", "node", "edge")
            if default:
                given = self._attributes()
                target = {"node": scope.node, "edge": scope.edge}.get(default.kind)
                if target is not None:
                    target.update(given)
            elif (
                self.tokens[self.position].kind == ID and self.tokens[self.position + 1].kind == "="
            ):
                self.position += 2
                self._name()
            else:
                named.update(dict.fromkeys(self._chain(scope)))
        return list(named)

    def _chain(self, scope: _Scope) -> list[int]:
        """A node statement, a subgraph, or a chain of edges."""
        begin = self.tokens[self.position]
        groups = [self._operand(scope)]
        while arrow := self._take("->", "--"):
            if arrow.kind == "--":
                raise self.fail(arrow.at, "'--' in a digraph; write ->")
            groups.append(self._operand(scope))
        given = self._attributes()
        if len(groups) == 1 and begin.kind == ID:
            self.nodes[groups[0][0]].update(given)
        for tails, heads in pairwise(groups):
            if len(self.ends) + len(tails) * len(heads) > EDGE_LIMIT:
                raise self.fail(begin.at, f"stands for more than {EDGE_LIMIT} edges; too many")
            for tail in tails:
                for head in heads:
                    self._edge(tail, head, {**scope.edge, **given}, begin.at)
        return [node for group in groups for node in group]

    def _edge(self, tail: int, head: int, given: Attributes, at: int) -> None:
        if self.strict is not None:
            known = self.strict.setdefault((tail, head), len(self.ends))
            if known < len(self.ends):
                self.edges[known].update(given)
                return
        self.ends.append((tail, head))
        self.edges.append(given)
        self.edge_at.append(at)

    def _operand(self, scope: _Scope) -> list[int]:
        """A node or a subgraph, as the nodes it stands for."""
        opening = self._take("subgraph")
        if opening and self.tokens[self.position].kind == ID:
            self._name()
        if opening or self.tokens[self.position].kind == "{":
            brace = self._need("{")
            if scope.depth >= DEPTH_LIMIT:
                raise self.fail(brace.at, f"subgraphs are nested deeper than {DEPTH_LIMIT}")
            return self._statements(_Scope(dict(scope.node), dict(scope.edge), scope.depth + 1))
        name = self._name()
        while self._take(":"):
            self._name()
        if name.text not in self.index:
            self.index[name.text] = len(self.index)
            self.nodes.append(dict(scope.node))
            self.node_at.append(name.at)
        return [self.index[name.text]]

    def _attributes(self) -> Attributes:
        given: Attributes = {}
        while self._take("["):
            while not self._take("]"):
                key = self._name().text
                given[key] = self._name().text if self._take("=") else "true"
                self._take(",", ";")
        return given


def _unquote(text: str) -> str:
    """Graphviz knows two escapes: of a quote and of a line's end."""
    return text[1:-1].replace("\\\n", "").replace('\\"', '"')


DOT = Format(
    name="dot",
    suffixes=(".dot", ".gv"),
    sniff=lambda head: re.search(rb"(?mi)^\s*(strict\s+)?(di)?graph\b[^\[{]*\{", head) is not None,
    read=read,
    write=write,
)
