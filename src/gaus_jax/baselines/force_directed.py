"""Force-directed scheduling (Paulin and Knight, 1989)."""

import numpy as np

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.force.graphs import begin
from gaus_jax.baselines.force.kernel import advance, finish
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

WORK = 200_000  # terms between two looks at the clock, about ten milliseconds
PACE = 10_000_000  # terms a second that the sweeps over all nodes may take
LONGEST = 30.0  # seconds that sweeps may take where there is no limit


class ForceDirected:
    """Again and again the node and step of least force are fixed.

    The force of a step is ``sum_d DG(d) (P'(d) - P(d))``, P the chance that the node occupies step
    ``d`` if it starts evenly over its window, P' that after the placement, and DG the sum of all
    P: positive where the step is busier than the node's window is on average. The forces on the
    direct neighbours, whose windows the placement cuts, are added. Levels usage whatever the
    objective.
    """

    name = "force_directed"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """One schedule; where time runs out the rest is placed greedily in the windows left."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            forces = begin(attempt.problem, attempt.window)
            every = _pause(attempt)
            while not attempt.clock.expired() and advance(forces, every, WORK):
                pass
            finish(forces, np.zeros_like(forces.bend))
        attempt.offer(forces.low)


def _pause(attempt: Attempt) -> int:
    """Placements from sweep to sweep, so that all sweeps together fit the time."""
    problem, mobility = attempt.problem, attempt.window.mobility
    around = np.diff(problem.incoming.first) + np.diff(problem.outgoing.first)
    sweep = float(((mobility + 1) * (1 + around))[mobility > 0].sum())
    total = PACE * min(attempt.clock.left(), LONGEST)
    return int(min(np.ceil(np.count_nonzero(mobility) * sweep / max(total, 1.0)), 2**62)) or 1
