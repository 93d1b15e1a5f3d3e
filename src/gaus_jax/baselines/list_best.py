"""List scheduling under many priorities, in both directions: the best by the objective."""

import functools as ft
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.list_scheduling import Lister
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective


class ListBest:
    """Each priority forward and backward, levelling the uses, and for memory the births too."""

    name = "list_best"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """As many schedules as there is time for, at least as soon and as late as possible."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            offer_lists(attempt, attempt.clock.left())


def offer_lists(attempt: Attempt, seconds: float) -> np.ndarray:
    """Offer ASAP, ALAP and list schedules within about so many seconds; the best of all offered."""
    clock, frame = attempt.clock, attempt.window
    until = clock.used() + seconds
    offer_ends(attempt)
    memory = attempt.objective.weights.get("peak_live", 0.0) > 0
    for build in lists(attempt.problem, frame, memory) if frame.mobility.any() else ():
        if clock.expired() or clock.used() >= until:
            break
        attempt.offer(build())
    assert attempt.best is not None
    return attempt.best.start


def offer_ends(attempt: Attempt) -> None:
    """Offer ASAP and ALAP."""
    attempt.offer(attempt.window.asap)
    if attempt.window.mobility.any():
        attempt.offer(attempt.window.alap)


def lists(problem: Problem, window: Window, memory: bool) -> Iterator[Callable[[], np.ndarray]]:
    """What each builds one list schedule, (N,) int64 steps: every priority, forward and backward.

    Args:
        problem: the graph.
        window: its windows.
        memory: level the births of values too.
    """
    for levelled in _levelled(problem, memory):
        for backward in (False, True):
            lister = Lister(levelled, window, backward)
            for urgency in _priorities(levelled, window, backward):
                yield ft.partial(lister.start, urgency)


def _levelled(problem: Problem, memory: bool) -> Iterator[Problem]:
    """The problem itself, and one in which births of values are what to level."""
    yield problem
    if memory:
        held = np.flatnonzero(problem.size > 0)
        yield replace(
            problem,
            classes=("memory",),
            class_cost=np.ones(1),
            limit=np.full(1, np.inf),
            use_node=held,
            use_class=np.zeros(held.size, np.int64),
            use_demand=problem.size[held],
            use_occupancy=np.ones(held.size, np.int64),
        )


def _priorities(
    problem: Problem, window: Window, backward: bool
) -> Iterator[tuple[np.ndarray, ...]]:
    """Keys of urgency; less goes first. The longest tail is the least ALAP."""
    due = -window.asap if backward else window.alap
    demand = np.bincount(problem.use_node, problem.use_demand, problem.nodes)
    ahead = np.diff((problem.incoming if backward else problem.outgoing).first)
    freed = _freed(problem) * (-1 if backward else 1)
    yield due, -demand
    yield due, -ahead
    yield due, -freed
    yield window.mobility, due
    yield -ahead, due
    yield -demand, due
    yield -freed, due
    yield problem.pull * (1 if backward else -1), due


def _freed(problem: Problem) -> np.ndarray:
    """Memory that a node frees less what it takes, each value shared by its readers; (N,)."""
    data = problem.is_data & (problem.distance == 0)
    tail, head = problem.tail[data], problem.head[data]
    readers = np.bincount(tail, minlength=problem.nodes)
    freed = -problem.size
    np.add.at(freed, head, problem.size[tail] / readers[tail])
    return freed
