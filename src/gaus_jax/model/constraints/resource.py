"""Resource limits."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.profile import usage
from gaus_jax.core.result import Violation
from gaus_jax.relax.gaussian import expected_usage, folded


class ResourceLimit(eqx.Module):
    """No class is used beyond its limit: ``usage_r(d) <= C_r`` in each step.

    At an II in each slot, ``sum over d = m mod II of usage_r(d) <= C_r``. Relaxed to the excess of
    the expected usage, in mean demands of a use.
    """

    name = "resource"
    by_edge = False
    profiled = True

    def violations(self, problem, schedule):
        """Steps, or slots, in which a class is used beyond its limit."""
        if not np.isfinite(problem.limit).any():
            return []
        rows, where = usage(problem, schedule), "step"
        if schedule.ii is not None:
            rows, where = _folded(rows, schedule.ii), "slot"
        # Sums of fractional demands are only exact to rounding.
        over = rows > problem.limit[:, None] * (1 + 1e-9)
        return [
            Violation(
                self.name,
                f"class {problem.classes[r]}: {rows[r, d]:g} used in {where} {d}, "
                f"limit is {problem.limit[r]:g}",
            )
            for r, d in np.argwhere(over)
        ]

    def residual(self, graph, relaxed, measure):
        """Excess of each class in each step or slot; (R T,)."""
        rows = folded(graph, expected_usage(graph, relaxed))
        excess = (rows - graph.limit[:, None]) / graph.unit[:, None]
        return jnp.where(graph.slot_mask[None, :] & (excess > 0), excess, 0.0).reshape(-1)


def _folded(rows: np.ndarray, ii: int) -> np.ndarray:
    """(R, T) by step to (R, II) by slot."""
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % ii)))
    return padded.reshape(rows.shape[0], -1, ii).sum(axis=1)
