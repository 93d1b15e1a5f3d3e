"""GML: ``graph [ directed 1 node [ id 0 ... ] edge [ source 0 target 1 ... ] ]``.

A reader of its own, as general parsers take a second for what should take milliseconds. One regular
expression splits the file into tokens; a list without lists in it becomes a dictionary in one step;
line numbers are found by splitting once more, and only for an error. See docs/formats.md.
"""

import re
import sys
from collections.abc import Iterator
from html.entities import name2codepoint
from itertools import islice
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format
from gaus_jax.importers.gml_write import write
from gaus_jax.importers.records import EDGE_KEYS, NODE_KEYS, Records, build

# Words, brackets, strings (those that lack their end run to the file's end), comments.
TOKEN = re.compile(r'[^\s\[\]"#]+|[\[\]]|"[^"]*"?|#[^\n]*')
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|([A-Za-z]\w*));")
DEPTH_LIMIT = 100  # lists within lists


def read(source: Source) -> Problem:
    """Read a directed GML graph.

    Nodes are called by their labels where all have distinct ones, else by their ids.

    Raises:
        InputError: not GML, undirected, a node without an id or with another's, an edge to an
            unknown node, or a bad attribute; with the line.
    """
    return build(source, _Reader(source).records())


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text()
        self.tokens = TOKEN.findall(self.text)
        if "#" in self.text:
            self.tokens = [token for token in self.tokens if token[0] != "#"]
        last = self.tokens[-1] if self.tokens else ""
        if last[:1] == '"' and (len(last) == 1 or last[-1] != '"'):
            raise self.fail(len(self.tokens) - 1, 'a string lacks its closing "')
        self.end = 0  # the token that closes the list read last
        self.at: dict[str, list[int]] = {
            "node": [],
            "edge": [],
            "class": [],
        }  # the token at which each record begins

    def line(self, token: int) -> int:
        """The line of one token, found by splitting again."""
        found = (m for m in TOKEN.finditer(self.text) if m.group()[0] != "#")
        match = next(islice(found, token, None), None)
        return self.text.count("\n", 0, match.start() if match else len(self.text)) + 1

    def fail(self, token: int, what: str) -> InputError:
        return self.source.error(what, self.line(token))

    def records(self) -> Records:
        """The graph's lists as attribute records."""
        begin = self._find_graph(0)
        if begin >= len(self.tokens):
            raise self.source.error("holds no 'graph [ ... ]', so it is not GML")
        found: dict[str, list[dict[str, Any]]] = {"node": [], "edge": [], "class": []}
        directed = "0"
        for key, value, at in self._pairs(begin):
            if key in found:
                if not isinstance(value, dict):
                    raise self.fail(at, f"{key} must be a list, as in '{key} [ ... ]'")
                found[key].append(value)
                self.at[key].append(at)
            elif key == "directed":
                directed = value
        second = self._find_graph(self.end + 1)
        if second < len(self.tokens):
            raise self.fail(second - 2, "a second graph; give each its own file")
        if directed != "1":
            raise self.fail(
                begin - 2, "the graph is undirected; say 'directed 1' if its edges have a direction"
            )
        self._unquote(found)
        ids, index = self._ids(found["node"])
        return Records(
            ids=ids,
            nodes=found["node"],
            ends=self._ends(found["edge"], index),
            edges=found["edge"],
            classes=found["class"] or None,
            line=lambda kind, i: self.line(self.at[kind][i]),
        )

    def _find_graph(self, position: int) -> int:
        """The first token inside the next ``graph [``, or the end of the file."""
        tokens = self.tokens
        while position < len(tokens):
            self._check_key(position)
            opens = tokens[position + 1 : position + 2] == ["["]
            if opens and tokens[position] == "graph":
                return position + 2
            if not opens:
                self._check_value(position + 1)
            position = (self._closing(position + 1) if opens else position + 1) + 1
        return position

    def _closing(self, opening: int) -> int:
        """The token that closes the list opened at a token."""
        depth = 0
        for position in range(opening, len(self.tokens)):
            token = self.tokens[position]
            if token == "[":
                depth += 1
            elif token == "]":
                depth -= 1
                if depth == 0:
                    return position
        raise self.fail(opening, "this list is never closed; the file may be cut off")

    def _check_key(self, position: int) -> None:
        token = self.tokens[position]
        if token not in ("node", "edge") and not KEY.fullmatch(token):
            raise self.fail(position, f"'{token[:40]}' where the name of an attribute was expected")

    def _check_value(self, position: int) -> None:
        if position >= len(self.tokens) or self.tokens[position] == "]":
            name = self.tokens[position - 1]
            raise self.fail(position - 1, f"attribute {name} has no value")

    def _pairs(self, begin: int, depth: int = 0) -> Iterator[tuple[str, Any, int]]:
        """Key, value and first token of each attribute of a list; lists become dictionaries.

        Afterwards `end` is the token that closes the list.
        """
        tokens, position = self.tokens, begin
        while position < len(tokens) and tokens[position] != "]":
            self._check_key(position)
            at = position
            if tokens[at + 1 : at + 2] != ["["]:
                self._check_value(at + 1)
                value = tokens[at + 1]
                position = at + 2
            else:
                value = self._flat(at + 2)
                if value is None:
                    value = self._list(at + 2, depth + 1)
                position = self.end + 1
            yield tokens[at], value, at
        if position >= len(tokens):
            raise self.fail(begin - 2, "this list is never closed; the file may be cut off")
        self.end = position

    def _flat(self, begin: int) -> dict[str, Any] | None:
        """The fast path: a list of well-known attributes, each once, none of them a list."""
        try:
            self.end = self.tokens.index("]", begin)
        except ValueError:
            return None
        body = self.tokens[begin : self.end]
        value: dict[str, Any] = dict(zip(body[::2], body[1::2], strict=False))
        plain = 2 * len(value) == len(body) and "[" not in body and value.keys() <= _PLAIN
        return value if plain else None

    def _list(self, begin: int, depth: int) -> dict[str, Any]:
        """The slow path for a list: nested, or with other attributes, or wrong."""
        if depth > DEPTH_LIMIT:
            raise self.fail(begin - 2, f"lists are nested deeper than {DEPTH_LIMIT}")
        value: dict[str, Any] = {}
        for key, part, at in self._pairs(begin, depth):
            if key == "use":
                value.setdefault(key, []).append(part)
            elif key in value and key in _KNOWN:
                raise self.fail(at, f"attribute {key} is given twice; keep one")
            else:
                value[key] = part
        return value

    def _unquote(self, found: dict[str, list[dict[str, Any]]]) -> None:
        """Strings without their quotes, as numbers may also be written as strings."""
        for kind, group in found.items():
            ignored = set() if kind == "class" else {"name"}
            for key in (set().union(*group) & _KNOWN) - ignored:
                for record in group:
                    value = record.get(key)
                    if isinstance(value, str) and value[0] == '"':
                        record[key] = _plain(value)
            for use in (use for record in group for use in record.get("use", ())):
                if isinstance(use, dict):
                    use.update((k, _plain(v)) for k, v in use.items() if isinstance(v, str))

    def _ids(self, nodes: list[dict[str, Any]]) -> tuple[list[str], dict[int, int]]:
        index: dict[int, int] = {}
        for i, node in enumerate(nodes):
            try:
                key = int(node["id"])
            except KeyError:
                raise self.fail(self.at["node"][i], "node has no id; give each node one") from None
            except (TypeError, ValueError):
                shown = str(node["id"])[:40]
                raise self.fail(
                    self.at["node"][i], f"node id '{shown}' must be a whole number"
                ) from None
            if index.setdefault(key, i) != i:
                first = self.line(self.at["node"][index[key]])
                raise self.fail(
                    self.at["node"][i], f"node id {key} appears twice, first on line {first}"
                )
        labels = [node.get("label") for node in nodes]
        if all(isinstance(label, str) for label in labels) and len(set(labels)) == len(labels):
            return [str(label) for label in labels], index
        return [str(key) for key in index], index

    def _ends(self, edges: list[dict[str, Any]], index: dict[int, int]) -> np.ndarray:
        try:
            ends = [(index[int(e["source"])], index[int(e["target"])]) for e in edges]
        except (KeyError, TypeError, ValueError):
            raise self._bad_end(edges, index) from None
        return np.array(ends, np.int64).reshape(-1, 2)

    def _bad_end(self, edges: list[dict[str, Any]], index: dict[int, int]) -> InputError:
        """The error of the first edge that has a missing or an unknown end."""
        for edge, at in zip(edges, self.at["edge"], strict=True):
            for end in ("source", "target"):
                if end not in edge:
                    return self.fail(at, f"edge has no {end}; give the id of a node")
                shown = str(edge[end])[:40]
                if not re.fullmatch(r"[+-]?\d+", shown) or int(shown) not in index:
                    return self.fail(
                        at, f"edge {end} {shown} names an unknown node; {_span(index)}"
                    )
        return self.source.error("an edge names an unknown node")


_KNOWN = NODE_KEYS | EDGE_KEYS | {"id", "label", "source", "target", "name", "cost", "limit"}
_PLAIN = _KNOWN - {"use"}


def _span(index: dict[int, int]) -> str:
    return f"ids are {min(index)}..{max(index)}" if index else "there are no nodes"


def _plain(value: str) -> str:
    """A string without its quotes and character references."""
    return REFERENCE.sub(_character, value[1:-1]) if value[:1] == '"' else value


def _character(match: re.Match[str]) -> str:
    """One reference resolved; an unknown one stays as it is (and unlike in HTML, 128 is 128)."""
    number, name = match.groups()
    code = int(number) if number else name2codepoint.get(name, sys.maxunicode + 1)
    valid = code <= sys.maxunicode and not 0xD800 <= code < 0xE000
    return chr(code) if valid else match.group()


GML = Format(
    name="gml",
    suffixes=(".gml",),
    sniff=lambda head: re.search(rb"(?m)^\s*graph\s*\[", head) is not None,
    read=read,
    write=write,
)
