"""CP-SAT over intervals and registers, as a baseline. Needs the extra ``gaus-jax[baselines]``."""

from dataclasses import dataclass

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.cpsat import ortools
from gaus_jax.baselines.modulo.cpsat import CpSatModulo
from gaus_jax.baselines.modulo.heuristic import Heuristic, needs_interval
from gaus_jax.baselines.modulo.reach import iterative, polish, reach, sdc, swing
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

CLOSING = 0.03  # part of the limit that the solver is not given, as it ends late
EFFORT = 20.0  # of the solver's deterministic unit for each II, where there is no limit of time


@dataclass(frozen=True, kw_only=True)
class CpSatRegisters:
    """The heuristics' best II, then the solver at each lower one, then the fewest registers.

    It is hinted with the best schedule there is. What it proves of registers holds under the depth
    of its windows, and is a bound where the objective has that depth.
    """

    name = "cpsat_modulo"
    limited = True
    workers: int = 2  # threads
    share: float = 0.5  # of the time left, for lower IIs than the heuristics'
    most_literals: int = 1_000_000  # nodes times II

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Pipelined loops, for memory alone, that the solver can take in at all."""
        terms = {term for term, weight in objective.weights.items() if weight > 0}
        if terms != {"peak_live"}:
            return f"{self.name} encodes peak_live alone; give no other term a weight"
        literals = problem.nodes * (objective.ii or 1)
        if literals > self.most_literals:
            return (
                f"{problem.name} would take {literals:,} literals, more than the "
                f"{self.most_literals:,} that CP-SAT can work with"
            )
        return needs_interval(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """Search II, then registers, until proved or out of time.

        Raises:
            MissingExtraError: ortools is not installed.
        """
        with attempt.clock.stage("compile"):
            ortools()  # its import takes seconds
            for method in (iterative, swing, sdc):
                warmed(Heuristic(name=f"{self.name} by {method.__name__}", method=method))
        first = attempt.objective.ii
        assert first is not None, "modulo scheduling needs an II"
        with attempt.clock.stage("legalise"):
            found = reach(attempt, [make(attempt) for make in (iterative, swing, sdc)])
        with attempt.clock.stage("optimise"):
            reached = attempt.objective.ii
            assert reached is not None
            if attempt.asked is not None or not found:
                _lower(self, attempt, range(first, reached + (not found)))
            if attempt.best is not None and not attempt.clock.expired():
                polish(attempt)
                _fewest(self, attempt)


def _lower(entry: CpSatRegisters, attempt: Attempt, intervals: range) -> None:
    """Go to the first of some IIs at which the solver finds a schedule, for a share of the time."""
    clock = attempt.clock
    over = (1 - entry.share) * clock.left() if clock.limited else 0.0
    for ii in intervals:
        seconds = (clock.left() - over) / (intervals.stop - ii)
        if seconds <= 0:
            return
        try:
            _, frame = attempt.framed(ii)
            effort = float("inf") if clock.limited else EFFORT
            solver = CpSatModulo(seconds * (1 - CLOSING), effort, entry.workers)
            start = solver(attempt.problem, frame, limit=attempt.limit, seed=attempt.seed)
        except InfeasibleError:  # of the depth or a node: a longer II may do
            continue
        if start is not None:
            attempt.at(ii)
            attempt.offer(start)
            return


def _fewest(entry: CpSatRegisters, attempt: Attempt) -> None:
    """Offer what the solver finds, and its bound where that is one of the objective."""
    assert attempt.best is not None
    solver = CpSatModulo(
        attempt.clock.left() * (1 - CLOSING),
        float("inf") if attempt.clock.limited else EFFORT,
        entry.workers,
        attempt.best.start,
        attempt.offer,
    )
    lifetime = attempt.objective.lifetime
    answer = solver.fewest_registers(
        attempt.problem, attempt.window, lifetime, limit=attempt.limit, seed=attempt.seed
    )
    if attempt.objective.bounded:
        attempt.bound(answer.bound * attempt.objective.weights["peak_live"])
