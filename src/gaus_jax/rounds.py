"""The search: rounds of gradient, legalisation and refinement over lanes of a batch."""

import functools as ft
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.cone import project
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.refine import Heat, refine
from gaus_jax.legalise.warm import warm_kernels
from gaus_jax.model.constraints.dependence import MEASURES
from gaus_jax.model.objective import Objective
from gaus_jax.optimise.loop import Recipe, State, advance, initial
from gaus_jax.optimise.methods import METHODS
from gaus_jax.optimise.optimisers import OPTIMISERS
from gaus_jax.optimise.starts import STARTS
from gaus_jax.relax.histogram import EVALUATIONS
from gaus_jax.relax.pack import Packed, Shape, pack
from gaus_jax.relax.packed import Graph

AUTO = "auto"  # the evaluation chosen by the number of steps
ROUNDS = 6  # where there is neither a number of rounds nor a time limit
CALL_WORK = 400_000  # node-steps of one call to the device: about a tenth of a second on a core
FIRST_SHARE, ROUND_SHARE = 0.25, 0.15  # of the seconds left, for the gradient of a round
REFINE_SHARE = 0.15  # of the seconds left, for one refinement
LANE_WORK = 20_000  # free nodes of all lanes together where restarts are chosen by size


@dataclass
class Task:
    """One problem under search, and the best schedule seen."""

    problem: Problem
    objective: Objective
    window: Window
    graph: Graph
    free: np.ndarray  # (F,) int64, the nodes that are variables
    hints: dict[str, Schedule]
    seed: int
    lower_bound: float
    best: Schedule
    best_cost: float = np.inf
    trace: list[tuple[float, float]] = field(default_factory=list)

    def cost(self, schedule: Schedule) -> float:
        """The exact objective."""
        return self.objective.exact(self.problem, schedule)

    def offer(self, schedule: Schedule, seconds: float) -> float:
        """Keep a legal schedule if it is the best so far; returns its cost."""
        cost = self.cost(schedule)
        if cost < self.best_cost:
            self.best, self.best_cost = schedule, cost
            self.trace.append((seconds, cost))
        return cost

    @property
    def solved(self) -> bool:
        """Whether nothing better can be found."""
        return self.free.size == 0 or self.best_cost <= self.lower_bound


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
    device = _Device(packed, tasks, lanes, settings, clock)
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


