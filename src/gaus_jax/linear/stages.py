"""Stages for fixed slots: in which turn of its slot each node starts.

With the slots ``sigma_i = s_i mod II`` fixed, ``s_i = sigma_i + II k_i``, and whatever the stages
``k_i`` are, modulo usage stays. Copies of value ``i`` in slot ``m``:

    ``copies_i(m) = E_i(m) - k_i - floor((sigma_i + b_i - 1 - m) / II)``, ``b_i`` the birth delay,
    ``E_i(m) = max over reads of (k_j + k_e - [sigma_j < m])``

``E_i(m)`` changes with ``m`` only behind the slots of the readers. With a variable for each of
these slots, dependences and reads alike are differences of whole numbers: the least total lifetime
is a network programme, whose vertices are whole.
"""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.reads import reads
from gaus_jax.core.window import Window
from gaus_jax.linear.network import Network, dependences, solve


class Staged(NamedTuple):
    """Difference constraints on stages."""

    slot: np.ndarray  # (N,) int64, sigma_i
    ii: int
    network: Network  # over the stages of the nodes, then of last reads; its cost the lifetimes


def least_lifetimes(
    problem: Problem, window: Window, start: np.ndarray, lifetime: Lifetime, seconds: float
) -> np.ndarray | None:
    """Starts in the same slots of least total lifetime; None: not within the seconds.

    Args:
        problem: the graph.
        window: its windows at an II.
        start: (N,) int64, legal starts.
        lifetime: of the values.
        seconds: for the solver.

    Returns:
        (N,) int64, legal, and of the same modulo usage.
    """
    model = staged(problem, window, start, lifetime)
    found = solve(model.network, seconds)
    return None if found.point is None else _starts(model, found.point)


def staged(problem: Problem, window: Window, start: np.ndarray, lifetime: Lifetime) -> Staged:
    """The programme for the slots of a schedule."""
    ii = window.ii
    assert ii is not None
    slot, nodes, size = start % ii, problem.nodes, problem.size
    value, consumer, shift = reads(problem, ii, lifetime)
    kept = problem.output & (lifetime == "buffer") & (size > 0)
    held = kept.copy()
    held[value] = True
    low, high = -((slot - window.asap) // ii), (window.alap - slot) // ii
    tail, head, reach = dependences(problem, window)
    gap = -((slot[head] - slot[tail] - reach) // ii)
    ends = _ends(window.depth, ii, slot, value, shift // ii, consumer, kept)
    tops_low, tops_high = ends.floor, ends.floor.copy()
    np.maximum.at(tops_low, ends.top, low[ends.reader] + ends.stage)
    np.maximum.at(tops_high, ends.top, high[ends.reader] + ends.stage)
    # Memory over the slots: the tops less the births, and what slots alone decide.
    born, ahead = np.flatnonzero(held), birth_delay(problem, lifetime)
    offset = (slot[born] + ahead[born] - 1 - np.arange(ii)[:, None]) // ii
    cell = size[ends.cell_value]
    cost = np.zeros(nodes)
    cost[born] = -ii * size[born]
    network = Network(
        np.append(cost, np.bincount(ends.cell_top, cell, ends.floor.size)),
        np.concatenate([tail, ends.reader]),
        np.concatenate([head, nodes + ends.top]),
        np.concatenate([gap, ends.stage]),
        np.concatenate([low, tops_low]),
        np.concatenate([high, tops_high]),
        -float((offset * size[born]).sum() + cell @ ends.cell_less),
    )
    return Staged(slot, ii, network)


class _Ends(NamedTuple):
    """Last reads: a top for each value and each slot of a reader of it; K tops, Q bounds, C cells.

    A cell is a value in a slot: its top there is ``E - less``.
    """

    floor: np.ndarray  # (K,) int64, what a top is at least; far below all, where nothing is kept
    top: np.ndarray  # (Q,) int64: the top is at least the stage of `reader` plus `stage`
    reader: np.ndarray  # (Q,) int64
    stage: np.ndarray  # (Q,) int64
    cell_value: np.ndarray  # (C,) int64
    cell_top: np.ndarray  # (C,) int64
    cell_less: np.ndarray  # (C,) int64


def _ends(depth, ii, slot, value, turns, consumer, kept) -> _Ends:
    """The tops of all values, value by value."""
    none = -4 * (depth // ii + 2)
    floor: list[int] = []
    bounds: list[np.ndarray] = [np.zeros((3, 0), np.int64)]
    cells: list[np.ndarray] = [np.zeros((3, 0), np.int64)]
    every, slots = np.union1d(value, np.flatnonzero(kept)), np.arange(ii)
    first, end = np.searchsorted(value, every), np.searchsorted(value, every, side="right")
    for p, a, b in zip(every, first, end, strict=True):
        reader, turn = consumer[a:b], turns[a:b]
        levels = np.unique(np.append(slot[reader], [(depth - 1) % ii] if kept[p] else []))
        levels = levels.astype(np.int64)
        names = len(floor) + np.arange(levels.size)
        floor += [int(depth - 1 - level) // ii if kept[p] else none for level in levels]
        behind = slot[reader] < levels[:, None]  # (levels, readers)
        bounds.append(
            np.stack(
                [
                    np.repeat(names, reader.size),
                    np.tile(reader, levels.size),
                    (turn - behind).ravel(),
                ]
            )
        )
        at = np.searchsorted(levels, slots)
        past = at == levels.size  # behind all readers: a turn less than the first level
        cells.append(
            np.stack([np.full(ii, p), names[np.where(past, 0, at)], past.astype(np.int64)])
        )
    top, reader, stage = np.concatenate(bounds, axis=1)
    return _Ends(np.array(floor, np.int64), top, reader, stage, *np.concatenate(cells, axis=1))


def _whole(point: np.ndarray) -> np.ndarray:
    return np.round(point).astype(np.int64)


def _starts(model: Staged, point: np.ndarray) -> np.ndarray:
    return model.slot + model.ii * _whole(point[: model.slot.size])
