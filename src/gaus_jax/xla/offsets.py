"""Where buffers lie in one arena: offsets for given lifetimes, by two plain rules.

First fit and best fit in order of size are the usual baselines of the dynamic storage allocation
problem (Gergov, "Algorithms for Compile-Time Memory Optimization", SODA 1999; MiniMalloc, Moffitt,
ASPLOS 2023, whose file format `csv` writes).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

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
    """The smaller of the arenas of first fit and best fit."""
    rules: dict[str, Callable[[list[tuple[int, int]]], int]] = {
        "first fit": lambda gaps: min(at for at, _ in gaps),
        "best fit": lambda gaps: min(gaps, key=lambda gap: (gap[1], gap[0]))[0],
    }
    arenas = [_placed(buffers, name, choose) for name, choose in rules.items()]
    return min(arenas, key=lambda arena: arena.size)


def csv(buffers: Buffers, arena: Arena | None = None) -> str:
    """MiniMalloc's format: ``id,lower,upper,size``, and the offsets where there are any."""
    rows = ["id,lower,upper,size" + (",offset" if arena else "")]
    for k, name in enumerate(buffers.ids):
        row = f"{name.replace(',', ';')},{buffers.lower[k]},{buffers.upper[k]},{buffers.size[k]}"
        rows.append(row + (f",{arena.offset[k]}" if arena else ""))
    return "\n".join(rows) + "\n"


def _placed(buffers: Buffers, rule: str, choose: Callable[[list[tuple[int, int]]], int]) -> Arena:
    """The largest first, each into a gap between those that are alive with it."""
    count = len(buffers.ids)
    order = np.lexsort((buffers.lower, buffers.lower - buffers.upper, -buffers.size))
    offset = np.zeros(count, np.int64)
    placed = np.zeros(count, bool)
    for k in order:
        meets = placed & (buffers.lower < buffers.upper[k]) & (buffers.lower[k] < buffers.upper)
        others = np.flatnonzero(meets)
        others = others[np.argsort(offset[others])]
        gaps, floor = [], 0
        for other in others:
            room = int(offset[other]) - floor
            if room >= buffers.size[k]:
                gaps.append((floor, room))
            floor = max(floor, int(offset[other] + buffers.size[other]))
        offset[k] = choose(gaps) if gaps else floor
        placed[k] = True
    return Arena(rule, offset, int(np.max(offset + buffers.size, initial=0)))
