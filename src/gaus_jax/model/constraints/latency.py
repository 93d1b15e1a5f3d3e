"""The latency bound."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.result import Violation


class LatencyBound(eqx.Module):
    """Every node runs within the depth: ``0 <= s_i`` and ``s_i + max(l_i, 1) <= D``.

    Its relaxation is empty: the means never leave their windows.
    """

    name: ClassVar[str] = "latency"

    def violations(self, problem, schedule):
        """Nodes that start before step 0 or finish after the depth."""
        start, finish = schedule.start, schedule.start + problem.duration
        early = [
            Violation(self.name, f"node {problem.ids[i]}: starts at {start[i]}, first step is 0")
            for i in np.flatnonzero(start < 0)
        ]
        late = [
            Violation(
                self.name,
                f"node {problem.ids[i]}: finishes at {finish[i]}, depth is {schedule.depth}",
            )
            for i in np.flatnonzero(finish > schedule.depth)
        ]
        return early + late

    def residual(self, graph, relaxed, measure):
        """Nothing: the windows hold it."""
        return jnp.zeros(0, relaxed.mean.dtype)
