"""The interface of a term."""

from typing import Protocol

from jaxtyping import Array, Float

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.schedule import Schedule
from gaus_jax.relax.gaussian import Relaxed
from gaus_jax.relax.packed import Graph


class Term(Protocol):
    """One quantity to minimise, with a face for integers and one for Gaussians.

    The two agree on one-hot starts, up to the temperature.
    """

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    @property
    def local(self) -> bool:
        """Whether what it asks of a node depends on its neighbours alone, however deep the graph.

        A gradient of few steps is then worth its time; a peak far away takes many to be felt.
        """
        ...

    def exact(self, problem: Problem, schedule: Schedule, lifetime: Lifetime) -> float:
        """The definition, on an integer schedule."""
        ...

    def smooth(
        self, graph: Graph, relaxed: Relaxed, temperature: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Its differentiable shadow; a graph is packed for one lifetime."""
        ...
