"""The loops of the first-order method: ranges side by side, one pass over each a step."""

from typing import NamedTuple

import numpy as np
from numba import njit

OMEGA, COUNT, SINCE, FIRST, LAST = range(5)  # of State.scalar
FALLEN, STALLED, LONG = 0.2, 0.8, 0.36  # restart: ratios of the residual, part of all iterations
PAIR = 0.5  # one over the sum of the magnitudes of a comparison's row


class Work(NamedTuple):
    """The relaxation in units of a typical amount, and the steps of the method."""

    row: np.ndarray  # (G + 1,) int64
    less: np.ndarray  # (G,) int64
    more: np.ndarray  # (G,) int64
    part: np.ndarray  # (F,) int64
    part_row: np.ndarray  # (F,) int64
    part_size: np.ndarray  # (F,) int64
    amount: np.ndarray  # (F,) float32
    base: np.ndarray  # (H,) float64
    peak: np.ndarray  # (P + 1,) int64
    slope: np.ndarray  # (V,) float32
    least: np.ndarray  # (V,) float32, 1 where the entity is held to have started, else 0
    most: np.ndarray  # (V,) float32, 0 where it is held not to have, else 1
    step: np.ndarray  # (V,) float32, of the variables
    peak_step: np.ndarray  # (P,) float64, of a peak's prices


class State(NamedTuple):
    """The iterate, its anchor, and what the passes hand to each other."""

    x: np.ndarray  # (V,) float32
    y: np.ndarray  # (Q,) float32
    price: np.ndarray  # (H,) float64
    x_anchor: np.ndarray
    y_anchor: np.ndarray
    price_anchor: np.ndarray
    pull: np.ndarray  # (V,) float32, A' y
    mirrored: np.ndarray  # (V,) float32, 2 x_next - x
    x_next: np.ndarray  # (V,) float32, in the unit box
    price_next: np.ndarray  # (H,) float64, in the simplex
    scalar: np.ndarray  # (5,) float64: omega, iterations, since the restart, residual then and now


@njit(cache=True, nogil=True)
def iterate(work, state, count):
    """Reflected Halpern steps; a restart where the residual has fallen, or for long has not."""
    scalar = state.scalar
    use = np.empty(state.price.size)
    for _ in range(count):
        share = np.float32((scalar[SINCE] + 1) / (scalar[SINCE] + 2))
        omega = scalar[OMEGA]
        moved = omega * _step_x(work, state, np.float32(omega), share)
        _uses(work, state.mirrored, use)
        moved += _step_price(work, state, use, omega, share) / omega
        moved += _step_y(work, state, np.float32(omega), share) / omega
        residual = np.sqrt(moved)
        scalar[COUNT] += 1
        scalar[SINCE] += 1
        if scalar[SINCE] == 1:
            scalar[FIRST] = residual
        fallen = residual <= FALLEN * scalar[FIRST]
        stalled = residual <= STALLED * scalar[FIRST] and residual > scalar[LAST]
        long = scalar[SINCE] >= max(10.0, LONG * scalar[COUNT])
        scalar[LAST] = residual
        if fallen or stalled or long:
            _balance(work, state)
            restart(work, state)


@njit(cache=True, nogil=True)
def restart(work, state):
    """Make the present iterate the anchor, moved into the box, the simplices and the orthant."""
    for v in range(state.x.size):
        state.x[v] = min(work.most[v], max(work.least[v], state.x[v]))
        state.x_anchor[v] = state.x[v]
    for q in range(state.y.size):
        state.y[q] = max(np.float32(0), state.y[q])
        state.y_anchor[q] = state.y[q]
    for p in range(work.peak_step.size):
        _onto_simplex(state.price[work.peak[p] : work.peak[p + 1]])
    state.price_anchor[:] = state.price
    state.pull[:] = 0
    _add_pull(work, state.y, state.pull)
    state.scalar[SINCE] = 0


