"""Simulated annealing by moves of single nodes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.moves.abreast import CHAINS, abreast
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


@dataclass(frozen=True)
class Annealing:
    """Metropolis moves from the best list schedule, cooled geometrically over the time there is.

    Two coolings at once, on a thread each; the best that either finds is the answer.

    A maximum over steps does not tell moves below it apart. The energy has the power mean
    ``(sum_d u(d)^p)^(1/p)`` in its place; what is kept is the best by the exact objective. Powers
    and temperatures are those that were best over several graphs.
    """

    chains: int = CHAINS
    name = "annealing"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """Anneal, as often as there are chains."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("refine"):
            ready = prepared(attempt)
            if ready is None:
                return
            plan, begun = ready
            memory = attempt.objective.weights.get("peak_live", 0.0) > 0
            cooling = MEMORY if memory else USAGE

            def search(seed: int, halted: Callable[[], bool]) -> np.ndarray:
                state = begun(seed)
                warmth = max(cooling.hot * probe(plan, state, cooling.first, PROBES), 1e-300)

                def work(moves: int, part: float) -> None:
                    power = round(cooling.first + (cooling.last - cooling.first) * part)
                    anneal(plan, state, power, warmth * cooling.cold**part, moves)

                most = MOVES * attempt.problem.nodes
                return pursue(attempt, Moves(state), work, most, halted)

            for start in abreast(search, attempt.seed, self.chains):
                attempt.offer(start)
