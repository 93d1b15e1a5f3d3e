"""What is known of the intervals of one problem, and how to ask for more."""

import math
from dataclasses import replace
from functools import cached_property

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, NotFoundError
from gaus_jax.base.settings import Settings
from gaus_jax.bounds.interval import Refuter
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.exact import Effort, decide
from gaus_jax.feasible import Attempts, Feasible
from gaus_jax.portfolio.threads import thread_count

EFFORTS = (0.1, 1, 10, 100)  # times the usual placements
EXACT_WORK = 5.0  # of the exact check of one interval, where there is no limit of time


class Ledger:
    """The attempts at the intervals of one problem, and what came of them."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        seed: int,
        clock: Clock,
        given: Schedule | None,
    ) -> None:
        self.problem, self.settings, self.seed, self.clock = problem, settings, seed, clock
        self.attempts = Attempts(problem, settings.objective, seed, clock, given)
        self.failed: list[int] = []  # intervals at which no schedule was found so far
        self.tried: dict[int, float] = {}  # with how much effort, in vain or not
        self.ruled_out: dict[int, bool] = {}  # whether; of those that were asked for
        self.reason = ""  # of the last interval that the objective itself rules out
        self.cut = False  # whether the time was up before every interval was looked at
        # Without a limit of time, patience is limited instead.
        self.efforts = EFFORTS if clock.limited else EFFORTS[:3]
        self._refuter = Refuter(problem, clock.expired)

    @cached_property
    def least(self) -> int:
        """MinII."""
        return min_ii(self.problem).value

    def swift(self, ii: int, until: float = math.inf) -> Feasible | None:
        """What the quick scheduler finds at an interval."""
        try:
            found = self.attempts.swift(ii, until)
        except InfeasibleError as error:  # of the depth, or a node alone: a longer one may do
            self.reason, self.ruled_out[ii] = str(error), True
            return None
        if found is None:
            self.failed.append(ii)
        return found

    def at(self, ii: int, effort: float, until: float = math.inf) -> Feasible | None:
        """What placements find at an interval."""
        try:
            found = self.attempts.at(ii, effort, until)
        except NotFoundError:
            raise
        except InfeasibleError as error:  # of the depth, or a node alone: a longer one may do
            self.reason, self.ruled_out[ii] = str(error), True
            return None
        self.tried[ii] = effort
        if found is None and ii not in self.failed:
            self.failed.append(ii)
        return found

    def exactly(self, ii: int, until: float) -> Feasible | str:
        """What CP-SAT says of one interval; its schedule where that is legal."""
        objective, frame = self.attempts.resolved(ii)
        left = max(0.0, until - self.clock.used()) / 2 if self.clock.limited else math.inf
        if self.settings.proof_share == 0:
            return "unknown"
        threads = thread_count(self.settings.search.threads) if self.clock.limited else 1
        work = math.inf if self.clock.limited else EXACT_WORK
        effort = Effort(left, work, threads)
        answer = decide(self.problem, ii, frame if objective.bounded else None, effort, self.seed)
        if answer.status == "infeasible":
            self.ruled_out[ii] = True
        if answer.start is None:
            return answer.status
        length = int(np.max(answer.start + self.problem.duration, initial=0))
        found = self.attempts.framed(Schedule(answer.start, length, ii), "exact")
        return found or "unknown"

    def hopeless(self, ii: int) -> bool:
        """Whether an interval is ruled out."""
        if ii not in self.ruled_out:
            self.ruled_out[ii] = self._refuted(ii)
        return self.ruled_out[ii]

    def _refuted(self, ii: int) -> bool:
        frame: Window | None = None
        if self.settings.objective.depth is not None or self.settings.objective.kappa:
            try:
                frame = self.attempts.resolved(ii)[1]
            except InfeasibleError:
                return True
        return self._refuter.refutes(ii, frame)

    def bound(self, found: int) -> int:
        """Every interval from MinII on that is below it is ruled out; at most the one found."""
        bound = self.least
        while bound < found and self.hopeless(bound):
            bound += 1
        return bound

    def until(self, share: float) -> float:
        """The seconds of the clock at which a share of those left is used up."""
        return self.clock.used() + (share * self.clock.left() if self.clock.limited else math.inf)

    def late(self, until: float) -> bool:
        """Whether that is now."""
        return self.clock.expired() or self.clock.used() >= until

    def concluded(self, found: Feasible) -> Feasible:
        """A finding with what a result says of its interval."""
        ii = found.objective.ii
        if ii is None:
            return found
        bound = self.bound(ii)
        about = {"min_ii": self.least, "ii_bound": bound, "ii_proved": bound == ii}
        return replace(found, about=about)