@njit(cache=True, nogil=True)
def _balance(work, state):
    """Move omega towards the ratio of the distances that dual and primal went since the anchor."""
    primal, dual = 0.0, 0.0
    for v in range(state.x.size):
        primal += (state.x[v] - state.x_anchor[v]) ** 2 / work.step[v]
    for q in range(state.y.size):
        dual += (state.y[q] - state.y_anchor[q]) ** 2 / PAIR
    for p in range(work.peak_step.size):
        for h in range(work.peak[p], work.peak[p + 1]):
            dual += (state.price[h] - state.price_anchor[h]) ** 2 / work.peak_step[p]
    if primal > 1e-16 and dual > 1e-16:
        state.scalar[OMEGA] = np.sqrt(np.sqrt(dual / primal) * state.scalar[OMEGA])


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _step_x(work, state, omega, share):
    """The primal step; its squared length in the norm of the steps."""
    slope = state.mirrored  # holds the gradient until it is overwritten
    for v in range(slope.size):
        slope[v] = work.slope[v] + state.pull[v]
    for f in range(work.part.size):
        a, h, n, amount = work.part[f], work.part_row[f], work.part_size[f], work.amount[f]
        for k in range(n):
            slope[a + k] += amount * np.float32(state.price[h + k])
    one, two = np.float32(1), np.float32(2)
    moved = np.float32(0)
    for v in range(slope.size):
        x = state.x[v]
        onward = x - work.step[v] / omega * slope[v]
        onward = min(work.most[v], max(work.least[v], onward))
        change = onward - x
        moved += change * change / work.step[v]
        mirrored = two * onward - x
        state.mirrored[v] = mirrored
        state.x_next[v] = onward
        state.x[v] = share * mirrored + (one - share) * state.x_anchor[v]
    return moved


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _uses(work, x, use):
    """The peak rows at a point, ``U x + u``."""
    use[:] = work.base
    for f in range(work.part.size):
        a, h, n, amount = work.part[f], work.part_row[f], work.part_size[f], work.amount[f]
        for k in range(n):
            use[h + k] += amount * x[a + k]


@njit(cache=True, nogil=True)
def _step_price(work, state, use, omega, share):
    """The step of the prices; its squared length in the norm of the steps."""
    moved = 0.0
    for p in range(work.peak_step.size):
        begin, end, step = work.peak[p], work.peak[p + 1], work.peak_step[p]
        for h in range(begin, end):
            state.price_next[h] = state.price[h] + omega * step * use[h]
        _onto_simplex(state.price_next[begin:end])
        for h in range(begin, end):
            change = state.price_next[h] - state.price[h]
            moved += change * change / step
            onward = state.price_next[h] + change
            state.price[h] = share * onward + (1 - share) * state.price_anchor[h]
    return moved


@njit(cache=True, nogil=True)
def _onto_simplex(price):
    """Project in place onto ``price >= 0, sum = 1`` (Michelot 1986)."""
    active, total = price.size, price.sum()
    level = -np.inf
    while True:
        rise = (total - 1.0) / active
        if rise <= level:
            break
        level = rise
        active, total = 0, 0.0
        for h in range(price.size):
            if price[h] > level:
                active += 1
                total += price[h]
    for h in range(price.size):
        price[h] = max(0.0, price[h] - level)


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _step_y(work, state, omega, share):
    """The step of the multipliers and the pull of the new ones; its squared length."""
    one = np.float32(1)
    step = omega * np.float32(PAIR)
    moved = np.float32(0)
    y, anchor, x, pull = state.y, state.y_anchor, state.mirrored, state.pull
    pull[:] = 0
    for g in range(work.less.size):
        begin, n, a, b = work.row[g], work.row[g + 1] - work.row[g], work.less[g], work.more[g]
        for k in range(n):
            now = y[begin + k]
            onward = max(np.float32(0), now + step * (x[a + k] - x[b + k]))
            change = onward - now
            moved += change * change
            y[begin + k] = share * (onward + change) + (one - share) * anchor[begin + k]
        for k in range(n):
            pull[a + k] += y[begin + k]
        for k in range(n):
            pull[b + k] -= y[begin + k]
    return moved / PAIR


@njit(cache=True, nogil=True)
def _add_pull(work, y, pull):
    for g in range(work.less.size):
        begin, n, a, b = work.row[g], work.row[g + 1] - work.row[g], work.less[g], work.more[g]
        for k in range(n):
            pull[a + k] += y[begin + k]
        for k in range(n):
            pull[b + k] -= y[begin + k]


@njit(cache=True, nogil=True)
def hold(first, begin, end, least, most):
    """Hold every entity to its steps from ``begin`` to ``end``, counted from its own first."""
    for i in range(first.size - 1):
        for k in range(first[i + 1] - first[i]):
            least[first[i] + k] = 1 if k >= end[i] else 0
            most[first[i] + k] = 0 if k < begin[i] else 1


@njit(cache=True, nogil=True)
def add_sizes(row, less, more, part, part_row, part_size, amount, column, rows):
    """Add up the magnitudes of the matrix by variable and by peak row."""
    for g in range(less.size):
        for k in range(row[g + 1] - row[g]):
            column[less[g] + k] += 1
            column[more[g] + k] += 1
    for f in range(part.size):
        for k in range(part_size[f]):
            column[part[f] + k] += amount[f]
            rows[part_row[f] + k] += amount[f]
