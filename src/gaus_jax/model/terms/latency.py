"""Latency of the whole schedule."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.relax.smooth import peak


class Latency(eqx.Module):
    """The step after the last one that any node takes, ``max_i (s_i + max(l_i, 1))``."""

    name = "latency"
    local = False

    def exact(self, problem, schedule, lifetime):
        """``max_i (s_i + max(l_i, 1))``; 0 for the empty graph."""
        return float(np.max(schedule.start + problem.duration, initial=0))

    def smooth(self, graph, relaxed, temperature):
        """The smooth maximum of the means' finishing steps."""
        finish = relaxed.mean[: graph.duration.shape[0]] + graph.duration
        every = jnp.append(finish, graph.finish_base)
        return peak(every, temperature, jnp.append(graph.free_mask, True))
