"""Linear programmes of any rows, and bounds from any multipliers of theirs."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from gaus_jax.linear.network import Network

SETUP = 1e-6  # seconds that the solver takes an entry before and after it looks at its clock


class Programme(NamedTuple):
    """``min cost x + constant`` over ``low <= x <= high`` and ``matrix x >= least``."""

    cost: np.ndarray  # (V,) float64
    matrix: csr_array  # (C, V) float64
    least: np.ndarray  # (C,) float64
    low: np.ndarray  # (V,) float64
    high: np.ndarray  # (V,) float64, finite
    constant: float = 0.0


def stacked(programme: Programme, matrix: csr_array, least: np.ndarray) -> Programme:
    """The programme with more rows."""
    return programme._replace(
        matrix=csr_array(vstack([programme.matrix, matrix])),
        least=np.append(programme.least, least),
    )


def of_network(network: Network) -> Programme:
    """A network programme as one of rows."""
    count = network.tail.size
    row = np.arange(count)
    matrix = csr_array(
        (
            np.concatenate([np.ones(count), -np.ones(count)]),
            (np.concatenate([row, row]), np.concatenate([network.head, network.tail])),
        ),
        shape=(count, network.cost.size),
    )
    bounds = network.low.astype(float), network.high.astype(float)
    return Programme(network.cost, matrix, network.reach.astype(float), *bounds, network.constant)


def solve(programme: Programme, seconds: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Multipliers of the rows, at least 0, and an optimal point; None: not within the seconds."""
    if programme.least.size == 0:  # each variable goes to the cheaper end of its range
        point = np.where(programme.cost < 0, programme.high, programme.low)
        return np.zeros(0), point
    seconds -= SETUP * programme.matrix.nnz
    if seconds <= 0:
        return None
    found = linprog(
        programme.cost,
        A_ub=-programme.matrix,
        b_ub=-programme.least,
        bounds=np.stack([programme.low, programme.high], axis=1),
        method="highs-ds",
        options={"time_limit": seconds},
    )
    if found.status != 0 or found.x is None:
        return None
    price = np.nan_to_num(np.asarray(found.ineqlin.marginals, float))
    return np.maximum(-price, 0.0), found.x


def dual_value(programme: Programme, price: np.ndarray) -> tuple[float, float]:
    """A lower bound from any multipliers: ``y least + sum_i min(r_i low_i, r_i high_i)``.

    The multipliers are at least 0, ``r = cost - y matrix``; the constant is added.

    Returns:
        The value, and the magnitude of the sums that made it.
    """
    slope = programme.cost - programme.matrix.T @ price
    parts = np.minimum(slope * programme.low, slope * programme.high)
    value = float(np.sum(price * programme.least) + parts.sum()) + programme.constant
    size = np.maximum(np.abs(programme.low), np.abs(programme.high))
    terms = np.abs(programme.cost) + abs(programme.matrix).T @ price
    scale = float(np.sum(price * np.abs(programme.least)) + np.sum(terms * size))
    return value, scale + abs(programme.constant)
