"""HatScheT's GraphML with its resource model XML: loops for modulo scheduling.

The graph file names a resource for each node; latencies, limits and blocking times are in the
model. Format: project SpeedyBK/hatschet. How it is read: FORMULATIONS on ``bench/hls``. A document
type declaration is refused, so that no entity is ever expanded and nothing is fetched.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

import numpy as np

from gaus_jax.core.checks import INTEGER_LIMIT
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format

UNLIMITED = -1  # what a model writes for a resource without a limit
PRECEDENCE = "Precedence"  # the `deptype` of an order edge; all else is data

Attributes = dict[str, str]


def read(source: Source) -> Problem:
    """Read a graph with its model (`Source.resources`).

    Raises:
        InputError: malformed XML or a DOCTYPE in either file; no model; a node that names no
            resource, or one that the model lacks; an edge to an unknown node; a bad number.
    """
    if source.resources is None:
        raise source.error(
            "a HatScheT graph has no latencies of its own; pass its resource model with --resources"
        )
    model = _Model(source.resources)
    graph = _Graph(source)
    kind = np.array([graph.resource_of(i, model) for i in range(len(graph.names))], np.int64)
    is_data = np.array([edge.get("deptype") != PRECEDENCE for edge in graph.edges], np.bool_)
    return source.problem(
        tuple(graph.names),
        graph.ends(),
        latency=np.array(model.latency, np.int64)[kind],
        classes=tuple(model.names),
        limit=np.array(model.limit, np.float64),
        uses=(np.arange(len(kind)), kind, 1, np.array(model.blocking, np.int64)[kind]),
        delay=graph.integers("delay"),
        distance=graph.integers("distance"),
        weight=is_data.astype(np.float64),
        is_data=is_data,
    )


def labels(source: Source) -> tuple[str, ...] | None:
    """The names of the nodes, by which HatScheT's schedules call them: without blanks.

    None where a node has no name or two have the same.
    """
    names = [node.get("name", "").replace(" ", "").strip() for node in _Graph(source).nodes]
    return tuple(names) if all(names) and len(set(names)) == len(names) else None


def _parse(
    source: Source,
    start: Callable[[str, Attributes, int], None],
    end: Callable[[str], None] = lambda tag: None,
    text: Callable[[str], None] = lambda data: None,
) -> None:
    """Run expat over a file; tags come without their namespace prefix, with their line."""
    parser = expat.ParserCreate(encoding="utf-8")

    def refuse(*_: object) -> None:
        raise source.error(
            "has a DOCTYPE, which is refused as it can define entities; remove it",
            parser.CurrentLineNumber,
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(
        tag.rpartition(":")[2], attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = text
    data = source.text().encode()
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise source.error(
            f"not well-formed XML ({what}); it may be cut off", error.lineno
        ) from None


def _integer(source: Source, what: str, text: str, line: int, least: int = 0) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,15}\s*", text) or not least <= int(text) <= INTEGER_LIMIT:
        raise source.error(f"{what} is '{text[:40]}'; it must be a whole number >= {least}", line)
    return int(text)


class _Model:
    """The resources of a model, in its order."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.index: dict[str, int] = {}
        self.latency: list[int] = []  # cycles
        self.blocking: list[int] = []  # cycles
        self.limit: list[float] = []  # units
        _parse(source, self._start)
        if not self.index:
            raise source.error("holds no <Resource>, so it is no resource model")

    @property
    def names(self) -> list[str]:
        return list(self.index)

    def _start(self, tag: str, attributes: Attributes, line: int) -> None:
        if tag == "graphml":
            raise self.source.error("is a graph, not a resource model; swap the two files", line)
        if tag == "ReservationTable":
            raise self.source.error("reservation tables are not read; use plain resources", line)
        if tag != "Resource":
            return
        name = attributes.get("name")
        if name is None or "latency" not in attributes:
            raise self.source.error("a <Resource> must have a name and a latency", line)
        if self.index.setdefault(name, len(self.index)) < len(self.latency):
            raise self.source.error(f"resource '{name}' appears twice; keep one", line)

        def number(key: str, default: int, least: int = 0) -> int:
            text = attributes.get(key, str(default))
            return _integer(self.source, f"{key} of resource '{name}'", text, line, least)

        self.latency.append(number("latency", 0))
        self.blocking.append(number("blockingTime", 1))
        limit = number("limit", UNLIMITED, UNLIMITED)
        self.limit.append(np.inf if limit == UNLIMITED else float(limit))


