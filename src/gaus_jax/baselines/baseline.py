"""The interface of a baseline."""

from typing import Protocol

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window


class Baseline(Protocol):
    """A scheduler that takes a problem and its windows, and returns a legal schedule."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """A legal schedule under the window's depth."""
        ...
