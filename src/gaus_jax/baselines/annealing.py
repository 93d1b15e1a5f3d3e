"""Simulated annealing by moves of single nodes."""

from typing import NamedTuple

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.moves.anneal import anneal, probe
from gaus_jax.baselines.moves.search import Moves, prepared, pursue
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

PROBES = 2000  # moves that set the temperature
MOVES = 2000  # for each node, where there is no time limit


class Cooling(NamedTuple):
    """How the temperature falls and the peaks' stand-ins sharpen."""

    hot: float  # in mean uphill moves
    cold: float  # of the first temperature
    first: int  # peaks as power means of 2 ** first
    last: int


USAGE = Cooling(1.0, 0.003, 4, 4)
MEMORY = Cooling(3.0, 0.01, 8, 8)


class Annealing:
    """Metropolis moves from the best list schedule, cooled geometrically over the time there is.

    A maximum over steps does not tell moves below it apart. The energy has the power mean
    ``(sum_d u(d)^p)^(1/p)`` in its place; what is kept is the best by the exact objective. Powers
    and temperatures are those that were best over several graphs.
    """

    name = "annealing"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """Anneal once."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("refine"):
            ready = prepared(attempt)
            if ready is None:
                return
            plan, state = ready
            memory = attempt.objective.weights.get("peak_live", 0.0) > 0
            cooling = MEMORY if memory else USAGE
            warmth = max(cooling.hot * probe(plan, state, cooling.first, PROBES), 1e-300)

            def work(moves: int, part: float) -> None:
                power = round(cooling.first + (cooling.last - cooling.first) * part)
                anneal(plan, state, power, warmth * cooling.cold**part, moves)

            pursue(attempt, Moves(state), work, MOVES * attempt.problem.nodes)
