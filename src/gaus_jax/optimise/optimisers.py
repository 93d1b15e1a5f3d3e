"""The optax optimisers that settings can name."""

from collections.abc import Callable
from typing import NamedTuple

import optax
from jaxtyping import Array, Float

from gaus_jax.base.registry import table


class Optimiser(NamedTuple):
    """A named maker of an optax transformation from a learning rate."""

    name: str
    make: Callable[[Float[Array, ""]], optax.GradientTransformation]


OPTIMISERS = table(
    "optimiser",
    Optimiser("adam", lambda rate: optax.adam(rate, b2=0.99)),
    Optimiser("adam_long", optax.adam),  # optax's own memory of a thousand steps
    Optimiser("amsgrad", optax.amsgrad),
    Optimiser("nadam", lambda rate: optax.nadam(rate, b2=0.99)),
    Optimiser("lion", optax.lion),
    Optimiser("rmsprop", lambda rate: optax.rmsprop(rate, decay=0.99, momentum=0.9)),
    Optimiser("sgd", lambda rate: optax.sgd(rate, momentum=0.9)),
)
