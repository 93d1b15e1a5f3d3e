"""The interface of a constraint."""

from typing import Protocol

from jaxtyping import Array, Float

from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Violation
from gaus_jax.core.schedule import Schedule
from gaus_jax.relax.gaussian import Relaxed
from gaus_jax.relax.packed import Graph


class Constraint(Protocol):
    """One condition on schedules: who breaks it, and by how much the Gaussians are expected to."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    @property
    def profiled(self) -> bool:
        """Whether its violations are found in a profile over all steps."""
        ...

    @property
    def by_edge(self) -> bool:
        """Whether its residual has a part for each edge of the graph, which may be a share."""
        ...

    def violations(self, problem: Problem, schedule: Schedule) -> list[Violation]:
        """Every violation, with both sides in numbers."""
        ...

    def residual(self, graph: Graph, relaxed: Relaxed, measure: str) -> Float[Array, " M"]:
        """Expected violation of each of its parts, 0 where satisfied or padded; M may be 0."""
        ...
