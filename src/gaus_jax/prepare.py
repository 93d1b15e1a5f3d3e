"""From a problem to a task: windows, an interval, first schedules, and bounds."""

from collections.abc import Mapping

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import Settings
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.baselines.list_best import lists
from gaus_jax.bounds import IMMEDIATE
from gaus_jax.bounds.bound import lower_bound
from gaus_jax.bounds.communication import CommunicationFlow
from gaus_jax.bounds.lifetime_flow import LifetimeFlow
from gaus_jax.bounds.time_indexed import TimeIndexed
from gaus_jax.bounds.warm import warm_bounds, warm_cuts
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window, window
from gaus_jax.feasible import SWIFT, warm_swift
from gaus_jax.interval.guide import NAME as GUIDED
from gaus_jax.interval.least import least_interval
from gaus_jax.legalise.capped import NAME as CAPPED
from gaus_jax.legalise.capped import capped
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.warm import warm_limited_kernels, warm_placing
from gaus_jax.linear.simplex import warm_simplex
from gaus_jax.linear.time_indexed import TERMS
from gaus_jax.model.objective import Objective, automatic
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import legal
from gaus_jax.relax.flatten import flatten
from gaus_jax.task import Task, own_seed

BOUND_SHARE = 0.1  # of the seconds, for bounds before the search
FLOW_SHARE = 0.3  # the same where one of them is found at a schedule that is a good start
LIST_BEST = "list_best"  # the hint that is the best of them
LIST_SHARE = 0.02  # of the seconds, for list schedules before it
CAP_SHARE = 0.3  # of the seconds, for caps
FLOWS = (CommunicationFlow, LifetimeFlow)  # bounds that are found at a schedule
UNDER_LIMITS = (SWIFT, "apart", "exact")  # hints of the search for the least II
HINTS = (
    *CONSTRUCTIVE,
    *(flow.name for flow in FLOWS),
    TimeIndexed.name,
    LIST_BEST,
    CAPPED,
    "given",
    *UNDER_LIMITS,
    GUIDED,
)  # the names that hints may have


