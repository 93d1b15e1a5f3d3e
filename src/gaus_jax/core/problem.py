"""The scheduling problem: a data-flow graph with latencies, sizes, resource uses and edges."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.checks import check_amount, check_index, check_unique, frozen_array
from gaus_jax.core.graph import Groups, find_cycle, group, topological_order


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """A data-flow graph to be scheduled, checked once, at construction.

    ``N`` nodes, ``E`` edges, ``U`` resource uses, ``R`` resource classes. A node has any number of
    uses; they are kept as coordinate arrays. All arrays are read-only. Amounts (sizes, demands,
    weights) are float64; sums of integers are exact. See FORMULATIONS, "Problem".

    Raises:
        InputError: an array of a wrong length, an unknown node or class, a negative, fractional or
            non-finite number, a duplicate id, or a cycle of edges of distance 0 (which it names).
    """

    name: str = "problem"
    ids: tuple[str, ...]  # (N,) the names of the nodes in their file's order
    latency: np.ndarray  # (N,) int64, cycles, l_i
    size: np.ndarray  # (N,) float64, bits or bytes, m_i
    output: np.ndarray  # (N,) bool, held to the last step under `buffer` lifetimes
    workspace: np.ndarray  # (N,) float64, bytes that it needs while it runs; of S alone
    classes: tuple[str, ...] = ()  # (R,) names of the resource classes
    class_cost: np.ndarray  # (R,) float64, c_r
    limit: np.ndarray  # (R,) float64, units, C_r; inf where there is none
    use_node: np.ndarray  # (U,) int64, the node of each use
    use_class: np.ndarray  # (U,) int64, its class r
    use_demand: np.ndarray  # (U,) float64, area or units, a_ir
    use_occupancy: np.ndarray  # (U,) int64, cycles, o_ir
    tail: np.ndarray  # (E,) int64, producer i
    head: np.ndarray  # (E,) int64, consumer j
    delay: np.ndarray  # (E,) int64, cycles, delta_e
    distance: np.ndarray  # (E,) int64, iterations, k_e
    weight: np.ndarray  # (E,) float64, communication weight, w_e
    is_data: np.ndarray  # (E,) bool, False for an order edge
    order: np.ndarray = field(init=False, repr=False)  # (N,) int64, a topological order

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(self.ids))
        object.__setattr__(self, "classes", tuple(self.classes))
        for name, (kind, _) in _ARRAYS.items():
            object.__setattr__(self, name, frozen_array(name, getattr(self, name), kind))
        self._check()
        order = topological_order(self.nodes, *self._forward_edges())
        if len(order) < self.nodes:
            cycle = find_cycle(self.nodes, *self._forward_edges())
            path = " -> ".join(self.ids[i] for i in [*cycle, cycle[0]])
            raise InputError(
                f"{self.name}: the edges of distance 0 form a cycle: {path}; break it, or give one "
                f"of its edges a distance of at least 1"
            )
        order.flags.writeable = False
        object.__setattr__(self, "order", order)

    def __getstate__(self) -> dict[str, Any]:
        """For another process: the fields, without what was derived from them."""
        return {part.name: self.__dict__[part.name] for part in fields(self)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """From another process: arrays come as ones that could be written, and are frozen."""
        self.__dict__.update(state)
        for value in state.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def _check(self) -> None:
        if not all(isinstance(name, str) for name in (*self.ids, *self.classes)):
            raise InputError(f"{self.name}: node ids and classes must be strings")
        counts = {"N": len(self.ids), "R": len(self.classes)}
        counts |= {"U": self.use_node.size, "E": self.tail.size}
        for name, (_, axis) in _ARRAYS.items():
            if getattr(self, name).size != counts[axis]:
                raise InputError(
                    f"{self.name}: {name} has {getattr(self, name).size} entries, "
                    f"expected {counts[axis]}"
                )
        check_unique(self.name, "node id", self.ids)
        check_unique(self.name, "resource class", self.classes)
        node = [f"node {i}" for i in self.ids]
        cls = [f"class {r}" for r in self.classes]
        for name in ("use_node", "tail", "head"):
            what = "use" if name == "use_node" else "edge"
            check_index(self.name, name, getattr(self, name), self.nodes, what)
        check_index(self.name, "use_class", self.use_class, len(self.classes), "use")
        amounts = ("latency", node), ("size", node), ("workspace", node), ("class_cost", cls)
        for name, label in amounts:
            check_amount(self.name, name, getattr(self, name), lambda i, at=label: at[i])
        limit = np.where(self.limit == np.inf, 0.0, self.limit)
        check_amount(self.name, "limit", limit, lambda r: cls[r])
        for name in ("use_demand", "use_occupancy"):
            check_amount(self.name, name, getattr(self, name), lambda u: self._use(u))
        for name in ("delay", "distance", "weight"):
            check_amount(self.name, name, getattr(self, name), lambda e: self.edge(e))

    def _use(self, use: int) -> str:
        return f"node {self.ids[self.use_node[use]]} on class {self.classes[self.use_class[use]]}"

    def _forward_edges(self) -> tuple[np.ndarray, np.ndarray]:
        forward = self.distance == 0
        return self.tail[forward], self.head[forward]

    def edge(self, index: int) -> str:
        """Name one edge for a message: ``edge 3 (a->b)``."""
        return f"edge {index} ({self.ids[self.tail[index]]}->{self.ids[self.head[index]]})"

    @property
    def nodes(self) -> int:
        """N, the number of nodes."""
        return len(self.ids)

    @property
    def edges(self) -> int:
        """E, the number of edges."""
        return int(self.tail.size)

    @property
    def loop_carried(self) -> int:
        """The number of edges of distance 1 or more."""
        return int(np.count_nonzero(self.distance))

    @cached_property
    def duration(self) -> np.ndarray:
        """``max(l_i, 1)``, the steps a node takes under a latency bound; (N,) int64, cycles."""
        return np.maximum(self.latency, 1)

    @cached_property
    def reach(self) -> np.ndarray:
        """``l_i + delta_e`` of each edge: least step difference at distance 0; (E,) int64."""
        return self.latency[self.tail] + self.delay

    @cached_property
    def forward(self) -> np.ndarray:
        """The edges of distance 0; (E',) int64, read-only."""
        edges = np.flatnonzero(self.distance == 0)
        edges.flags.writeable = False
        return edges

    @cached_property
    def outgoing(self) -> Groups:
        """The edges of distance 0 by tail."""
        return group(self.nodes, self.tail[self.forward], self.forward)

    @cached_property
    def incoming(self) -> Groups:
        """The edges of distance 0 by head."""
        return group(self.nodes, self.head[self.forward], self.forward)

    @cached_property
    def leaving(self) -> Groups:
        """All edges by tail, loop-carried ones included."""
        return group(self.nodes, self.tail)

    @cached_property
    def entering(self) -> Groups:
        """All edges by head, loop-carried ones included."""
        return group(self.nodes, self.head)

    @cached_property
    def uses(self) -> Groups:
        """The resource uses by node."""
        return group(self.nodes, self.use_node)

    @cached_property
    def work(self) -> np.ndarray:
        """``sum_i a_ir o_ir`` of each class; (R,) float64, units times cycles."""
        work = np.zeros(len(self.classes))
        np.add.at(work, self.use_class, self.use_demand * self.use_occupancy)
        work.flags.writeable = False
        return work

    @cached_property
    def rank(self) -> np.ndarray:
        """The place of each node in the topological order; (N,) int64."""
        rank = np.empty(self.nodes, np.int64)
        rank[self.order] = np.arange(self.nodes)
        return rank

    @cached_property
    def pull(self) -> np.ndarray:
        """Communication per step of start, ``sum_(e in) w_e - sum_(e out) w_e``; (N,) float64.

        Over the edges of distance 0, whose communication is ``sum_i pull_i s_i``.
        """
        out, into = self._forward_edges()
        weight = self.weight[self.distance == 0]
        pull = np.zeros(self.nodes)  # of floats, which a bincount of nothing is not
        pull += np.bincount(into, weight, self.nodes)
        pull -= np.bincount(out, weight, self.nodes)
        return pull

    def pull_at(self, ii: int | None) -> np.ndarray:
        """`pull`, at an II over all edges; (N,) float64."""
        if ii is None:
            return self.pull
        pull = np.zeros(self.nodes)
        pull += np.bincount(self.head, self.weight, self.nodes)
        pull -= np.bincount(self.tail, self.weight, self.nodes)
        return pull

    @cached_property
    def sha256(self) -> str:
        """Content hash over everything but the name; equal problems hash equally.

        A workspace of nothing counts as none, as before there was one.
        """
        digest = hashlib.sha256()
        for part in (self.ids, self.classes):
            digest.update("\x1f".join(part).encode(errors="surrogatepass"))
            digest.update(b"\x1e")
        for name in _ARRAYS:
            if name == "workspace" and not self.workspace.any():
                continue
            digest.update(name.encode() + getattr(self, name).tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


# name -> (dtype, axis)
_ARRAYS: Mapping[str, tuple[type, str]] = {
    "latency": (np.int64, "N"),
    "size": (np.float64, "N"),
    "output": (np.bool_, "N"),
    "workspace": (np.float64, "N"),
    "class_cost": (np.float64, "R"),
    "limit": (np.float64, "R"),
    "use_node": (np.int64, "U"),
    "use_class": (np.int64, "U"),
    "use_demand": (np.float64, "U"),
    "use_occupancy": (np.int64, "U"),
    "tail": (np.int64, "E"),
    "head": (np.int64, "E"),
    "delay": (np.int64, "E"),
    "distance": (np.int64, "E"),
    "weight": (np.float64, "E"),
    "is_data": (np.bool_, "E"),
}
assert set(_ARRAYS) <= {f.name for f in fields(Problem)}
