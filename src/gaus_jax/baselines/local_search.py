"""Iterated local search by moves of single nodes (Lourenco, Martin and Stuetzle)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.moves.abreast import CHAINS, abreast
from gaus_jax.baselines.moves.climb import climb, first_round
from gaus_jax.baselines.moves.kernel import rescale
from gaus_jax.baselines.moves.search import Moves, prepared, pursue
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

LOOKS = 300  # at each node, where there is no time limit
USAGE_POWER, MEMORY_POWER = 5, 7  # peaks as power means of 2 ** power
KICK = 2  # moves


@dataclass(frozen=True)
class LocalSearch:
    """Descend to a local optimum, kick, descend again, and go on from what is not worse.

    First improvement from the best list schedule; after a kick only the kicked nodes and those
    around what moves are looked at. Peaks have the power mean as their stand-in, as in annealing.
    Two searches at once, on a thread each; the best that either finds is the answer.
    """

    chains: int = CHAINS
    name = "local_search"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """Search until the time is used up."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("refine"):
            ready = prepared(attempt)
            if ready is None:
                return
            plan, begun = ready
            memory = attempt.objective.weights.get("peak_live", 0.0) > 0
            power = MEMORY_POWER if memory else USAGE_POWER

            def search(seed: int, halted: Callable[[], bool]) -> np.ndarray:
                state, turn = begun(seed), first_round(plan, seed)

                def work(looks: int, part: float) -> None:
                    rescale(plan, state, power)
                    climb(plan, state, turn, power, KICK, looks)

                most = LOOKS * attempt.problem.nodes
                return pursue(attempt, Moves(state), work, most, halted)

            for start in abreast(search, attempt.seed, self.chains):
                attempt.offer(start)
