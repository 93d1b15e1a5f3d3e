"""What the search for one problem gives to threads: rounding means, and refining schedules."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gaus_jax.base.search import Part
from gaus_jax.base.settings import Settings
from gaus_jax.core.schedule import Schedule
from gaus_jax.craft import craft, never
from gaus_jax.linear.nearby import narrowed, reshaped
from gaus_jax.task import Task

LINEAR_SHARE = 0.4  # of the seconds of a refinement, for the linear relaxation before it


class Found(NamedTuple):
    """A legal schedule and its cost."""

    schedule: Schedule
    cost: float


@dataclass
class Turn:
    """A part under way, and what it has brought so far."""

    part: Part
    place: int | None  # in the cycle; None in the opening
    lanes: int
    gain: float = 0.0  # 1 or more: a better schedule than any before
    open: int = 0  # refinements that are not back


class Wanted(NamedTuple):
    """A refinement that waits for a thread."""

    turn: Turn
    schedule: Schedule
    heat: float
    seed: int


class Worker:
    """Makes legal schedules of one problem; it changes nothing that threads share."""

    def __init__(self, task: Task, settings: Settings) -> None:
        self.task, self.settings = task, settings
        self.craft = craft(task, settings.legalise)

    def legal(self, points: np.ndarray, expired: Callable[[], bool] = never) -> Found:
        """The cheapest legal schedule near some means, (P, N) float64; else the best so far."""
        near = [self.craft.legal(mean, self.task.seed, expired) for mean in points]
        found = [Found(s, self.task.cost(s)) for s in near if s is not None]
        best = Found(self.task.best, self.task.best_cost)
        return min(found, key=lambda one: one.cost, default=best)

    def refined(self, wanted: Wanted, seconds: float, expired: Callable[[], bool]) -> Found:
        """A refinement, within some seconds."""
        task, part = self.task, wanted.turn.part
        schedule = wanted.schedule
        if part.linear > 0 and self.craft.free and not (expired() or task.solved):
            schedule = self._reshaped(wanted, LINEAR_SHARE * seconds, expired)
        before = Found(schedule, task.cost(schedule))
        if wanted.heat == 0 or not self.craft.moves or expired() or task.solved:
            return before
        count = int(part.length * self.settings.legalise.sweeps * task.free.size)
        about = wanted.heat, count, wanted.seed, seconds, expired
        schedule = self.craft.refined(schedule, *about)
        after = Found(schedule, task.cost(schedule))
        return after if after.cost <= before.cost else before

    def _reshaped(self, wanted: Wanted, seconds: float, expired: Callable[[], bool]) -> Schedule:
        """The cheapest rounding of the linear relaxation around a schedule, or the schedule."""
        task, part = self.task, wanted.turn.part
        rng = np.random.default_rng(wanted.seed)
        frame = task.window
        if part.near:
            width = int(np.ceil(part.near ** rng.random()))  # small ones as often as large ones
            loose = rng.random(task.problem.nodes) < part.loose * rng.random()
            frame = narrowed(task.problem, frame, wanted.schedule.start, width, loose)
        weights, lifetime = task.objective.weights, task.objective.lifetime
        until = time.perf_counter() + seconds
        late = lambda: expired() or time.perf_counter() > until  # noqa: E731
        most = self.settings.search.linear_size
        starts = reshaped(task.problem, frame, weights, lifetime, part.linear, rng, late, most)
        found = [Schedule(start, task.window.depth) for start in starts]
        return min(found, key=task.cost, default=wanted.schedule)
