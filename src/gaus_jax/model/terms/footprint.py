"""Memory footprint with workspaces."""

import equinox as eqx
import numpy as np

from gaus_jax.core.profile import live
from gaus_jax.relax.gaussian import expected_live, expected_workspace
from gaus_jax.relax.smooth import peak


class Footprint(eqx.Module):
    """Bytes in use in the fullest step, ``max_d live(d) + sum_i workspace_i [s_i = d]``."""

    name = "footprint"
    local = False

    def exact(self, problem, schedule, lifetime):
        """``max_d live(d) + sum_i workspace_i [s_i = d]``; over slots where there is an II."""
        held = live(problem, schedule, lifetime)
        step = schedule.start if schedule.ii is None else schedule.start % schedule.ii
        running = np.bincount(step, problem.workspace, held.size)
        return float((held + running).max(initial=0))

    def smooth(self, graph, relaxed, temperature):
        """``peak_d E live(d) + E workspace(d)``."""
        total = expected_live(graph, relaxed) + expected_workspace(graph, relaxed)
        return peak(total, temperature, graph.live_mask)
