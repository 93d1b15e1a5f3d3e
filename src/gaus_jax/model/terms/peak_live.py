"""Memory footprint."""

import equinox as eqx

from gaus_jax.core.profile import live
from gaus_jax.relax.gaussian import expected_live
from gaus_jax.relax.smooth import peak


class PeakLive(eqx.Module):
    """Bits or bytes held in the fullest step, ``max_d live(d)``."""

    name = "peak_live"
    local = False

    def exact(self, problem, schedule, lifetime):
        """``max_d live(d)``, or over slots where there is an II."""
        return float(live(problem, schedule, lifetime).max(initial=0))

    def smooth(self, graph, relaxed, temperature):
        """``peak_d E live(d)``."""
        return peak(expected_live(graph, relaxed), temperature, graph.live_mask)
