"""The search: rounds of gradient, legalisation and refinement over lanes of a batch."""

import functools as ft
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings
from gaus_jax.core.schedule import Schedule
from gaus_jax.device import AUTO, Device
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.refine import Heat, refine
from gaus_jax.legalise.warm import warm_kernels
from gaus_jax.model.constraints.dependence import MEASURES
from gaus_jax.optimise.methods import METHODS
from gaus_jax.optimise.optimisers import OPTIMISERS
from gaus_jax.optimise.starts import STARTS
from gaus_jax.relax.histogram import EVALUATIONS
from gaus_jax.relax.pack import Shape, pack
from gaus_jax.task import Task

ROUNDS = 6  # where there is neither a number of rounds nor a time limit
REFINE_SHARE = 0.15  # of the seconds left, for one refinement
LANE_WORK = 20_000  # free nodes of all lanes together where restarts are chosen by size


class Progress(NamedTuple):
    """What a reporter is told after every round."""

    round: int
    rounds: int | None  # None: until the time limit
    seconds: float
    best: float  # of the first problem


Reporter = Callable[[Progress], None]


class Lane(NamedTuple):
    """Where one lane of one problem stands: a legal schedule and its cost."""

    schedule: Schedule
    cost: float


def search(
    tasks: Sequence[Task],
    shape: Shape,
    settings: Settings,
    clock: Clock,
    report: Reporter = lambda progress: None,
) -> None:
    """Improve the tasks' best schedules until the rounds or the seconds are used up.

    Tasks share one packed shape. A first round anneals from the starts that settings name; later
    ones begin at each lane's own legal schedule, with widths part of the way down.
    """
    with clock.stage("compile"):
        warm_kernels()
    lanes = lane_count(settings, shape)
    packed = pack([t.graph for t in tasks], [t.free for t in tasks], shape, settings.precision)
    device = Device(packed, tasks, lanes, settings, clock)
    rounds = settings.rounds or (None if clock.limited else ROUNDS)
    if settings.legalise.first_heat > 0:
        for task in tasks:
            with clock.stage("refine"):
                hot = settings.legalise.first_heat
                task.offer(_refined(task, task.best, hot, settings, clock, 0), clock.used())
    means = [_first_means(task, lanes, settings) for task in tasks]
    idle = [0] * len(tasks)
    count = 0
    while (rounds is None or count < rounds) and not clock.expired():
        # Each problem rests by its own patience: its answer is the one that it has alone.
        tired = [settings.patience and since >= settings.patience for since in idle]
        resting = [task.solved or rests for task, rests in zip(tasks, tired, strict=True)]
        if all(resting):
            break
        before = [task.best_cost for task in tasks]
        begin = settings.optimise.restart_from if count else 0.0
        points = device.anneal(means, begin, count)
        for b, task in enumerate(tasks):
            if not resting[b]:
                means[b] = _settle(task, points[b], lanes, settings, clock, count)
        count += 1
        report(Progress(count, rounds, clock.used(), tasks[0].best_cost))
        for b, task in enumerate(tasks):
            idle[b] = 0 if task.best_cost < before[b] else idle[b] + 1


def check_names(settings: Settings) -> None:
    """Raise `SettingsError` for an unknown name in the settings, before any work."""
    chosen, evaluation = settings.optimise, settings.relax.evaluation
    names: list[tuple[Mapping, str]] = [(STARTS, name) for name in chosen.starts]
    names += [(OPTIMISERS, chosen.optimiser), (METHODS, chosen.method), (MEASURES, chosen.measure)]
    names += [(EVALUATIONS, evaluation)] if evaluation != AUTO else []
    for entries, name in names:
        entries[name]


def lane_count(settings: Settings, shape: Shape) -> int:
    """Restarts side by side: as asked for, else as many as keep the work of a step small."""
    return settings.optimise.restarts or int(np.clip(LANE_WORK // shape.free, 1, 4))


def _first_means(task: Task, lanes: int, settings: Settings) -> np.ndarray:
    """(K, N) float64: the lanes' starts, the named ones in turn."""
    rng = np.random.default_rng([task.seed, 1])
    named = [STARTS[name] for name in settings.optimise.starts]
    usable = [s for s in named if s.name in task.hints or not s.optional] or [STARTS["middle"]]
    chosen = [usable[k % len(usable)] for k in range(lanes)]
    return np.stack([start.means(task.window, task.hints, rng) for start in chosen])


def _settle(
    task: Task, points: np.ndarray, lanes: int, settings: Settings, clock: Clock, count: int
) -> np.ndarray:
    """Legalise and refine every lane of one problem; (K, N) means to go on from.

    The lane that did worst goes on from the best schedule of all.
    """
    settled = []
    for k in range(lanes):
        if k > 0 and clock.expired():
            settled.append(Lane(task.best, task.best_cost))
            continue
        with clock.stage("legalise"):
            near = ft.partial(
                legalise,
                task.problem,
                task.window,
                cost=task.cost,
                thresholds=settings.legalise.thresholds,
            )
            schedule = min((near(mean) for mean in points[:, k]), key=task.cost)
            task.offer(schedule, clock.used())
        with clock.stage("refine"):
            heat = settings.legalise.heat * 3.0 ** (k - (lanes - 1) / 2)
            schedule = _refined(task, schedule, heat, settings, clock, 1 + count * lanes + k)
            settled.append(Lane(schedule, task.offer(schedule, clock.used())))
    worst = max(range(lanes), key=lambda k: settled[k].cost)
    if lanes > 1:
        settled[worst] = Lane(task.best, task.best_cost)
    elif settled[0].cost > task.best_cost:
        settled[0] = Lane(task.best, task.best_cost)
    return np.stack([lane.schedule.start.astype(float) for lane in settled])


def _refined(
    task: Task, schedule: Schedule, heat: float, settings: Settings, clock: Clock, turn: int
) -> Schedule:
    legal = settings.legalise
    if clock.expired() or task.solved:
        return schedule
    return refine(
        task.problem,
        task.window,
        schedule,
        weights=task.objective.weights,
        lifetime=task.objective.lifetime,
        cost=task.cost,
        moves=int(legal.sweeps * task.free.size),
        seed=task.seed * 1_000_003 + turn,
        heat=Heat(heat, legal.power_start, legal.power_end),
        seconds=REFINE_SHARE * clock.left(),
        expired=clock.expired,
    )
