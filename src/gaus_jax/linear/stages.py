"""Stages for fixed slots: in which turn of its slot each node starts.

With the slots ``sigma_i = s_i mod II`` fixed, ``s_i = sigma_i + II k_i``, and whatever the stages
``k_i`` are, modulo usage stays. Copies of value ``i`` in slot ``m``:

    ``copies_i(m) = E_i(m) - k_i - floor((sigma_i + b_i - 1 - m) / II)``, ``b_i`` the birth delay,
    ``E_i(m) = max over reads of (k_j + k_e - [sigma_j < m])``

``E_i(m)`` changes with ``m`` only behind the slots of the readers. With a variable for each of
these slots, dependences and reads alike are differences of whole numbers: the least total lifetime
is a network programme, whose vertices are whole.
"""

# pyright: reportArgumentType=false
# (SciPy declares bounds as single numbers; it takes arrays)

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.reads import reads
from gaus_jax.core.window import Window
from gaus_jax.linear.lifetimes import total_lifetime
from gaus_jax.linear.network import Network, dependences, solve


class Staged(NamedTuple):
    """Difference constraints on stages, and live memory by slot as a linear map of them."""

    slot: np.ndarray  # (N,) int64, sigma_i
    ii: int
    network: Network  # over the stages of the nodes, then of last reads; its cost the lifetimes
    copies: csr_array  # (II, V) float64, size of each copy
    base: np.ndarray  # (II,) float64, ``live = copies x + base``


def free_lifetimes(
    problem: Problem, window: Window, lifetime: Lifetime, seconds: float
) -> np.ndarray | None:
    """Starts of least total lifetime, limits ignored; (N,) int64, None: not within the seconds."""
    found = solve(total_lifetime(problem, window, lifetime), seconds)
    return None if found.point is None else _whole(found.point[: problem.nodes])


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


def least_peak(
    problem: Problem, window: Window, start: np.ndarray, lifetime: Lifetime, seconds: float
) -> np.ndarray | None:
    """Starts in the same slots of the least peak that a branch and bound finds in the seconds.

    Returns:
        (N,) int64, legal, and of the same modulo usage; None where none was found in time.
    """
    model = staged(problem, window, start, lifetime)
    net = model.network
    count, variables = net.tail.size, net.cost.size
    row = np.repeat(np.arange(count), 2)
    sign = np.tile([1.0, -1.0], count)
    column = np.stack([net.head, net.tail], axis=1).ravel()
    differences = coo_array((sign, (row, column)), shape=(count, variables + 1))
    peak = np.full((model.ii, 1), -1.0)
    found = milp(
        np.append(np.zeros(variables), 1.0),
        integrality=np.append(np.arange(variables) < problem.nodes, False),
        bounds=Bounds(np.append(net.low, 0.0), np.append(net.high, np.inf)),
        constraints=[
            *([LinearConstraint(csr_array(differences), lb=net.reach)] if count else []),
            LinearConstraint(csr_array(hstack([model.copies, peak])), ub=-model.base),
        ],
        options={"time_limit": max(seconds, 0.0)},
    )
    return None if found.x is None else _starts(model, found.x)


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
    # Live memory: the tops less the births, and what slots alone decide.
    born, ahead = np.flatnonzero(held), birth_delay(problem, lifetime)
    slots = np.arange(ii)
    offset = (slot[born] + ahead[born] - 1 - slots[:, None]) // ii
    base = -(offset * size[born]).sum(axis=1, dtype=float)
    base -= np.bincount(ends.cell_slot, size[ends.cell_value] * ends.cell_less, ii)
    births = coo_array(
        (np.tile(-size[born], ii), (np.repeat(slots, born.size), np.tile(born, ii))),
        shape=(ii, nodes),
    )
    tops = coo_array(
        (size[ends.cell_value], (ends.cell_slot, ends.cell_top)), shape=(ii, ends.floor.size)
    )
    copies = csr_array(hstack([births, tops]))
    network = Network(
        np.asarray(copies.sum(axis=0)).ravel(),
        np.concatenate([tail, ends.reader]),
        np.concatenate([head, nodes + ends.top]),
        np.concatenate([gap, ends.stage]),
        np.concatenate([low, tops_low]),
        np.concatenate([high, tops_high]),
        float(base.sum()),
    )
    return Staged(slot, ii, network, copies, base)


class _Ends(NamedTuple):
    """Last reads: a top for each value and each slot of a reader of it; K tops, Q bounds, C cells.

    A cell is a value in a slot: its top there is ``E - less``.
    """

    floor: np.ndarray  # (K,) int64, what a top is at least; far below all, where nothing is kept
    top: np.ndarray  # (Q,) int64: the top is at least the stage of `reader` plus `stage`
    reader: np.ndarray  # (Q,) int64
    stage: np.ndarray  # (Q,) int64
    cell_value: np.ndarray  # (C,) int64
    cell_slot: np.ndarray  # (C,) int64
    cell_top: np.ndarray  # (C,) int64
    cell_less: np.ndarray  # (C,) int64


def _ends(depth, ii, slot, value, turns, consumer, kept) -> _Ends:
    """The tops of all values, value by value."""
    none = -4 * (depth // ii + 2)
    floor: list[int] = []
    bounds: list[np.ndarray] = [np.zeros((3, 0), np.int64)]
    cells: list[np.ndarray] = [np.zeros((4, 0), np.int64)]
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
            np.stack([np.full(ii, p), slots, names[np.where(past, 0, at)], past.astype(np.int64)])
        )
    top, reader, stage = np.concatenate(bounds, axis=1)
    return _Ends(np.array(floor, np.int64), top, reader, stage, *np.concatenate(cells, axis=1))


def _whole(point: np.ndarray) -> np.ndarray:
    return np.round(point).astype(np.int64)


def _starts(model: Staged, point: np.ndarray) -> np.ndarray:
    return model.slot + model.ii * _whole(point[: model.slot.size])
