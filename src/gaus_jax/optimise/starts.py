"""Where the lanes begin."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.registry import table
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window

Hints = Mapping[str, Schedule]


class Start(NamedTuple):
    """A named choice of the first means, for all nodes; (N,) float64, steps."""

    name: str
    means: Callable[[Window, Hints, np.random.Generator], np.ndarray]
    optional: bool = False  # passed over where there is no schedule of its name


def _hint(name: str) -> Callable[[Window, Hints, np.random.Generator], np.ndarray]:
    def means(window: Window, hints: Hints, rng: np.random.Generator) -> np.ndarray:
        if name not in hints:
            raise SettingsError(f"start '{name}' needs a schedule to start from")
        return hints[name].start.astype(float)

    return means


STARTS = table(
    "start",
    Start("middle", lambda window, hints, rng: (window.asap + window.alap) / 2),
    Start("asap", lambda window, hints, rng: window.asap.astype(float)),
    Start("alap", lambda window, hints, rng: window.alap.astype(float)),
    # One slide of all nodes and a little of their own: noise that dependences can live with.
    Start(
        "random",
        lambda window, hints, rng: (
            window.asap
            + window.mobility
            * np.clip(rng.uniform(0.2, 0.8) + 0.2 * rng.standard_normal(window.asap.size), 0, 1)
        ),
    ),
    Start("list", _hint("list")),
    Start("given", _hint("given")),
    Start("communication_flow", _hint("communication_flow"), optional=True),
)
