"""A first legal schedule under limits, at the least initiation interval that is found feasible."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, NotFoundError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window, window
from gaus_jax.legalise.modulo.place import PLACEMENTS, place_modulo
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.legalise.serial import earliest, justify
from gaus_jax.model.objective import AUTO, OBJECTIVES, Objective, resolve
from gaus_jax.model.verify import verify

AGAIN_SHARE = 0.2  # of the seconds left, for shorter intervals than the first that was found
EFFORTS = (0.1, 1, 10, 100)  # times the usual placements
DEEPER = 13  # intervals more of room, where the latency is free and the usual room does not do


@dataclass(frozen=True)
class Feasible:
    """What a search under limits begins with."""

    objective: Objective  # at the II
    window: Window
    hints: dict[str, Schedule]  # legal; at least one
    about: dict[str, Any] = field(default_factory=dict)


def least_interval(
    problem: Problem,
    settings: ObjectiveSettings,
    seed: int,
    clock: Clock,
    given: Schedule | None = None,
) -> Feasible:
    """Legal schedules at the II asked for, or at the least one that is found feasible.

    From MinII on, a quick placement at each interval until one is found; then more and more patient
    ones at those that were passed over, for a share of the seconds where there is one already.

    Raises:
        InfeasibleError: no schedule can be legal.
        InputError: a given schedule that is not legal.
        NotFoundError: none was found, which proves nothing.
    """
    passed: list[int | None] = []
    found, reason = None, ""
    for ii in _intervals(problem, settings):
        try:
            found = _at(problem, settings, ii, seed, EFFORTS[0], given)
        except NotFoundError:
            passed.append(ii)
        except InfeasibleError as error:  # of the depth: a longer interval may do
            reason = str(error)
        if found or clock.expired():
            break
    until = clock.used() + (AGAIN_SHARE * clock.left() if clock.limited else np.inf)
    # Without a limit of time, patience is limited instead.
    for effort in EFFORTS[1:] if clock.limited else EFFORTS[1:3]:
        for ii in passed:
            if clock.expired() or (found and (clock.used() >= until or ii == found.window.ii)):
                break
            try:
                found = _at(problem, settings, ii, seed, effort, given)
            except NotFoundError:
                continue
    if found is None and not passed and reason:  # at every interval
        raise InfeasibleError(reason)
    if found is None:
        raise NotFoundError(
            f"{problem.name}: no legal schedule was found; this proves nothing: give it more time, "
            f"a greater depth, interval or limit"
        )
    return replace(found, about=_about(problem, found))


def automatic(settings: ObjectiveSettings) -> bool:
    """Whether the interval is the least one that is found feasible."""
    preset = None if settings.weights else OBJECTIVES[settings.name]
    pipelined = preset is not None and preset.pipelined
    return settings.ii == AUTO or (settings.ii is None and pipelined)


def _intervals(problem: Problem, settings: ObjectiveSettings) -> Iterator[int | None]:
    """The intervals to try, in order: the one asked for, or all from MinII on."""
    if not automatic(settings):
        yield settings.ii  # type: ignore[misc]
        return
    first = min_ii(problem).value
    blocked = np.ones(problem.nodes, np.int64)
    np.maximum.at(blocked, problem.use_node, problem.use_occupancy)
    # With everything one after the other nothing overlaps, and a longer interval is of no use.
    delays = int(problem.delay.sum())
    last = int(np.maximum(problem.duration, blocked).sum()) + delays
    yield from range(first, max(first, last) + 1)


def _at(
    problem: Problem,
    settings: ObjectiveSettings,
    ii: int | None,
    seed: int,
    effort: float,
    given: Schedule | None,
) -> Feasible:
    """Legal schedules at one interval.

    Raises:
        NotFoundError: none was found.
        InfeasibleError: there is none.
    """
    objective, frame = resolve(replace(settings, ii=ii), problem)
    hints: dict[str, Schedule] = {}
    if given is not None and (ii == given.ii or settings.ii == ii):
        hints["given"] = _checked(problem, given, objective)
    frames = [frame]
    if ii is None:
        frames = [_shortened(problem, objective, frame, hints)]
    elif not objective.bounded:
        frames.append(window(problem, frame.depth + DEEPER * ii, ii))
    for room in frames:
        hints |= _placed(problem, room, seed, int(effort * PLACEMENTS * max(1, problem.nodes)))
        if hints:
            return Feasible(objective, room, hints)
    raise NotFoundError(f"{problem.name}: no schedule was found at an interval of {ii}")


def _placed(problem: Problem, frame: Window, seed: int, budget: int) -> dict[str, Schedule]:
    """Legal schedules near the ends and the middle of the windows; none where ASAP's is not found.

    The means are about equally good, and where one fails the others mostly do.
    """
    means = {"asap": frame.asap, "alap": frame.alap, "middle": (frame.asap + frame.alap) / 2}
    found: dict[str, Schedule] = {}
    plan = ModuloPlan.of(problem, frame)
    for k, (name, mean) in enumerate(means.items()):
        how = {"budget": budget, "seed": seed + k, "plan": plan}
        start = place_modulo(problem, frame, mean.astype(float), **how)
        if start is not None:
            found[name] = Schedule(start, frame.depth, frame.ii)
        elif not found:
            break
    return found


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


def _checked(problem: Problem, given: Schedule, objective: Objective) -> Schedule:
    schedule = objective.framed(problem, given)
    violations = verify(problem, schedule, objective)
    if violations:
        raise InputError(
            f"{problem.name}: the given schedule is not legal: {violations[0]}; mend it, or leave "
            f"it out"
        )
    return schedule


def _about(problem: Problem, found: Feasible) -> dict[str, Any]:
    """What a result says of its interval."""
    if found.objective.ii is None:
        return {}
    least = min_ii(problem).value
    return {"min_ii": least, "ii_proved": found.objective.ii == least}
