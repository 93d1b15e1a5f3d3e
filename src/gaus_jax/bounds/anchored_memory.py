"""Peak memory of a loop whose latency nothing bounds, by what its recurrences hold together.

Moved by any number of steps, a schedule stays legal and its slots turn: one node of a recurrence
may be held at step 0. That gives every other node of its strongly connected component a window, and
within windows more is certain than lifetimes on the whole: values that must be alive at once.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gaus_jax.bounds.loop_memory import certain_bound, rounded
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.reads import reads
from gaus_jax.core.rings import anchored, components, part
from gaus_jax.core.window import Window
from gaus_jax.linear import network
from gaus_jax.linear.lifetimes import total_lifetime
from gaus_jax.linear.rows import dual_value, solve
from gaus_jax.linear.slotted import peak_programme

ANCHORS = 24  # of a component
MOST_NODES = 3000  # of a component
CELLS_A_SECOND = 3000  # node variables of a programme that a simplex method solves within one
LEAST_CELLS, MOST_CELLS = 200, 6000
FEW_CELLS = 600  # where thousands of problems are bounded, each in little time
PARTS = (0.2, 0.5, 1.0)  # of them, in turn: the small ones are quick
EACH = 3  # anchorings of each part


class Held(NamedTuple):
    """Some nodes of a component within the windows that an anchor leaves them."""

    nodes: np.ndarray  # (n,) int64, of the whole problem
    problem: Problem  # of these nodes, with the edges and uses among them
    frame: Window  # from step 0 on


def anchored_bound(
    problem: Problem,
    frame: Window,
    limit: np.ndarray,
    lifetime: Lifetime,
    seconds: float,
    most: int = MOST_CELLS,
) -> float:
    """What no schedule at the II stays below, whatever its latency; in bits or bytes.

    Of each component and several anchors: what is held for certain, and, of as many nodes as time
    allows, those of narrow windows first, the time-indexed relaxation beside the least total
    lifetime of all other values. Weaker, never wrong, in less time.

    Args:
        problem: the graph; what is marked output counts as any other value.
        frame: windows at the II that bind nowhere.
        limit: (R,) units of each class, inf where there is no limit.
        lifetime: of the values.
        seconds: for the solvers.
        most: node variables of a programme.
    """
    assert frame.ii is not None
    until = time.perf_counter() + seconds
    left = lambda: until - time.perf_counter()  # noqa: E731
    plain = replace(problem, output=np.zeros(problem.nodes, bool))
    best, every = 0.0, []
    for held in _anchorings(plain, frame.ii):
        if left() <= 0:
            return best
        best = max(best, certain_bound(held.problem, held.frame, lifetime))
        every.append(held)
    return max(best, _relaxed(plain, frame, every, limit, lifetime, left(), most))


def narrow_bound(
    problem: Problem,
    frame: Window,
    limit: np.ndarray,
    lifetime: Lifetime,
    seconds: float,
    most: int = MOST_CELLS,
) -> float:
    """The same within windows that bind, at an II: of the nodes whose own are the narrowest."""
    whole = Held(np.arange(problem.nodes), problem, frame)
    return _relaxed(problem, frame, [whole], limit, lifetime, seconds, most)


def _relaxed(
    problem: Problem,
    frame: Window,
    every: Sequence[Held],
    limit: np.ndarray,
    lifetime: Lifetime,
    seconds: float,
    most: int,
) -> float:
    """The best relaxation of the narrowest nodes of each, of few nodes and then of more."""
    until, best = time.perf_counter() + seconds, 0.0
    most = int(np.clip(CELLS_A_SECOND * seconds, LEAST_CELLS, most))
    for share in PARTS if most > FEW_CELLS else PARTS[-1:]:
        parts = [_narrowest(held, int(share * most)) for held in every]
        for held in sorted(parts, key=_promise)[:EACH]:
            left = until - time.perf_counter()
            if left <= 0:
                return best
            best = max(best, _beside(problem, frame, held, limit, lifetime, left))
    return best


def _anchorings(problem: Problem, ii: int) -> Iterator[Held]:
    """Every component, the largest first, held at one or another of its nodes."""
    for nodes in sorted(components(problem), key=lambda nodes: -nodes.size):
        if nodes.size > MOST_NODES:
            continue
        ring = part(problem, nodes)
        for anchor in range(0, nodes.size, max(1, nodes.size // ANCHORS)):
            found = anchored(ring, ii, np.array([anchor]))
            early, late = found.asap - found.asap.min(), found.alap - found.asap.min()
            depth = int(np.max(late + ring.duration)) + ii * (1 + int(ring.distance.max(initial=0)))
            yield Held(nodes, ring, Window(early, late, depth, ii))


def _promise(held: Held) -> tuple[int, int]:
    """Most nodes first, of equals the narrowest windows."""
    return -held.nodes.size, int(held.frame.mobility.sum())


def _narrowest(held: Held, cells: int) -> Held:
    """As many nodes as there are variables for, the narrowest windows first."""
    mobility = held.frame.mobility
    order = np.argsort(mobility, kind="stable")
    kept = np.sort(order[np.cumsum(mobility[order]) <= cells])
    frame = Window(held.frame.asap[kept], held.frame.alap[kept], held.frame.depth, held.frame.ii)
    return Held(held.nodes[kept], part(held.problem, kept), frame)


def _beside(
    problem: Problem,
    frame: Window,
    held: Held,
    limit: np.ndarray,
    lifetime: Lifetime,
    seconds: float,
) -> float:
    """The relaxation of what is held, with room for the lifetimes of all other values."""
    value = held.nodes[reads(held.problem, frame.ii, lifetime).value]
    size = problem.size.copy()
    size[value] = 0.0
    others = total_lifetime(replace(problem, size=size), frame, lifetime)
    until = time.perf_counter() + seconds
    total, scale = network.dual_value(others, network.solve(others, seconds / 2).price)
    least = max(0.0, total - 1e-9 * scale)
    programme = peak_programme(held.problem, held.frame, limit, lifetime, least)
    found = solve(programme, until - time.perf_counter())
    if found is None:
        return 0.0
    return rounded(problem, *dual_value(programme, found[0]))
