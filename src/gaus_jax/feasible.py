"""First legal schedules under limits at one interval: placed, given, found exactly, or apart."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines.modulo.ims import iterative_modulo
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window, window
from gaus_jax.legalise.modulo.place import PLACEMENTS, place_modulo
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.legalise.serial import earliest, justify
from gaus_jax.model.objective import Objective
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import legal, verify

SWIFT = "iterative_modulo"  # the hint that the quick scheduler gives
DEEPER = 13  # intervals more of room, where the latency is free and the usual room does not do


@dataclass(frozen=True)
class Feasible:
    """What a search under limits begins with."""

    objective: Objective  # at the II
    window: Window
    hints: dict[str, Schedule]  # legal; at least one
    about: dict[str, Any] = field(default_factory=dict)
    interrupted: bool = False  # whether the user wants no more than this


class Attempts:
    """What attempts at single intervals share."""

    def __init__(
        self,
        problem: Problem,
        settings: ObjectiveSettings,
        seed: int,
        clock: Clock,
        given: Schedule | None,
    ) -> None:
        self.problem, self.settings, self.clock = problem, settings, clock
        self._seed, self._given = seed, given

    def resolved(self, ii: int | None) -> tuple[Objective, Window]:
        """The objective and its windows at an interval.

        Raises:
            InfeasibleError: there is no schedule at this interval.
        """
        return resolve(replace(self.settings, ii=ii), self.problem)

    def at(self, ii: int | None, effort: float, until: float = np.inf) -> Feasible | None:
        """Legal schedules at an interval; None where none was found.

        Args:
            ii: the interval, or None where iterations do not overlap.
            effort: times the usual placements.
            until: the seconds of the clock at which to give up.

        Raises:
            InfeasibleError: there is no schedule at this interval.
            InputError: the given schedule is not legal.
        """
        problem, objective, frame = self.problem, *self.resolved(ii)
        late = self._late(until)
        hints: dict[str, Schedule] = {}
        if self._given is not None and (ii == self._given.ii or self.settings.ii == ii):
            hints["given"] = legal(problem, self._given, objective)
        frames = self._rooms(objective, frame)
        if ii is None:
            frames = [_shortened(problem, objective, frame, hints)]
        budget = int(effort * PLACEMENTS * max(1, problem.nodes))
        interrupted = False
        for room in frames:
            try:
                _place(hints, problem, room, self._seed, budget, late)
            except KeyboardInterrupt:
                if not hints:
                    raise
                interrupted = True
            if hints:
                return Feasible(objective, room, hints, interrupted=interrupted)
        return None

    def swift(self, ii: int, until: float = np.inf) -> Feasible | None:
        """One schedule of `iterative_modulo`, which mostly takes next to no time; None: it fails.

        Raises:
            InfeasibleError: there is no schedule at this interval.
        """
        objective, frame = self.resolved(ii)
        for room in self._rooms(objective, frame):
            start = iterative_modulo(self.problem, room, expired=self._late(until))
            if start is not None:
                hints = {SWIFT: Schedule(start, room.depth, ii)}
                return Feasible(objective, room, hints)
        return None

    def _late(self, until: float) -> Callable[[], bool]:
        """Whether to give up, by the seconds of the clock."""
        return lambda: self.clock.expired() or self.clock.used() >= until

    def _rooms(self, objective: Objective, frame: Window) -> list[Window]:
        """The windows to try, in order."""
        if frame.ii is None or objective.bounded:
            return [frame]
        return [frame, window(self.problem, frame.depth + DEEPER * frame.ii, frame.ii)]

    def framed(self, schedule: Schedule, name: str) -> Feasible | None:
        """What a schedule from elsewhere is a beginning of; None where it is not legal."""
        objective, frame = self.resolved(schedule.ii)
        if verify(self.problem, schedule, objective):
            return None
        length = int(np.max(schedule.start + self.problem.duration, initial=0))
        if length > frame.depth:
            frame = window(self.problem, length, schedule.ii)
        own = Schedule(schedule.start, frame.depth, schedule.ii)
        return Feasible(objective, frame, {name: own})

    def begun(self) -> Feasible | None:
        """What the given schedule is a beginning of, at its own interval; None without one.

        Raises:
            InputError: it is not legal, or of no interval.
        """
        given, name = self._given, self.problem.name
        if given is None:
            return None
        if given.ii is None:
            raise InputError(f"{name}: the given schedule has no initiation interval; name its ii")
        try:
            objective, _ = self.resolved(given.ii)
        except InfeasibleError as error:
            raise InputError(f"{name}: the given schedule cannot be legal: {error}") from error
        return self.framed(legal(self.problem, given, objective), "given")

    def apart(self) -> Feasible | None:
        """One iteration after the other, which is always legal; None where that is too long."""
        return self.framed(one_after_the_other(self.problem), "apart")


def warm_swift() -> None:
    """Compile the quick scheduler, which takes seconds the first time after an installation."""
    problem = make_problem(2, [(0, 1), (1, 0)], distance=[0, 1], limit=1)
    iterative_modulo(problem, window(problem, 2, 2))


def one_after_the_other(problem: Problem) -> Schedule:
    """A schedule of one iteration, at the least II at which its iterations do not meet."""
    start = earliest(problem, np.zeros(problem.nodes)).start
    length = int(np.max(start + problem.duration, initial=0))
    blocked = start[problem.use_node] + problem.use_occupancy
    carried = np.flatnonzero(problem.distance)
    ready = start[problem.tail[carried]] + problem.reach[carried] - start[problem.head[carried]]
    waits = -(-ready // problem.distance[carried])
    ii = max(1, int(blocked.max(initial=0)), int(waits.max(initial=0)))
    return Schedule(start, length, ii)


def _place(
    hints: dict[str, Schedule],
    problem: Problem,
    frame: Window,
    seed: int,
    budget: int,
    late: Callable[[], bool],
) -> None:
    """Legal schedules near the ends and the middle of the windows; none where ASAP's is not found.

    The means are about equally good, and where one fails the others mostly do.
    """
    means = {"asap": frame.asap, "alap": frame.alap, "middle": (frame.asap + frame.alap) / 2}
    if late():
        return
    plan = ModuloPlan.of(problem, frame)
    for k, (name, mean) in enumerate(means.items()):
        how = {"budget": budget, "seed": seed + k, "plan": plan, "expired": late}
        start = place_modulo(problem, frame, mean.astype(float), **how)
        if start is not None:
            hints[name] = Schedule(start, frame.depth, frame.ii)
        elif name == "asap":
            break


def _shortened(
    problem: Problem, objective: Objective, frame: Window, hints: dict[str, Schedule]
) -> Window:
    """The windows of the list schedule's length, where nothing bounds the latency; a hint more."""
    due = earliest(problem, frame.alap.astype(float))
    start = justify(problem, due.start)
    length = int(np.max(start + problem.duration, initial=0))
    if objective.bounded and length > frame.depth:
        return frame
    hints["list"] = Schedule(start, min(length, frame.depth))
    return frame if objective.bounded else window(problem, length)
