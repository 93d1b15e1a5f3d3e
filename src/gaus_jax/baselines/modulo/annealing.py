"""Simulated annealing of registers at an II, by moves of single nodes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gaus_jax.baselines.annealing import Cooling
from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.modulo.heuristic import needs_interval
from gaus_jax.baselines.modulo.moves import LEAST, Plan, State, anneal, probe
from gaus_jax.baselines.modulo.reach import iterative, polish, reach, sdc
from gaus_jax.baselines.moves.abreast import CHAINS, abreast
from gaus_jax.baselines.moves.search import pursue
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

PROBES = 2000  # moves that set the temperature
MOVES = 2000  # for each node, where there is no time limit
COOLING = Cooling(1.0, 0.03, 4, 6)


class _Search(NamedTuple):
    state: State

    def least(self) -> float:
        return self.state.cost[LEAST]

    def best(self) -> np.ndarray:
        return self.state.best


@dataclass(frozen=True)
class ModuloAnnealing:
    """Metropolis moves from the better of two heuristic schedules, its lifetimes made least first.

    A node goes to a step that its neighbours, its window and the reservation table leave free, a
    turn of II farther among others. The energy is a power mean of the live values by slot. Two
    coolings at once, on a thread each; the best that either finds is the answer.
    """

    chains: int = CHAINS
    name = "modulo_annealing"
    limited = True

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Pipelined loops whose memory counts."""
        if objective.weights.get("peak_live", 0.0) == 0:
            return f"{self.name} has moves for peak_live alone; give that a weight"
        return needs_interval(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """Anneal at the least II that the heuristics reach or the one asked for, in each chain."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            found = reach(attempt, [iterative(attempt), sdc(attempt)])
        with attempt.clock.stage("optimise"):
            if found:
                polish(attempt)
        with attempt.clock.stage("refine"):
            if found and not attempt.clock.expired() and attempt.window.mobility.any():
                _anneal(attempt, self.chains)


def _anneal(attempt: Attempt, chains: int) -> None:
    assert attempt.best is not None
    problem, frame, start = attempt.problem, attempt.window, attempt.best.start
    plan = Plan.of(problem, frame, attempt.objective.lifetime)

    def search(seed: int, halted: Callable[[], bool]) -> np.ndarray:
        state = State.of(plan, problem, frame, attempt.limit, start, seed)
        warmth = max(COOLING.hot * probe(plan, state, COOLING.first, PROBES), 1e-300)

        def work(moves: int, part: float) -> None:
            power = round(COOLING.first + (COOLING.last - COOLING.first) * part)
            anneal(plan, state, power, warmth * COOLING.cold**part, moves)

        return pursue(attempt, _Search(state), work, MOVES * problem.nodes, halted)

    for found in abreast(search, attempt.seed, chains):
        attempt.offer(found)
