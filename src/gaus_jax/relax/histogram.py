"""Weighted histograms of Gaussian times over integer steps: dense, windowed, and as hats.

All evaluate ``h(r, d) = sum_m weight_m [row_m = r] P(X_m = d)`` for ``X_m ~ N(mean_m, std_m)``
discretised as ``P(X = d) = Phi((d + 1/2 - mean) / std) - Phi((d - 1/2 - mean) / std)`` (GauS,
arXiv 2602.20427). A time is confined to ``low .. high``: the tails beyond belong to the end steps,
so that every row of probabilities sums to one and a step that is out of reach has none.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax.scipy.special import erf
from jaxtyping import Array, Float, Int

from gaus_jax.base.registry import table


class Times(NamedTuple):
    """``M`` independent Gaussian times, each confined to an interval of steps."""

    mean: Float[Array, " M"]  # steps
    std: Float[Array, " M"]  # steps
    low: Float[Array, " M"]  # first possible step
    high: Float[Array, " M"]  # last possible step
    row: Int[Array, " M"]  # the histogram that it belongs to


class Evaluation(NamedTuple):
    """A named way to evaluate the histogram."""

    name: str
    histogram: Callable[..., Float[Array, "R T"]]


def normal_cdf(z: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """``Phi(z)`` by one error function, its far tails rounded to 0.

    JAX's own ``ndtr`` keeps tails to full relative precision at several times the cost.
    """
    return 0.5 + 0.5 * erf(z * 0.7071067811865476)


def probabilities(times: Times, steps: int) -> Float[Array, "M T"]:
    """The discretised probability of every step; O(M T). The paper's form, and the oracle."""
    step = jnp.arange(steps, dtype=times.mean.dtype)[None, :]
    upper = normal_cdf((step + 0.5 - times.mean[:, None]) / times.std[:, None])
    upper = jnp.where(step >= times.high[:, None], 1.0, upper)
    upper = jnp.where(step < times.low[:, None], 0.0, upper)
    return jnp.diff(upper, axis=1, prepend=jnp.zeros_like(upper[:, :1]))


def dense(times: Times, weight: Float[Array, " M"], rows: int, steps: int, width: int):
    """Every step of every time: O(M T) work and memory."""
    del width
    chance = probabilities(times, steps)
    if rows == 1:
        return weight[None, :] @ chance
    # A scatter of whole rows beats a one-hot product once there are several classes.
    return jnp.zeros((rows, steps), chance.dtype).at[times.row].add(weight[:, None] * chance)


def windowed(times: Times, weight: Float[Array, " M"], rows: int, steps: int, width: int):
    """At most ``width`` bins around each mean: O(M W), whatever T.

    A bin is as many steps wide as it takes for the window to span three widths on either side; its
    mass goes to its middle step. Bins of one step make it equal to `dense` up to the tails.
    """
    reach = jnp.minimum(times.high - times.low + 1, 6 * times.std + 1)
    stride = jnp.maximum(jnp.ceil(reach / width), 1.0)
    first = jnp.round(times.mean) - jnp.floor(stride * width / 2)
    first = jnp.clip(first, times.low, jnp.maximum(times.low, times.high + 1 - stride * width))
    middle = jnp.floor((stride - 1) / 2)
    scale = 1 / times.std
    total = jnp.zeros(rows * steps, times.mean.dtype)
    below = jnp.zeros_like(times.mean)
    # Bin by bin: XLA on CPU runs one scatter of M W entries several times slower than W of M.
    for k in range(width):
        right = first + stride * (k + 1)  # first step of the next bin
        upper = normal_cdf((right - 0.5 - times.mean) * scale)
        closed = (right > times.high) | (k == width - 1)
        upper = jnp.where(closed, 1.0, upper)
        step = jnp.minimum(right - stride + middle, times.high).astype(jnp.int32)
        total = total.at[times.row * steps + step].add(weight * (upper - below))
        below = upper
    return total.reshape(rows, steps)


def hat(times: Times, weight: Float[Array, " M"], rows: int, steps: int, width: int):
    """The narrow limit: mass shared linearly by ``floor(mean)`` and the step after; O(M)."""
    del width
    # `where`, not `clip`: a mean on its bound keeps its gradient, and at `high` the left one.
    mean = jnp.where(times.mean < times.low, times.low, times.mean)
    mean = jnp.where(mean > times.high, times.high, mean)
    floor = jnp.minimum(jnp.floor(mean), times.high - 1)
    part = mean - floor
    total = jnp.zeros(rows * steps, mean.dtype)
    for step, mass in ((floor, 1 - part), (floor + 1, part)):
        at = times.row * steps + jnp.maximum(step, 0).astype(jnp.int32)
        total = total.at[at].add(weight * mass)
    return total.reshape(rows, steps)


EVALUATIONS = table(
    "evaluation",
    Evaluation("dense", dense),
    Evaluation("window", windowed),
    Evaluation("hat", hat),
)
AUTO = "auto"  # the evaluation chosen by the number of steps


def evaluation_for(evaluation: str, steps: int, most_dense: int) -> str:
    """The name of an evaluation; "auto" is dense up to so many steps, and windows beyond."""
    if evaluation != AUTO:
        return evaluation
    return "dense" if steps <= most_dense else "window"
