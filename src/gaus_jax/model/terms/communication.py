"""Communication."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.profile import edges_in_force
from gaus_jax.relax.sums import total


class Communication(eqx.Module):
    """Total weighted span of the edges, ``sum_e w_e (s_j + k_e II - s_i)``.

    Linear in the starts, so its expectation is itself at the means.
    """

    name = "communication"
    local = True

    def exact(self, problem, schedule, lifetime):
        """``sum_e w_e (s_j + k_e II - s_i)`` over the edges in force."""
        edges = edges_in_force(problem, schedule.ii)
        ahead = problem.distance[edges] * (schedule.ii or 0)
        span = schedule.start[problem.head[edges]] + ahead - schedule.start[problem.tail[edges]]
        # No dot product: BLAS would share it out among threads, which costs more than it saves and
        # rounds by how many there are.
        return float(np.sum(problem.weight[edges] * span))

    def smooth(self, graph, relaxed, temperature):
        """``sum_i c_i mu_i``, ``c_i`` the weights of the edges in less those of the edges out."""
        free = relaxed.mean[: graph.pull.shape[0]]
        own = total(jnp.where(graph.free_mask, graph.pull * free, 0.0))
        return relaxed.whole(graph.communication_base + own)
