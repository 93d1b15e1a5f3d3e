"""How violations enter the loss: a rising penalty, or an augmented Lagrangian."""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Array, Float

from gaus_jax.base.registry import table
from gaus_jax.relax.sums import total


class Method(NamedTuple):
    """The cost of residuals ``v`` under multipliers and a weight, and the multipliers' update."""

    name: str
    cost: Callable[[Float[Array, " M"], Float[Array, " M"], Float[Array, ""]], Float[Array, ""]]
    update: Callable[[Float[Array, " M"], Float[Array, " M"], Float[Array, ""]], Float[Array, " M"]]


def _penalty(v, multiplier, weight):
    """``weight * sum v``: exact once the weight exceeds every multiplier."""
    return weight * total(v)


def _augmented(v, multiplier, weight):
    """``sum (lambda v + weight / 2 v^2)`` (Hestenes, Powell; GauS)."""
    return total(multiplier * v) + 0.5 * weight * total(v * v)


METHODS = table(
    "method",
    Method("penalty", _penalty, lambda v, multiplier, weight: multiplier),
    Method("augmented", _augmented, lambda v, multiplier, weight: multiplier + weight * v),
)
