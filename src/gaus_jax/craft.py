"""How integers of one problem are made legal and refined: freely, under limits, or for latency."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from gaus_jax.base.settings import LegaliseSettings
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.cooling import Cooling, Heat, cooled
from gaus_jax.legalise.evolve import shorten
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.limited.plan import TERMS as UNDER_LIMITS
from gaus_jax.legalise.limited.plan import LimitedPlan
from gaus_jax.legalise.limited.refine import LimitedMoves
from gaus_jax.legalise.modulo.place import place_modulo
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.legalise.parts import part_count
from gaus_jax.legalise.plan import MovePlan
from gaus_jax.legalise.refine import SUPPORTED, FreeMoves, move_plan
from gaus_jax.legalise.serial import earliest, justify
from gaus_jax.task import Task


def never() -> bool:
    """The answer where there is no limit of time."""
    return False


class Craft(Protocol):
    """What a search does with one problem's integers; every schedule that it gives is legal."""

    @property
    def free(self) -> bool:
        """Whether dependences and windows alone decide what is legal."""
        ...

    @property
    def moves(self) -> bool:
        """Whether there is anything to refine."""
        ...

    def legal(
        self, mean: np.ndarray, seed: int, expired: Callable[[], bool] = never
    ) -> Schedule | None:
        """The cheapest of a few legal schedules near some means, (N,) float64; None: not found."""
        ...

    def refined(
        self,
        schedule: Schedule,
        heat: float,
        count: int,
        seed: int,
        seconds: float,
        expired: Callable[[], bool],
    ) -> Schedule:
        """A schedule that costs no more, after so many moves or seconds at most."""
        ...

    def abreast(self, asked: int) -> int:
        """So many parts of a schedule as asked for, or 1 where it is too small or short."""
        ...

    def cooling(
        self, schedule: Schedule, heat: float, seed: int, abreast: int = 1
    ) -> Cooling | None:
        """An annealing in pieces from a schedule; None where there is none."""
        ...


class Free:
    """Under dependences and windows alone."""

    free = True

    def __init__(self, task: Task, settings: LegaliseSettings) -> None:
        self._task, self._settings = task, settings
        self._moves: MovePlan | None = None
        served = any(task.objective.weights.get(term, 0.0) > 0 for term in SUPPORTED)
        self.moves = served and bool(task.window.mobility.any()) and settings.sweeps > 0

    def legal(self, mean, seed, expired=never) -> Schedule | None:
        """The cheapest rounding; there always is one."""
        task, thresholds = self._task, self._settings.thresholds
        return legalise(task.problem, task.window, mean, cost=task.cost, thresholds=thresholds)

    def refined(self, schedule, heat, count, seed, seconds, expired) -> Schedule:
        """One cooling."""
        moves = self._at(schedule, seed)
        return cooled(moves, _heat(heat, self._settings), count, seconds, expired)

    def abreast(self, asked: int) -> int:
        """By how many nodes may move, over how many steps."""
        return asked if part_count(self._plan(), asked) > 1 else 1

    def cooling(
        self, schedule: Schedule, heat: float, seed: int, abreast: int = 1
    ) -> Cooling | None:
        """By moves that drag neighbours along."""
        return Cooling(self._at(schedule, seed, abreast), _heat(heat, self._settings))

    def _plan(self) -> MovePlan:
        task = self._task
        if self._moves is None:
            about = task.objective.weights, task.objective.lifetime
            self._moves = move_plan(task.problem, task.window, *about)
        return self._moves

    def _at(self, schedule: Schedule, seed: int, abreast: int = 1) -> FreeMoves:
        task = self._task
        weights = task.objective.weights
        return FreeMoves(task.problem, self._plan(), schedule, weights, seed, abreast)


class Limited:
    """Under resource limits too, at an II or without one."""

    free = False

    def __init__(self, task: Task, settings: LegaliseSettings) -> None:
        self._task, self._settings = task, settings
        self._placing: ModuloPlan | None = None
        self._moving: LimitedPlan | None = None
        served = any(task.objective.weights.get(term, 0.0) > 0 for term in UNDER_LIMITS)
        self.moves = served and bool(task.window.mobility.any()) and settings.sweeps > 0

    def legal(self, mean, seed, expired=never) -> Schedule | None:
        """What placing near the means finds, if it does so in time."""
        task = self._task
        if self._placing is None:
            self._placing = ModuloPlan.of(task.problem, task.window)
        how = {"seed": seed, "plan": self._placing, "expired": expired}
        start = place_modulo(task.problem, task.window, mean, **how)
        return None if start is None else Schedule(start, task.window.depth, task.window.ii)

    def refined(self, schedule, heat, count, seed, seconds, expired) -> Schedule:
        """One cooling."""
        moves = self._at(schedule, seed)
        return cooled(moves, _heat(heat, self._settings), count, seconds, expired)

    def abreast(self, asked: int) -> int:
        """1."""
        return 1

    def cooling(
        self, schedule: Schedule, heat: float, seed: int, abreast: int = 1
    ) -> Cooling | None:
        """By moves that heed the limits."""
        return Cooling(self._at(schedule, seed), _heat(heat, self._settings))

    def _at(self, schedule: Schedule, seed: int) -> LimitedMoves:
        task = self._task
        if self._moving is None:
            about = task.objective.weights, task.objective.lifetime
            self._moving = LimitedPlan.of(task.problem, task.window, task.problem.limit, *about)
        return LimitedMoves(self._moving, schedule, seed)


class Latency:
    """The shortest schedule under resource limits, without II: a population of serial orders."""

    free = False

    def __init__(self, task: Task, settings: LegaliseSettings) -> None:
        self._task = task
        self.moves = task.problem.nodes > 1 and settings.sweeps > 0

    def legal(self, mean, seed, expired=never) -> Schedule | None:
        """Serial placement in the order of the means, pushed together."""
        problem = self._task.problem
        start = justify(problem, earliest(problem, mean).start)
        return Schedule(start, self._task.window.depth)

    def refined(self, schedule, heat, count, seed, seconds, expired) -> Schedule:
        """Schedules bred from it; ``count`` moves of nodes are ``count / N`` schedules."""
        task, depth = self._task, schedule.depth
        found = shorten(
            task.problem,
            [schedule.start],
            seed=seed,
            schedules=max(1, count // max(1, task.problem.nodes)),
            seconds=seconds,
            expired=expired,
            bound=task.lower_bound,
        )
        return Schedule(found, depth)

    def abreast(self, asked: int) -> int:
        """1."""
        return 1

    def cooling(
        self, schedule: Schedule, heat: float, seed: int, abreast: int = 1
    ) -> Cooling | None:
        """None: a population does not cool."""
        return None


def craft(task: Task, settings: LegaliseSettings) -> Craft:
    """The one that serves a task."""
    objective = task.objective
    if not objective.limited:
        return Free(task, settings)
    terms = {term for term, weight in objective.weights.items() if weight > 0}
    if terms == {"latency"} and objective.ii is None:
        return Latency(task, settings)
    return Limited(task, settings)


def _heat(heat: float, settings: LegaliseSettings) -> Heat:
    return Heat(heat, settings.power_start, settings.power_end)
