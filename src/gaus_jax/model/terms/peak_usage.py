"""Peak resource usage."""

import equinox as eqx
import jax.numpy as jnp

from gaus_jax.core.profile import usage
from gaus_jax.relax.gaussian import expected_usage
from gaus_jax.relax.smooth import peak


class PeakUsage(eqx.Module):
    """Cost of the units that the busiest step of each class needs, ``sum_r c_r max_d usage_r(d)``.

    Smooth: the log-sum-exp peak of the expected usage (GauS). While widths are large it lies
    below the expected peak.
    """

    name = "peak_usage"
    local = False

    def exact(self, problem, schedule, lifetime):
        """``sum_r c_r max_d usage_r(d)``."""
        return float(problem.class_cost @ usage(problem, schedule).max(axis=1, initial=0))

    def smooth(self, graph, relaxed, temperature):
        """``sum_r c_r peak_d E usage_r(d)``."""
        tops = peak(expected_usage(graph, relaxed), temperature, graph.usage_mask)
        return jnp.sum(graph.class_cost * tops)