class _Device:
    """The compiled loop on one packed batch, and the means before and after it."""

    def __init__(
        self, packed: Packed, tasks: Sequence[Task], lanes: int, settings: Settings, clock: Clock
    ) -> None:
        first = tasks[0].objective
        self.packed, self.tasks, self.settings, self.clock = packed, tasks, settings, clock
        self.recipe = Recipe(first.terms, first.constraints, settings.relax, settings.optimise)
        middle = settings.relax.width_start
        spread = middle * 2.0 ** (np.arange(lanes) - (lanes - 1) / 2)
        self.spread = jnp.asarray(spread, settings.precision)
        # Of one problem: how long a call is may not depend on what else is in the batch.
        nodes = packed.graph.low.shape[-1] * lanes
        self.call = int(np.clip(CALL_WORK // nodes, 5, 50))
        self.pace: dict[str, float] = {}  # seconds a step

    def anneal(self, means: list[np.ndarray], begin: float, count: int) -> list[np.ndarray]:
        """One annealing from ``begin`` to 1; the last and the best means, B x (2, K, N)."""
        if self.settings.optimise.steps == 0:
            return [np.stack([part, part]) for part in means]
        with self.clock.stage("compile"):
            state = self._initial(means)
            wide = self._evaluation()
            switch = 0.0 if wide == "hat" else min(1.0, self.settings.relax.hat_from)
            needed = {wide: begin < switch, "hat": switch < 1.0}
            parts = {e: _program(self, state, e) for e, used in needed.items() if used}
        switch = max(begin, switch)
        share = ROUND_SHARE if count else FIRST_SHARE
        budget = share * self.clock.left()
        if begin < switch:
            state = self._run(state, means, parts[wide], wide, begin, switch, 0.7 * budget)
        if switch < 1.0:
            state = self._run(state, means, parts["hat"], "hat", switch, 1.0, 0.3 * budget)
        with self.clock.stage("optimise"):
            last = self._scatter(state.params.mean, means)
            best = self._scatter(state.best.mean, means)
            return [np.stack(pair) for pair in zip(last, best, strict=True)]

    def _run(self, state, means, program, evaluation, begin, end, budget) -> State:
        """Steps from ``begin`` to ``end``, fewer where the budget of seconds asks for it."""
        settings = self.settings.optimise
        done, since = begin, 0
        while done < end - 1e-9 and not self.clock.expired():
            full = max(1.0, settings.steps * (end - begin))
            planned = full
            if evaluation in self.pace and np.isfinite(budget):
                planned = np.clip(budget / self.pace[evaluation], min(full, 2 * self.call), full)
            until = min(end, done + (end - begin) * self.call / planned)
            used = self.clock.used()
            with self.clock.stage("optimise"):
                state = program(state, self.packed.graph, self._real(done), self._real(until))
                jax.block_until_ready(state.params.mean)
            self.pace[evaluation] = (self.clock.used() - used) / self.call
            since += self.call
            if settings.project_every and since >= settings.project_every:
                state, since = self._projected(state, means), 0
            done = until
        return state

    def _projected(self, state: State, means: list[np.ndarray]) -> State:
        """The means moved onto the dependence cone."""
        with self.clock.stage("legalise"):
            every = self._scatter(state.params.mean, means)
            for b, task in enumerate(self.tasks):
                for k, mean in enumerate(every[b]):
                    every[b][k] = project(task.problem, task.window, mean)
            mean = self._gather(every)
        params = state.params
        return _with_mean(state, jnp.asarray(mean, params.mean.dtype))

    def _initial(self, means: list[np.ndarray]) -> State:
        mean = jnp.asarray(self._gather(means), self.settings.precision)
        return _initial(self.packed.graph, mean, self.spread, self.recipe)

    def _evaluation(self) -> str:
        relax = self.settings.relax
        if relax.evaluation != AUTO:
            return relax.evaluation
        return "dense" if self.packed.graph.live_base.shape[-1] <= relax.dense_steps else "window"

    def _gather(self, means: list[np.ndarray]) -> np.ndarray:
        """B x (K, N_b) in nodes to (B, K, F) in padded variables."""
        lanes, padded = len(means[0]), self.packed.graph.low.shape[-1]
        every = np.zeros((len(means), lanes, padded))
        for b, free in enumerate(self.packed.free):
            every[b, :, : free.size] = means[b][:, free]
        return every

    def _scatter(self, mean: jax.Array, means: list[np.ndarray]) -> list[np.ndarray]:
        """(B, K, F) in padded variables to B x (K, N_b) in nodes; fixed nodes keep their start."""
        every, values = [part.copy() for part in means], np.asarray(mean, float)
        for b, free in enumerate(self.packed.free):
            every[b][:, free] = values[b, :, : free.size]
        return every

    def _real(self, value: float) -> jax.Array:
        return jnp.asarray(value, self.settings.precision)


_initial = jax.jit(initial, static_argnames=("recipe",))


@jax.jit
def _with_mean(state: State, mean: jax.Array) -> State:
    params = type(state.params)(mean, state.params.log_std)
    return State(params, state.optimiser, state.multiplier, state.best, state.best_merit)


_PROGRAMS: dict[tuple, Callable] = {}


def _program(device: _Device, state: State, evaluation: str) -> Callable:
    """The loop compiled ahead of time for these shapes; equal shapes compile once."""
    zero = device._real(0.0)
    arguments = (state, device.packed.graph, zero, zero)
    avals = tuple((leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(arguments))
    key = (avals, jax.tree.structure(arguments), device.recipe, evaluation, device.call)
    if key not in _PROGRAMS:
        lowered = advance.lower(
            *arguments, recipe=device.recipe, evaluation=evaluation, steps=device.call
        )
        _PROGRAMS[key] = lowered.compile()
    return _PROGRAMS[key]


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
