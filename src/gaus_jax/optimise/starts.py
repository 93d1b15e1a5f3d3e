"""Where the gradient may begin without any schedule at hand."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gaus_jax.base.registry import table
from gaus_jax.core.window import Window


class Start(NamedTuple):
    """A named choice of the first means, for all nodes; (N,) float64, steps."""

    name: str
    means: Callable[[Window, np.random.Generator], np.ndarray]


STARTS = table(
    "start",
    Start("middle", lambda window, rng: (window.asap + window.alap) / 2),
    # One slide of all nodes and a little of their own: noise that dependences can live with.
    Start(
        "random",
        lambda window, rng: (
            window.asap
            + window.mobility
            * np.clip(rng.uniform(0.2, 0.8) + 0.2 * rng.standard_normal(window.asap.size), 0, 1)
        ),
    ),
)