class _Graph:
    """The nodes and edges of a graph file, with the values of their keys and their lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.ids: dict[str, int] = {}
        self.names: list[str] = []
        self.nodes: list[Attributes] = []
        self.pairs: list[tuple[str, str]] = []  # source and target of each edge
        self.edges: list[Attributes] = []
        self.node_line: list[int] = []
        self.edge_line: list[int] = []
        self.keys: Attributes = {}  # GraphML may declare keys; HatScheT does not
        self.owner: Attributes | None = None  # the node or edge that is open
        self.key: str | None = None  # the key of the <data> that is open
        self.graphs = 0
        _parse(source, self._start, self._end, self._text)
        if self.graphs == 0:
            raise source.error("holds no <graph>, so it is not GraphML")

    def _start(self, tag: str, attributes: Attributes, line: int) -> None:
        if tag == "graph":
            self.graphs += 1
            if self.graphs > 1:
                raise self.source.error("a second <graph>; give each its own file", line)
            if attributes.get("edgedefault") == "undirected":
                raise self.source.error("the graph is undirected; its edges need a direction", line)
        elif tag == "key":
            name = attributes.get("attr.name", attributes.get("id", ""))
            self.keys[attributes.get("id", "")] = name
        elif tag == "node":
            self._node(attributes, line)
        elif tag == "edge":
            self.pairs.append((attributes.get("source", ""), attributes.get("target", "")))
            self.edges.append({})
            self.edge_line.append(line)
            self.owner, self.key = self.edges[-1], None
        elif tag == "data" and self.owner is not None:
            key = attributes.get("key", "")
            self.key = self.keys.get(key, key)
            self.owner[self.key] = ""

    def _node(self, attributes: Attributes, line: int) -> None:
        name = attributes.get("id")
        if not name:
            raise self.source.error("node has no id; give each node one", line)
        if name in self.ids:
            first = self.node_line[self.ids[name]]
            raise self.source.error(f"node id '{name}' appears twice, first on line {first}", line)
        self.ids[name] = len(self.ids)
        self.names.append(name)
        self.nodes.append({})
        self.node_line.append(line)
        self.owner, self.key = self.nodes[-1], None

    def _end(self, tag: str) -> None:
        if tag == "data":
            self.key = None
        elif tag in ("node", "edge"):
            self.owner = None

    def _text(self, data: str) -> None:
        if self.owner is not None and self.key is not None:
            self.owner[self.key] += data

    def resource_of(self, node: int, model: _Model) -> int:
        """The class of a node."""
        wanted = self.nodes[node].get("uses_resource", "").strip()
        if not wanted:
            raise self.source.error(
                f"node '{self.names[node]}' has no uses_resource; name one of the model's",
                self.node_line[node],
            )
        if wanted not in model.index:
            raise self.source.error(
                f"node '{self.names[node]}' uses resource '{wanted}', which {model.source.path} "
                f"lacks; pass the model that belongs to this graph",
                self.node_line[node],
            )
        return model.index[wanted]

    def ends(self) -> np.ndarray:
        """(E, 2) int64 node indices."""
        for pair, line in zip(self.pairs, self.edge_line, strict=True):
            for end, name in zip(("source", "target"), pair, strict=True):
                if name not in self.ids:
                    raise self.source.error(f"edge {end} '{name}' names an unknown node", line)
        ends = [(self.ids[tail], self.ids[head]) for tail, head in self.pairs]
        return np.array(ends, np.int64).reshape(-1, 2)

    def integers(self, key: str) -> np.ndarray:
        """(E,) int64 values of a key, 0 where it is absent."""
        values = np.zeros(len(self.edges), np.int64)
        for e, (edge, (tail, head)) in enumerate(zip(self.edges, self.pairs, strict=True)):
            if key in edge:
                what = f"{key} of edge {tail}->{head}"
                values[e] = _integer(self.source, what, edge[key], self.edge_line[e])
        return values


def _sniff(head: bytes) -> bool:
    return re.search(rb"<([A-Za-z]+:)?graphml[\s>]", head) is not None


HATSCHET = Format(
    name="hatschet",
    suffixes=(".graphml",),
    sniff=_sniff,
    read=read,
    takes_resources=True,
    labels=labels,
)
