"""The search: rules, an exact search of small graphs, Gaussian positions, refinements."""

import functools as ft
import threading
from collections.abc import Callable

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings
from gaus_jax.baselines import RULES
from gaus_jax.baselines.sequence.downsets import least_peak
from gaus_jax.bounds import IMMEDIATE
from gaus_jax.bounds.bound import UNTIMED, lower_bound
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import by_priority, flow
from gaus_jax.core.window import Window, window
from gaus_jax.legalise.cooling import Heat
from gaus_jax.legalise.sequence.refine import refine_order
from gaus_jax.model.objective import Objective
from gaus_jax.model.verify import legal
from gaus_jax.ordering.positions import positions
from gaus_jax.ordering.task import OrderTask
from gaus_jax.portfolio.threads import side_by_side, thread_count
from gaus_jax.rounds import Progress, Reporter

ROUNDS = 2  # where there is neither a number of rounds nor a time limit
HEATS = (0.3, 1.0)  # of the refinements side by side, in mean uphill moves
BOUND_SHARE = 0.1  # of the seconds, for bounds before the search
BOUND_PACE = 2.5e-4  # seconds a node for them, where that is less
# Moves of one refinement at most, where a graph is large: so many, and so many a node.
MOST_MOVES, MOVES_A_NODE = 200_000, 40
# Of the exact search: downsets at most, and nodes and edges that may be looked at for them all. A
# first try, before any refinement, has a fraction of them.
STATES, LOOKS, TRY = 2_000_000, 4e8, 0.05
LOOKS_A_SECOND = 5e7  # at the least, where there is a limit
PROOF_SHARE = 0.3  # of the seconds left


def prepare(
    problem: Problem,
    objective: Objective,
    window: Window,
    seed: int,
    given: Schedule | None,
    clock: Clock,
) -> OrderTask:
    """The orders that rules make, and the one given.

    Raises:
        InputError: a given schedule that is not legal.
    """
    with clock.stage("compile"):
        warm()
    with clock.stage("pack"):
        task = OrderTask(problem, objective, window, flow(problem), seed)
    with clock.stage("baselines"):
        if given is not None:
            task.offer(np.argsort(legal(problem, given, objective).start), 0.0)
        for rule in RULES.values():
            task.offer(rule.order(task.flow), 0.0)
    return task


def bound(task: OrderTask, settings: Settings, clock: Clock) -> None:
    """Bound the task from below."""
    most = min(settings.bound_limit, BOUND_PACE * task.problem.nodes)
    seconds = min(most, BOUND_SHARE * clock.left())
    with clock.stage("bound"):
        left = lambda: seconds - clock.of("bound")  # noqa: E731
        given = IMMEDIATE.values(), task.problem, task.window, {"footprint": 1.0}, "buffer"
        task.lower_bound, _ = lower_bound(*given, left, task.objective.facts)


def search(task: OrderTask, settings: Settings, clock: Clock, report: Reporter) -> None:
    """Improve the best order until it is proved, or the rounds or the seconds are used up.

    The answer is the same for any number of threads.
    """
    rounds = settings.rounds or (None if clock.limited else ROUNDS)
    refinements = Refinements(task, settings, clock)
    _prove(task, clock, TRY)
    if not task.solved and not clock.expired():
        refinements.run()
        _prove(task, clock)
    if settings.optimise.steps and not task.solved and not clock.expired():
        _by_gradient(task, settings, clock)
    count = 0
    while (rounds is None or count < rounds) and not clock.expired() and not task.solved:
        refinements.run()
        count += 1
        report(Progress(count, rounds, clock.used(), task.trace[-1][1]))


class Refinements:
    """Rounds of refinements side by side, from the best orders of the pool."""

    def __init__(self, task: OrderTask, settings: Settings, clock: Clock) -> None:
        self.task, self.clock = task, clock
        self._threads = thread_count(settings.search.threads)
        count = task.problem.nodes
        most = MOST_MOVES + MOVES_A_NODE * count
        self._moves = int(min(settings.legalise.sweeps * count, most))
        self._halted = threading.Event()
        self._seed = task.seed

    def run(self) -> None:
        """One round."""
        calls = [self._call(lane, heat) for lane, heat in enumerate(HEATS)]
        beside = side_by_side(calls, self._threads, self._halted.set)
        with self.clock.stage("refine"), beside as finish:
            found = finish()
        for order in found:
            self.task.offer(order, self.clock.used())

    def _call(self, lane: int, heat: float) -> Callable[[], np.ndarray]:
        self._seed += 1
        start = self.task.pool[min(lane, len(self.task.pool) - 1)].nodes
        how = {"moves": self._moves, "seed": self._seed, "heat": Heat(heat)}
        limits = {"seconds": self.clock.left(), "expired": self._expired}
        return ft.partial(refine_order, self.task.flow, start, **how, **limits)

    def _expired(self) -> bool:
        return self._halted.is_set() or self.clock.expired()


def _prove(task: OrderTask, clock: Clock, part: float = 1.0) -> None:
    """The optimum of a graph with few states that matter, or a better bound."""
    if task.solved:
        return
    looks = part * min(LOOKS, PROOF_SHARE * LOOKS_A_SECOND * clock.left())
    states = int(min(STATES, looks / (task.flow.nodes + task.flow.after.item.size)))
    with clock.stage("legalise"):
        found = least_peak(task.flow, task.lower_bound, task.pool[0].peak, max(states, 1))
    if found.order is not None:
        task.offer(found.order, clock.used())
    task.lower_bound = task.pool[0].peak if found.proved else max(task.lower_bound, found.bound)


def _by_gradient(task: OrderTask, settings: Settings, clock: Clock) -> None:
    """Orders by the means of Gaussian positions, from the middle of the windows and the best."""
    middle = (task.window.asap + task.window.alap) / 2
    means = positions(task, np.stack([middle, task.best.start]), settings, clock)
    with clock.stage("legalise"):
        orders = [by_priority(task.flow, mean) for mean in means]
    for order in orders:
        task.offer(order, clock.used())


@ft.cache
def warm() -> None:
    """Run every kernel once on a graph of three nodes; numba keeps the result on disk."""
    problem = make_problem(3, [(0, 1), (0, 2)])
    given = problem, window(problem, 3), {"footprint": 1.0}, "buffer"
    lower_bound(IMMEDIATE.values(), *given, lambda: UNTIMED)
    tiny = flow(problem)
    for rule in RULES.values():
        refine_order(tiny, rule.order(tiny), moves=10, seed=0)
    least_peak(tiny, 0.0, np.inf, 10)
