"""What prices of steps prove.

Any prices ``lambda_p >= 0`` of a peak's rows with sum 1, and any multipliers ``y >= 0`` of the
comparisons, give a lower bound: what is left to each entity is to choose its step alone,

    ``bound = constant + sum_p w_p lambda_p u_p + sum_i min_s sum_(t >= s) r_i(t)``,
    ``r = c + sum_p w_p U_p' lambda_p + A' y``.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.linear.time_indexed import TimeIndexed


class Dual(NamedTuple):
    """The value of some prices, and the magnitude of the sums behind it."""

    value: float  # a lower bound up to rounding, where the relaxation is valid
    scale: float  # rounding stays below 1e-9 of it


def proved(
    model: TimeIndexed,
    price: np.ndarray,
    multiplier: np.ndarray,
    within: tuple[np.ndarray, np.ndarray] | None = None,
) -> Dual:
    """The bound of prices (H,), of any sum, and multipliers (Q,), in the objective's units.

    The multipliers of an entity's own rows are not needed: its choice of a step keeps to them.

    Args:
        model: the relaxation.
        price: (H,) float64.
        multiplier: (Q,) float.
        within: the first and the last step that is left to each entity, counted from its own first
            one, (M,) int64 each: the bound is of the schedules that keep to these. None: all.
    """
    count = np.diff(model.first)
    begin, end = (np.zeros_like(count), count) if within is None else within
    price = np.maximum(price, 0.0)
    for p, weight in enumerate(model.peak_weight):
        mine = slice(model.peak[p], model.peak[p + 1])
        total = price[mine].sum()
        price[mine] = price[mine] * (weight / total) if total > 0 else 0.0
    rest = model.slope.copy()
    ranges = model.part, model.part_row, model.part_size
    scale = _add_prices(*ranges, model.amount, price, rest)
    shared = model.row[model.own :], model.less[model.own :], model.more[model.own :]
    scale += _add_multipliers(*shared, np.maximum(multiplier, 0.0), rest)
    value = model.constant + float(price @ model.base) + _choices(model.first, rest, begin, end)
    scale += abs(model.constant) + float(price @ np.abs(model.base))
    return Dual(value, scale + float(np.abs(model.slope).sum()))


@njit(cache=True, nogil=True)
def _add_prices(part, part_row, part_size, amount, price, rest):
    """Add ``U' price`` to ``rest``; the sum of the magnitudes."""
    scale = 0.0
    for f in range(part.size):
        for k in range(part_size[f]):
            value = amount[f] * price[part_row[f] + k]
            rest[part[f] + k] += value
            scale += abs(value)
    return scale


@njit(cache=True, nogil=True)
def _add_multipliers(row, less, more, y, rest):
    """Add ``A' y`` to ``rest``; the sum of the magnitudes."""
    scale = 0.0
    for g in range(less.size):
        for k in range(row[g + 1] - row[g]):
            value = y[row[g] + k]
            rest[less[g] + k] += value
            rest[more[g] + k] -= value
            scale += 2 * abs(value)
    return scale


@njit(cache=True, nogil=True)
def _choices(first, rest, begin, end):
    """``sum_i min_s sum_(t >= s) rest_i(t)``: each entity starts where that costs it least."""
    total = 0.0
    for i in range(first.size - 1):
        tail, least, last = 0.0, np.inf, first[i + 1] - first[i]
        for k in range(last, begin[i] - 1, -1):
            if k < last:
                tail += rest[first[i] + k]
            if k <= end[i]:
                least = min(least, tail)
        total += least
    return total
