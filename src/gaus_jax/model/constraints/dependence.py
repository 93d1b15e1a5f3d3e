"""Dependences."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from gaus_jax.base.registry import table
from gaus_jax.core.profile import edges_in_force
from gaus_jax.core.result import Violation


class Measure(NamedTuple):
    """How the violation ``v = s_i + l_i + delta_e - s_j > 0`` of an edge is expected."""

    name: str
    # (v, s) -> expected violation; v its mean, s its standard deviation, both (E,)
    of: Callable[[Float[Array, " E"], Float[Array, " E"]], Float[Array, " E"]]


def _amount(v, s):
    """``E max(v, 0) = v Phi(z) + s phi(z)`` with ``z = v / s``."""
    return v * ndtr(v / s) + s * norm.pdf(v / s)


MEASURES = table(
    "measure of violation",
    Measure("hinge", lambda v, s: jnp.maximum(v, 0.0)),
    Measure("amount", _amount),
    Measure("probability", lambda v, s: ndtr((v - 0.5) / s)),
)


class Dependence(eqx.Module):
    """Every consumer starts after its producer: ``s_j + k_e II >= s_i + l_i + delta_e``.

    For independent Gaussians ``v`` is Gaussian with variance ``sigma_i^2 + sigma_j^2``, so that
    every measure is closed form and O(E). GauS sums over pairs of steps instead, and leaves out
    the equal-step case, which is illegal here for any latency of 1 or more.
    """

    name = "dependence"
    by_edge = True
    profiled = False

    def violations(self, problem, schedule):
        """Edges whose consumer starts too early."""
        edges = edges_in_force(problem, schedule.ii)
        ready = schedule.start[problem.tail[edges]] + problem.reach[edges]
        ahead = problem.distance[edges] * (schedule.ii or 0)
        begin = schedule.start[problem.head[edges]] + ahead
        return [
            Violation(
                self.name,
                f"{problem.edge(int(edges[e]))}: value ready at {ready[e]}, "
                f"consumer starts at {begin[e]}",
            )
            for e in np.flatnonzero(begin < ready)
        ]

    def residual(self, graph, relaxed, measure):
        """Expected violation of each edge that can bind; (E,)."""
        excess = relaxed.mean[graph.tail] + graph.reach - relaxed.mean[graph.head]
        variance = relaxed.std[graph.tail] ** 2 + relaxed.std[graph.head] ** 2
        # Padded edges join a node to itself; the mask keeps their gradient finite and out.
        spread = jnp.sqrt(jnp.where(graph.edge_mask, variance, 1.0))
        return jnp.where(graph.edge_mask, MEASURES[measure].of(excess, spread), 0.0)
