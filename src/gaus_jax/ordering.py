"""The search of objective S: orders of one node a step."""

import functools as ft
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import Settings
from gaus_jax.baselines import RULES
from gaus_jax.bounds import IMMEDIATE
from gaus_jax.bounds.bound import lower_bound
from gaus_jax.core.problem import Problem, make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import Flow, flow, footprints, starts
from gaus_jax.core.window import Window
from gaus_jax.legalise.cooling import Heat
from gaus_jax.legalise.sequence.refine import refine_order
from gaus_jax.model.objective import Objective
from gaus_jax.model.verify import verify
from gaus_jax.portfolio.threads import side_by_side, thread_count
from gaus_jax.rounds import Progress, Reporter

ROUNDS = 2  # where there is neither a number of rounds nor a time limit
LANES = 2  # refinements side by side
HEATS = (0.3, 1.0)  # of the lanes, in mean uphill moves
BOUND_SHARE = 0.1  # of the seconds, for bounds before the search


class Order(NamedTuple):
    """An order of execution and its peak."""

    nodes: np.ndarray  # (N,) int64, nodes by step
    peak: float  # bytes


@dataclass
class Ordering:
    """One problem under search, and the best order seen."""

    problem: Problem
    objective: Objective
    window: Window
    flow: Flow
    pool: list[Order] = field(default_factory=list)  # those to start from, the best first
    lower_bound: float = 0.0  # bytes
    trace: list[tuple[float, float]] = field(default_factory=list)  # seconds, cost

    @property
    def best(self) -> Schedule:
        """The order of least peak."""
        return Schedule(starts(self.pool[0].nodes), self.problem.nodes)

    @property
    def solved(self) -> bool:
        """Whether nothing better can be found."""
        return self.pool[0].peak <= self.lower_bound

    def offer(self, nodes: np.ndarray, seconds: float) -> None:
        """Put an order into the pool, which keeps the best few that differ in peak."""
        found = Order(nodes, float(footprints(self.flow, nodes).max(initial=0.0)))
        if not self.pool or found.peak < self.pool[0].peak:
            self.trace.append((seconds, self.objective.weights["footprint"] * found.peak))
        self.pool = sorted([*self.pool, found], key=lambda order: order.peak)
        self.pool = [o for k, o in enumerate(self.pool) if k == 0 or o.peak > self.pool[k - 1].peak]


def prepare(
    problem: Problem, objective: Objective, window: Window, given: Schedule | None, clock: Clock
) -> Ordering:
    """The orders that rules make, and the one given.

    Raises:
        InputError: a given schedule that is not legal.
    """
    with clock.stage("compile"):
        warm()
    with clock.stage("pack"):
        task = Ordering(problem, objective, window, flow(problem))
    with clock.stage("baselines"):
        if given is not None:
            task.offer(np.argsort(_legal(problem, given, objective).start), 0.0)
        for rule in RULES.values():
            task.offer(rule.order(task.flow), 0.0)
    return task


def bound(task: Ordering, settings: Settings, clock: Clock) -> None:
    """Bound the task from below."""
    seconds = min(settings.bound_limit, BOUND_SHARE * clock.left())
    with clock.stage("bound"):
        left = lambda: seconds - clock.of("bound")  # noqa: E731
        given = IMMEDIATE.values(), task.problem, task.window, {"footprint": 1.0}, "buffer"
        task.lower_bound, _ = lower_bound(*given, left, task.objective.facts)


def search(task: Ordering, settings: Settings, seed: int, clock: Clock, report: Reporter) -> None:
    """Improve the best order until the rounds or the seconds are used up."""
    halted = threading.Event()
    rounds = settings.rounds or (None if clock.limited else ROUNDS)
    threads = thread_count(settings.search.threads)
    moves = int(settings.legalise.sweeps * task.problem.nodes)
    expired = lambda: halted.is_set() or clock.expired()  # noqa: E731
    count = 0
    while (rounds is None or count < rounds) and not clock.expired() and not task.solved:
        calls = [
            ft.partial(
                refine_order,
                task.flow,
                task.pool[min(lane, len(task.pool) - 1)].nodes,
                moves=moves,
                seed=seed + LANES * count + lane,
                heat=Heat(HEATS[lane]),
                seconds=clock.left(),
                expired=expired,
            )
            for lane in range(LANES)
        ]
        with clock.stage("refine"), side_by_side(calls, threads, halted.set) as finish:
            found = finish()
        for order in found:
            task.offer(order, clock.used())
        count += 1
        report(Progress(count, rounds, clock.used(), task.trace[-1][1]))


def _legal(problem: Problem, given: Schedule, objective: Objective) -> Schedule:
    schedule = objective.framed(problem, given)
    violations = verify(problem, schedule, objective)
    if violations:
        raise InputError(
            f"{problem.name}: the given schedule is not legal: {violations[0]}; mend it, or leave "
            f"it out"
        )
    return schedule


@ft.cache
def warm() -> None:
    """Run every kernel once on a graph of three nodes; numba keeps the result on disk."""
    tiny = flow(make_problem(3, [(0, 1), (0, 2)]))
    for rule in RULES.values():
        refine_order(tiny, rule.order(tiny), moves=10, seed=0)