def begun_early(task: Task) -> Schedule:
    """The best schedule; where nothing bounds the latency, without whole intervals before it."""
    ii, start = task.objective.ii, task.best.start
    if ii is None or task.objective.bounded or start.size == 0:
        return task.best
    return Schedule(start - int(start.min()) // ii * ii, task.best.depth, ii)


def prepare(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None
) -> tuple[Task, bool]:
    """Windows, baselines and arrays of one problem, at the least II that is found feasible.

    And whether an interrupt ended that.
    """
    problem = with_limits(problem, settings.objective.limits)
    own = own_seed(problem, seed)
    if not automatic(settings.objective):
        objective, frame = resolve(settings.objective, problem)
        if not objective.limited:
            if given is not None:
                given = legal(problem, given, objective)
                frame = _holding(problem, frame, given)
            task = _task(problem, objective, frame, own, clock, given)
            return task, bool(task.free.size) and _offer_lists(task, clock)
    with clock.stage("compile"):
        warm_limited_kernels()
        warm_bounds()
        warm_swift()
    found = least_interval(problem, settings, own, clock, given)
    task = _task(problem, found.objective, found.window, own, clock, None, found.hints)
    task.about = found.about
    return task, found.interrupted


def _holding(problem: Problem, frame: Window, given: Schedule) -> Window:
    """Windows that hold a legal schedule too, which may be longer where no depth binds."""
    length = int(np.max(given.start + problem.duration, initial=0))
    return window(problem, length) if length > frame.depth else frame


def _task(
    problem: Problem,
    objective: Objective,
    frame: Window,
    seed: int,
    clock: Clock,
    given: Schedule | None,
    hints: Mapping[str, Schedule] | None = None,
) -> Task:
    """The arrays of one problem; without hints, the baselines that heed dependences alone."""
    with clock.stage("pack"):
        weights = list(objective.weights.values())
        graph, free = flatten(problem, frame, objective.lifetime, weights)
    hints = dict(hints or {})
    plain = not hints
    if plain:
        with clock.stage("baselines"):
            hints = {b.name: b.schedule(problem, frame) for b in CONSTRUCTIVE.values()}
            if given is not None:
                hints["given"] = Schedule(given.start, frame.depth)
    first = next(iter(hints.values()))
    task = Task(problem, objective, frame, graph, free, hints, seed, 0.0, 0.0, first)
    for schedule in hints.values():
        task.offer(schedule, 0.0 if plain else clock.used())  # others were searched for
    return task


def _offer_lists(task: Task, clock: Clock) -> bool:
    """List schedules under many priorities; the best of them is a hint. Whether interrupted."""
    memory = task.objective.weights.get("peak_live", 0.0) > 0
    found, cost = task.hints["list"], task.cost(task.hints["list"])
    until = (1 - LIST_SHARE) * clock.left()
    interrupted = False
    with clock.stage("legalise"):
        for build in lists(task.problem, task.window, memory):
            interrupted |= INTERRUPTS.asked
            if interrupted or (clock.limited and clock.left() < until):
                break
            try:
                schedule = Schedule(build(), task.window.depth)
            except KeyboardInterrupt:  # the best so far is an answer
                interrupted = True
                break
            if (own := task.offer(schedule, clock.used())) < cost:
                found, cost = schedule, own
    task.hints[LIST_BEST] = found
    return interrupted


def bound_below(task: Task, settings: Settings, clock: Clock) -> None:
    """Bound the task from below; the points that bounds are found at become hints."""
    weights = task.objective.weights
    with clock.stage("compile"):
        warm_simplex()
        if weights.get("peak_live"):
            warm_cuts()
        if _cappable(task):
            warm_placing()
    found = any(weights.get(term) for flow in FLOWS for term in flow.terms)
    share = FLOW_SHARE if found else BOUND_SHARE
    seconds = min(settings.bound_limit, share * clock.left())
    with clock.stage("bound"):
        given = IMMEDIATE.values(), task.problem, task.window
        how = task.objective.lifetime, lambda: seconds - clock.of("bound")
        facts = task.objective.facts
        task.lower_bound, points = lower_bound(*given, weights, *how, facts)
        if task.objective.limited:
            return  # the points heed no limits, nor does the relaxation that is climbed
        others = {term: weight for term, weight in weights.items() if term not in TERMS}
        task.other_bound, _ = lower_bound(*given, others, *how, facts)
        for name, starts in points.items():
            near = (
                legalise(task.problem, task.window, s, cost=task.cost, thresholds=1) for s in starts
            )
            task.hints[name] = min(near, key=task.cost)
            task.offer(task.hints[name], clock.used())
    if CommunicationFlow.name in points:  # the optimum itself: its hint is spread out already
        _offer_capped(task, points[CommunicationFlow.name][0], clock)


def _cappable(task: Task) -> bool:
    """Whether usage and communication count, and nothing else limits usage."""
    about = task.objective
    terms = ("peak_usage", *CommunicationFlow.terms)
    return not about.limited and all(about.weights.get(term, 0.0) > 0 for term in terms)


def _offer_capped(task: Task, start: np.ndarray, clock: Clock) -> None:
    """The best schedule near the least communication under a cap on usage, where both count."""
    if not _cappable(task):
        return
    with clock.stage("legalise"):
        given = task.problem, task.window, start, task.cost
        found = capped(*given, CAP_SHARE * clock.left())
        if found is not None:
            task.hints[CAPPED] = found
            task.offer(found, clock.used())


def seed_of(key: jax.Array | int) -> int:
    """An integer seed of at least 0 from a key; equal keys give equal seeds."""
    if isinstance(key, int | np.integer):
        return int(key) % 2**63
    words = np.asarray(jax.random.key_data(key), np.uint64).reshape(-1)
    return int(np.random.default_rng(words).integers(2**31))
