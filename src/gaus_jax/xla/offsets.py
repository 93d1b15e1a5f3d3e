"""Where buffers lie in one arena: offsets for given lifetimes, by two plain rules.

First fit and best fit in order of size are the usual baselines of the dynamic storage allocation
problem (Gergov, "Algorithms for Compile-Time Memory Optimization", SODA 1999; MiniMalloc, Moffitt,
ASPLOS 2023, whose file format `csv` writes).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import lifetimes
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import starts


class Buffers(NamedTuple):
    """What is to be placed; lifetimes are half-open."""

    ids: tuple[str, ...]
    lower: np.ndarray  # (M,) int64, steps
    upper: np.ndarray  # (M,) int64, steps
    size: np.ndarray  # (M,) int64, bytes


@dataclass(frozen=True)
class Arena:
    """Offsets for all buffers."""

    rule: str
    offset: np.ndarray  # (M,) int64, bytes
    size: int  # bytes, of the whole


def buffers_of(problem: Problem, nodes: np.ndarray) -> Buffers:
    """Every buffer of an order that takes room, and every workspace, for its one step."""
    schedule = Schedule(starts(np.asarray(nodes, np.int64)), problem.nodes)
    birth, death = lifetimes(problem, schedule, "buffer")
    sized, used = np.flatnonzero(problem.size > 0), np.flatnonzero(problem.workspace > 0)
    names = [problem.ids[i] for i in sized] + [f"{problem.ids[i]}#workspace" for i in used]
    start = schedule.start
    return Buffers(
        tuple(names),
        np.concatenate([birth[sized], start[used]]),
        np.concatenate([death[sized], start[used] + 1]),
        np.ceil(np.concatenate([problem.size[sized], problem.workspace[used]])).astype(np.int64),
    )


def pack_arena(buffers: Buffers) -> Arena:
    """The smaller of the arenas of first fit and best fit, the largest buffers first."""
    order = np.lexsort((buffers.lower, buffers.lower - buffers.upper, -buffers.size))
    arenas = []
    for rule, tightest in (("first fit", False), ("best fit", True)):
        offset = _placed(buffers.lower, buffers.upper, buffers.size, order, tightest)
        arenas.append(Arena(rule, offset, int(np.max(offset + buffers.size, initial=0))))
    return min(arenas, key=lambda arena: arena.size)


def csv(buffers: Buffers, arena: Arena | None = None) -> str:
    """MiniMalloc's format: ``id,lower,upper,size``, and the offsets where there are any."""
    rows = ["id,lower,upper,size" + (",offset" if arena else "")]
    for k, name in enumerate(buffers.ids):
        row = f"{name.replace(',', ';')},{buffers.lower[k]},{buffers.upper[k]},{buffers.size[k]}"
        rows.append(row + (f",{arena.offset[k]}" if arena else ""))
    return "\n".join(rows) + "\n"


@njit(cache=True)
def _placed(lower, upper, size, order, tightest):
    """Offsets in an order: the lowest gap between those alive at the same time, or the tightest."""
    count = order.size
    offset = np.zeros(count, np.int64)
    placed = np.empty(count, np.int64)  # by their offsets, so many as there are
    for done in range(count):
        k = order[done]
        floor, found, room = 0, -1, 0
        for at in range(done):
            other = placed[at]
            if lower[other] >= upper[k] or lower[k] >= upper[other]:
                continue
            gap = offset[other] - floor
            if gap >= size[k] and (found < 0 or (tightest and gap < room)):
                found, room = floor, gap
                if not tightest:
                    break
            floor = max(floor, offset[other] + size[other])
        offset[k] = floor if found < 0 else found
        at = done
        while at > 0 and offset[placed[at - 1]] > offset[k]:
            placed[at] = placed[at - 1]
            at -= 1
        placed[at] = k
    return offset
