"""The interface of a baseline, and what it works on."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem
from gaus_jax.core.least_ii import one_by_one
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective
from gaus_jax.model.resolve import resolve

_WARM: set[str] = set()


@dataclass
class Attempt:
    """One run of a baseline: its problem, its clock, and the best schedule it has handed in.

    What searches is timed as one of the clock's limited stages; compilation as "compile", which no
    limit bounds. A baseline looks at ``clock.left()`` often enough to end on time.
    """

    problem: Problem
    objective: Objective
    window: Window
    clock: Clock
    seed: int = 0
    lower_bound: float = 0.0
    best: Schedule | None = None
    best_cost: float = np.inf
    trace: list[tuple[float, float]] = field(default_factory=list)  # seconds, cost
    asked: ObjectiveSettings | None = None  # where the II is for the baseline to find; else None
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def intervals(self) -> Iterator[int]:
        """The IIs to try, in order: the one asked for, or all from MinII on."""
        assert self.objective.ii is not None, "there is no II to try"
        first = self.objective.ii
        yield from range(first, max(first, one_by_one(self.problem) if self.asked else 0) + 1)

    def at(self, ii: int) -> None:
        """Work at an II: objective and windows become those at it, what was handed in is forgotten.

        Costs, and bounds of them, mean nothing at another II.

        Raises:
            InfeasibleError: the depth or the limits that are asked for cannot be kept at it.
        """
        self.objective, self.window = self.framed(ii)
        self.lower_bound, self.best, self.best_cost = 0.0, None, np.inf
        self.trace = []

    def framed(self, ii: int) -> tuple[Objective, Window]:
        """The objective and the windows at an II. Errors as of `at`."""
        if self.asked is None or ii == self.objective.ii:
            return self.objective, self.window
        return resolve(replace(self.asked, ii=ii), self.problem)

    @property
    def limit(self) -> np.ndarray:
        """(R,) float64, units of each class; inf where no limit is to be kept."""
        kept = "limits" in self.objective.facts
        return self.problem.limit if kept else np.full_like(self.problem.limit, np.inf)

    def offer(self, start: np.ndarray) -> float:
        """Keep legal starts, (N,) int64 steps, if they are the best so far; their cost.

        Several threads may.
        """
        schedule = Schedule(start.copy(), self.window.depth, self.objective.ii)
        cost = self.objective.exact(self.problem, schedule)
        with self._turn:
            if cost < self.best_cost:
                self.best, self.best_cost = schedule, cost
                self.trace.append((self.clock.used(), cost))
        return cost

    def bound(self, value: float) -> None:
        """Keep a proved lower bound of the objective if it is the best so far."""
        self.lower_bound = max(self.lower_bound, value)


class Baseline(Protocol):
    """A scheduler to compare with."""

    @property
    def name(self) -> str:
        """What settings and tables call it."""
        ...

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Why it cannot run here, in a sentence; empty where it can."""
        ...

    def run(self, attempt: Attempt) -> None:
        """Offer legal schedules until done, or until no time is left."""
        ...


class Constructive(Baseline, Protocol):
    """A baseline quick enough to be the start of every search: one schedule, built directly."""

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """A legal schedule under the window's depth."""
        ...


class Immediate:
    """What constructive baselines share: they ignore the objective, and are done at once."""

    name = ""

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything."""
        return ""

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """A legal schedule under the window's depth."""
        raise NotImplementedError

    def run(self, attempt: Attempt) -> None:
        """Offer the one schedule."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            start = self.schedule(attempt.problem, attempt.window).start
        attempt.offer(start)


def refusal(baseline: Baseline, problem: Problem, objective: Objective) -> str:
    """Why a baseline cannot run on a problem, in a sentence; empty where it can.

    One that does not say so in an attribute ``limited`` knows neither limits nor intervals,
    without an attribute ``sequential`` no orders of one node a step.
    """
    if objective.sequential and not getattr(baseline, "sequential", False):
        return f"{baseline.name} knows no orders of one node a step"
    if objective.limited and not getattr(baseline, "limited", False):
        return f"{baseline.name} knows neither resource limits nor an initiation interval"
    return baseline.supports(problem, objective)


def warmed(baseline: Baseline) -> None:
    """Run a baseline once on each graph of three nodes it can, so that its kernels are compiled.

    The first time after an installation this takes seconds, which no time limit should pay for.
    Numba keeps the result on disk.
    """
    if baseline.name in _WARM:
        return
    _WARM.add(baseline.name)
    edges = [(0, 1), (1, 2), (2, 0)]
    problem = make_problem(3, edges, distance=[0, 0, 1], limit=2)
    for settings in _EXAMPLES:
        objective, window = resolve(settings, problem)
        if not refusal(baseline, problem, objective):
            baseline.run(Attempt(problem, objective, window, Clock()))


_ALL = ("peak_usage", "communication", "peak_live", "latency")
_EXAMPLES = (
    ObjectiveSettings(name="all", weights=dict.fromkeys(_ALL, 1.0), depth=5),
    ObjectiveSettings(name="C"),
    ObjectiveSettings(name="D"),
)
