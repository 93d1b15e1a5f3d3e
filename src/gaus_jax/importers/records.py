"""Attribute records to `Problem`: what a node's or an edge's attributes mean in any text format.

Shared by GML, DOT and networkx. See docs/formats.md, "Attributes".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.checks import AMOUNT_LIMIT, INTEGER_LIMIT
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source

Record = Mapping[str, Any]
ORDER, DATA = "order", "data"
_OF_USES = ("resource", "demand", "occupancy", "parameter", "use")
NODE_KEYS = frozenset(("latency", "size", "output", "workspace", *_OF_USES))
EDGE_KEYS = frozenset(("delay", "distance", "weight", "kind", "parameter"))


def _nowhere(kind: str, index: int) -> int | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Records:
    """A graph as attribute dictionaries; numbers may still be text."""

    ids: Sequence[str]  # (N,)
    nodes: Sequence[Record]  # (N,) of NODE_KEYS; others are ignored
    ends: Any  # (E, 2) node indices
    edges: Sequence[Record]  # (E,) of EDGE_KEYS; others are ignored
    classes: Sequence[Record] | None = None  # (R,) of name, cost, limit; None: as first used
    line: Callable[[str, int], int | None] = field(default=_nowhere)  # of a "node", "edge", "class"


def build(source: Source, records: Records) -> Problem:
    """Read the attributes of all records.

    Raises:
        InputError: a number that is none, or is negative, fractional or too large where it must
            not be; an unknown kind or resource class; what `Problem` refuses.
    """
    nodes = _Columns(source, records.nodes, "node", records.line)
    edges = _Columns(source, records.edges, "edge", records.line)
    parameter = nodes.amounts("parameter", 1.0)
    uses, use_node = _uses(source, records)
    classes, names = _classes(source, records, uses, use_node)
    known = {name: r for r, name in enumerate(names)}
    costs = _Columns(source, classes, "class", records.line)
    of_use = _Columns(source, uses, "node", lambda kind, u: records.line(kind, int(use_node[u])))
    is_data = edges.choice("kind", {DATA: True, ORDER: False}, DATA)
    given = edges.amounts("parameter", 1.0) > 0
    return source.problem(
        tuple(records.ids),
        records.ends,
        latency=nodes.integers("latency", 1),
        size=nodes.amounts("size", parameter),
        output=nodes.integers("output", 0) > 0,
        workspace=nodes.amounts("workspace", 0.0),
        classes=names,
        class_cost=costs.amounts("cost", 1.0),
        limit=costs.amounts("limit", np.inf),
        uses=(
            use_node,
            np.array([known[_resource(use)] for use in uses], np.int64),
            of_use.amounts("demand", of_use.amounts("parameter", 1.0)),
            of_use.integers("occupancy", 1),
        ),
        delay=edges.integers("delay", 0),
        distance=edges.integers("distance", 0),
        weight=edges.amounts("weight", (given & is_data).astype(float)),
        is_data=is_data,
    )


def _resource(use: Record) -> str:
    return str(use.get("resource", "op"))


def _uses(source: Source, records: Records) -> tuple[Sequence[Record], np.ndarray]:
    """The record of each use and its node: the node's own, or those that its `use` lists."""
    uses: list[Record] = []
    use_node: list[int] = []
    for i, node in enumerate(records.nodes):
        listed = node.get("use")
        own = [node] if _resource(node) else []
        listed = own if listed is None else [listed] if isinstance(listed, Mapping) else listed
        if not isinstance(listed, list) or not all(isinstance(use, Mapping) for use in listed):
            where = records.line("node", i)
            raise source.error(
                f"use of node {records.ids[i]} must be a list of resource, demand, occupancy", where
            )
        uses += listed
        use_node += [i] * len(listed)
    return uses, np.array(use_node, np.int64)


def _classes(source: Source, records: Records, uses: Sequence[Record], use_node: np.ndarray):
    """The class records and names; by default one for each name in the order of first use."""
    used = dict.fromkeys(_resource(use) for use in uses)
    if records.classes is None:
        return [{"name": name} for name in used], tuple(used)
    unnamed = [r for r, record in enumerate(records.classes) if "name" not in record]
    if unnamed:
        raise source.error("a resource class has no name", records.line("class", unnamed[0]))
    names = tuple(str(record["name"]) for record in records.classes)
    unknown = set(used).difference(names)
    if unknown:
        u = next(u for u, use in enumerate(uses) if _resource(use) in unknown)
        node = int(use_node[u])
        raise source.error(
            f"node {records.ids[node]} uses the unknown resource class '{_resource(uses[u])}'; "
            f"known: {', '.join(names)}",
            records.line("node", node),
        )
    return records.classes, names


class _Columns:
    """One attribute of all records at a time, as an array."""

    def __init__(
        self,
        source: Source,
        records: Sequence[Record],
        kind: str,
        line: Callable[[str, int], int | None],
    ) -> None:
        self.source, self.records, self.kind, self.line = source, records, kind, line
        self.present = set().union(*records)

    def _fail(self, key: str, index: int, what: str) -> InputError:
        value = self.records[index][key]
        shown = value if len(str(value)) <= 40 else f"{str(value)[:40]}..."
        return self.source.error(
            f"{key} of {self.kind} {index} is '{shown}'; it must be {what}",
            self.line(self.kind, index),
        )

    def amounts(self, key: str, default: Any, top: float = AMOUNT_LIMIT) -> np.ndarray:
        """Floats from 0 to `top`; `default`, a scalar or an array, where the key is absent."""
        column = np.full(len(self.records), default, np.float64)
        if key not in self.present:
            return column
        values = [record.get(key) for record in self.records]
        try:
            if any(isinstance(v, str) and "_" in v for v in values):
                raise ValueError("Python's digit separator")
            filled = zip(column.tolist(), values, strict=True)
            column = np.array([d if v is None else float(v) for d, v in filled], np.float64)
            bad = np.array([v is not None for v in values]) & ~((column >= 0) & (column <= top))
            index = int(np.argmax(bad)) if bad.any() else -1
        except (TypeError, ValueError, OverflowError):
            index = next(i for i, v in enumerate(values) if v is not None and not _is_number(v))
        if index >= 0:
            raise self._fail(key, index, f"a number between 0 and {top:.3g}")
        return column

    def integers(self, key: str, default: int) -> np.ndarray:
        """Like `amounts`, for whole numbers."""
        column = self.amounts(key, default, INTEGER_LIMIT)
        bad = column != np.floor(column)
        if bad.any():
            raise self._fail(key, int(np.argmax(bad)), "a whole number")
        return column.astype(np.int64)

    def choice(self, key: str, choices: Mapping[str, bool], default: str) -> np.ndarray:
        """Booleans by name."""
        values = [str(record.get(key, default)) for record in self.records]
        for i, value in enumerate(values):
            if value not in choices:
                raise self._fail(key, i, f"one of {', '.join(choices)}")
        return np.array([choices[value] for value in values], np.bool_)


def _is_number(value: Any) -> bool:
    try:
        float(value)
        return "_" not in str(value)
    except (TypeError, ValueError, OverflowError):
        return False
