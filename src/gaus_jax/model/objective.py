"""Objectives: weighted sums of terms under constraints."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gaus_jax.base.objectives import OBJECTIVES
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.constraints import Constraint
from gaus_jax.model.terms import TERMS, Term
from gaus_jax.relax.gaussian import Relaxed
from gaus_jax.relax.packed import Graph

# Of a depth, times classes: profiles hold a float for each step, and float32 means its whole steps.
MOST_STEPS = 10**7
AUTO = "auto"  # the least II that is found feasible


@dataclass(frozen=True)
class Objective:
    """An objective for one problem: numbers only, ready to be measured."""

    name: str
    weights: Mapping[str, float]  # term -> factor
    constraints: tuple[Constraint, ...]
    lifetime: Lifetime
    depth: int  # D, steps; of the frame of the search where nothing bounds the latency
    ratio: float | None  # the factor that "ratio" stood for, None where nothing did
    ii: int | None = None  # II, cycles; None where iterations do not overlap
    bounded: bool = True  # whether D bounds the latency
    register_limit: float | None = None  # of what is alive in any slot; None for none

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms in the order of their weights."""
        return tuple(TERMS[name] for name in self.weights)

    @property
    def limited(self) -> bool:
        """Whether more than dependences and windows decide what is legal."""
        return self.ii is not None or any(c.name == "resource" for c in self.constraints)

    @property
    def sequential(self) -> bool:
        """Whether a schedule is an order, one node a step."""
        return any(c.name == "sequence" for c in self.constraints)

    @property
    def facts(self) -> frozenset[str]:
        """What a bound may rest on (`gaus_jax.bounds.bound.FACTS`)."""
        found = {"no ii" if self.ii is None else "ii"}
        within = self.sequential or any(c.name == "latency" for c in self.constraints)
        found |= {"depth"} if self.bounded and within else set()
        limits = any(c.name == "resource" for c in self.constraints)
        return frozenset(found | ({"limits"} if limits else set()))

    def framed(self, problem: Problem, schedule: Schedule) -> Schedule:
        """A schedule under the depth and II that bind; without a bound its own length is its depth.

        Whatever the schedule says of its own.
        """
        depth = self.depth
        if not self.bounded and schedule.start.size == problem.nodes:
            ends = np.minimum(schedule.start, MOST_STEPS) + problem.duration
            depth = int(np.max(ends, initial=0))
        if schedule.depth == depth and schedule.ii == self.ii:
            return schedule
        return replace(schedule, depth=depth, ii=self.ii)

    def exact_terms(self, problem: Problem, schedule: Schedule) -> dict[str, float]:
        """Each term's exact value, unweighted."""
        schedule = self.framed(problem, schedule)
        # By the class: a method of an Equinox module is wrapped anew at each look, which takes
        # longer than to measure a small schedule.
        measured = (
            (t.name, type(t).exact(t, problem, schedule, self.lifetime)) for t in self.terms
        )
        return dict(measured)

    def exact(self, problem: Problem, schedule: Schedule) -> float:
        """The value on an integer schedule."""
        terms = self.exact_terms(problem, schedule)
        return sum(self.weights[name] * value for name, value in terms.items())


def smooth(
    terms: tuple[Term, ...], graph: Graph, relaxed: Relaxed, temperature: Float[Array, ""]
) -> Float[Array, ""]:
    """The weighted sum of the smooth faces; the weights are the graph's own."""
    values = jnp.stack([term.smooth(graph, relaxed, temperature) for term in terms])
    return graph.term_weight @ values


def constraint_names(settings: ObjectiveSettings) -> tuple[str, ...]:
    """The constraints asked for: by default those of the preset.

    And the limits of classes, where some are given, or an II, whose least value they decide too.
    """
    preset = OBJECTIVES[settings.name] if not settings.weights else None
    default = preset.constraints if preset else ("dependence", "latency")
    names = settings.constraints or default
    limited = bool(settings.limits) or settings.ii is not None
    return (*names, "resource") if limited and "resource" not in names else names


def automatic(settings: ObjectiveSettings) -> bool:
    """Whether the interval is the least one that is found feasible."""
    preset = None if settings.weights else OBJECTIVES[settings.name]
    pipelined = preset is not None and preset.pipelined
    return settings.ii == AUTO or (settings.ii is None and pipelined)
