"""The latency bound."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.result import Violation


class LatencyBound(eqx.Module):
    """Every node runs within the depth: ``0 <= s_i`` and ``s_i + max(l_i, 1) <= D``.

    Its relaxation is empty: the means never leave their windows.
    """

    name = "latency"
    by_edge = False
    profiled = False

    def violations(self, problem, schedule):
        """Nodes that start before step 0 or finish after the depth."""
        start = schedule.start
        early = [
            Violation(self.name, f"node {problem.ids[i]}: starts at {start[i]}, first step is 0")
            for i in np.flatnonzero(start < 0)
        ]
        late = [
            Violation(
                self.name,
                f"node {problem.ids[i]}: finishes at {int(start[i]) + int(problem.duration[i])}, "
                f"depth is {schedule.depth}",
            )
            # A start near the end of int64 must not wrap around.
            for i in np.flatnonzero(start > schedule.depth - problem.duration)
        ]
        return early + late

    def residual(self, graph, relaxed, measure):
        """Nothing: the windows hold it."""
        return jnp.zeros(0, relaxed.mean.dtype)
