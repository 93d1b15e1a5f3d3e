"""The least initiation interval that is found feasible, and what is proved of it."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, NotFoundError
from gaus_jax.base.settings import ObjectiveSettings, Settings
from gaus_jax.bounds.interval import Refuter
from gaus_jax.bounds.limited import latency_bound
from gaus_jax.core.least_ii import one_by_one
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.exact import Effort, decide
from gaus_jax.feasible import SWIFT, Attempts, Feasible
from gaus_jax.model.objective import AUTO, OBJECTIVES
from gaus_jax.portfolio.threads import thread_count

AGAIN_SHARE = 0.2  # of the seconds left, for shorter intervals than the first that was found
FIRST_SHARE = 0.05  # of the seconds left, for the first placement at one interval
EFFORTS = (0.1, 1, 10, 100)  # times the usual placements
MISSES = 2  # intervals in a row that are tried in vain before others are
SINGLE = 64  # intervals from MinII on that are tried one by one; then strides double
RESERVE = 0.5  # of the seconds, before which what is always legal has to do
EXACT_WORK = 5.0  # of the exact check of one interval, where there is no limit of time
REFUTE_SECONDS = 5.0  # for the bound of the latency that ends a vain search


def least_interval(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None = None
) -> Feasible:
    """Legal schedules at the II asked for, or at the least one that is found feasible.

    The quick scheduler at each interval from MinII on, in longer strides where there are many, and
    placements where it fails at all of them; else iterations one after the other. Then shorter
    intervals, but for those that are ruled out: by more and more patient placements, and by CP-SAT.

    Raises:
        InfeasibleError: no schedule can be legal.
        InputError: a given schedule that is not legal.
        NotFoundError: none was found, which proves nothing.
    """
    asked = settings.objective
    search = _Search(problem, settings, seed, clock, given)
    if not automatic(asked):
        found = search.only(asked.ii)  # type: ignore[arg-type]
    else:
        found = search.upward()
        found = search.shortened(found)
    return found


def automatic(settings: ObjectiveSettings) -> bool:
    """Whether the interval is the least one that is found feasible."""
    preset = None if settings.weights else OBJECTIVES[settings.name]
    pipelined = preset is not None and preset.pipelined
    return settings.ii == AUTO or (settings.ii is None and pipelined)


class _Search:
    """The search for an interval of one problem."""

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
        self.refuter = Refuter(problem, clock.expired)
        self.failed: list[int] = []  # intervals at which no schedule was found so far
        self.tried: dict[int, float] = {}  # with how much effort, in vain or not
        self.ruled_out: dict[int, bool] = {}  # whether; of those that were asked for
        self.reason = ""  # of the last interval that the objective itself rules out
        # Without a limit of time, patience is limited instead.
        self.efforts = EFFORTS if clock.limited else EFFORTS[:3]

    def only(self, ii: int | None) -> Feasible:
        """Legal schedules at one interval, or without any."""
        for effort in self.efforts:
            found = self.attempts.at(ii, effort)
            if found is None and ii is not None:
                found = self._settled(ii, effort)
            if found is not None:
                return replace(found, about=self._about(found))
            if self.clock.expired():
                break
        if ii is None:
            self._check_depth()
        raise NotFoundError(
            f"{self.problem.name}: no legal schedule was found; this proves nothing: give it more "
            f"time, a greater depth, interval or limit"
        )

    @cached_property
    def least(self) -> int:
        """MinII."""
        return min_ii(self.problem).value

    def _settled(self, ii: int, effort: float) -> Feasible | None:
        """Whether an interval is possible: ruled out at once, or CP-SAT's schedule or proof."""
        if effort == EFFORTS[0]:
            why = "within the windows of its recurrences there is more work than the limits allow"
            hopeless = self._hopeless(ii)
        else:
            why, hopeless = "as CP-SAT proves", False
            if effort == EFFORTS[1]:
                found = self._exactly(ii, self._until(self.settings.proof_share))
                if isinstance(found, Feasible):
                    return found
                hopeless = found == "infeasible"
        if hopeless:
            raise InfeasibleError(
                f"{self.problem.name}: no schedule is legal at an interval of {ii}: {why}"
            )
        return None

    def upward(self) -> Feasible:
        """A first schedule, at an interval from MinII on."""
        reserve = RESERVE * self.clock.left() if self.clock.limited else 0.0
        every = list(_upward(self.least, max(self.least, one_by_one(self.problem))))
        try:
            until = self.clock.used() + self.clock.left() - reserve
            for ii in every:
                found = self._swift(ii, until)
                if found is not None:
                    return self._halved(found)
                if self.clock.left() <= reserve:
                    break
            for effort in self.efforts[:1] if self.clock.limited else self.efforts:
                for ii in list(self.failed):
                    found = self._at(ii, effort, self._until(FIRST_SHARE))
                    if found is not None:
                        return found
                    if self.clock.left() <= reserve:
                        break
        except KeyboardInterrupt:
            found = self.attempts.apart()
            if found is None:
                raise
            return replace(found, interrupted=True)
        found = None
        if self.failed or not self.reason:
            found = self.attempts.apart()
        if found is not None:
            return found
        if self.reason and not self.failed:  # at every interval
            raise InfeasibleError(self.reason)
        raise NotFoundError(
            f"{self.problem.name}: no legal schedule was found; this proves nothing: give it more "
            f"time, a greater depth, interval or limit"
        )

    def shortened(self, found: Feasible) -> Feasible:
        """The same, or schedules at a shorter interval, with what is proved."""
        self.best = found
        try:
            if not found.interrupted:
                self._descend()
                self._insist()
                self._decide()
                self._enrich()
        except KeyboardInterrupt:
            self.best = replace(self.best, interrupted=True)
        return replace(self.best, about=self._about(self.best))

    def _swift(self, ii: int, until: float = math.inf) -> Feasible | None:
        """What the quick scheduler finds at an interval."""
        try:
            found = self.attempts.swift(ii, until)
        except InfeasibleError as error:  # of the depth, or a node alone: a longer one may do
            self.reason, self.ruled_out[ii] = str(error), True
            return None
        if found is None:
            self.failed.append(ii)
        return found

    def _halved(self, found: Feasible) -> Feasible:
        """The quick scheduler between the last interval at which it failed and where it did not."""
        ii = found.window.ii
        assert ii is not None
        low = max([i for i in (*self.failed, *self.ruled_out) if i < ii], default=ii - 1)
        while ii - low > 1 and not self.clock.expired():
            middle = (low + ii) // 2
            less = self._swift(middle)
            found = less or found
            low, ii = (low, middle) if less else (middle, ii)
        return found

    def _at(self, ii: int, effort: float, until: float = math.inf) -> Feasible | None:
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

    def _descend(self) -> None:
        """MinII, which mostly does; then one interval less and less, until two in a row fail."""
        until, misses = self._until(AGAIN_SHARE), 0
        if self._ii > self.least:
            self._place(self.least, until)
        ii = self._ii - 1
        while ii > self.least and misses < MISSES and not self._late(until):
            misses = 0 if self._place(ii, until) else misses + 1
            ii -= 1

    def _place(self, ii: int, until: float) -> bool:
        """Whether quick placements find a schedule, which is then the best."""
        found = None
        if not self._hopeless(ii):
            found = self._at(ii, EFFORTS[0], min(until, self._until(FIRST_SHARE)))
        self.best = found or self.best
        return found is not None

    def _insist(self) -> None:
        """More patient placements at the intervals that were passed over."""
        until = self._until(AGAIN_SHARE)
        for effort in self.efforts:
            for ii in sorted(self.failed):
                if self._late(until) or ii >= self._ii:
                    break
                if self._hopeless(ii) or self.tried.get(ii, 0.0) >= effort:
                    continue
                found = self._at(ii, effort, until)
                if found is not None:
                    self.best = found

    def _enrich(self) -> None:
        """More schedules to begin with, where there is but the quick scheduler's."""
        if set(self.best.hints) == {SWIFT}:
            more = self._at(self._ii, EFFORTS[0], self._until(FIRST_SHARE))
            if more is not None:
                self.best = replace(more, hints=self.best.hints | more.hints)

    def _decide(self) -> None:
        """Ask CP-SAT for each interval that is left, from below and then from above."""
        until = self._until(self.settings.proof_share)
        bound = self._bound()
        while bound < self._ii and not self._late(until):
            found = self._exactly(bound, until)
            if found == "unknown":
                break
            self.best = found if isinstance(found, Feasible) else self.best
            bound = self._bound()
        ii = self._ii - 1
        while bound < ii and not self._late(until):
            found = None if self._hopeless(ii) else self._exactly(ii, until)
            if isinstance(found, str):
                break
            self.best = found or self.best
            ii -= 1

    def _exactly(self, ii: int, until: float) -> Feasible | str:
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

    def _hopeless(self, ii: int) -> bool:
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
        return self.refuter.refutes(ii, frame)

    def _bound(self) -> int:
        """Every interval from MinII on that is below it is ruled out."""
        bound = self.least
        while bound < self._ii and self._hopeless(bound):
            bound += 1
        return bound

    def _check_depth(self) -> None:
        """Raise `InfeasibleError` where the latency bound is below what the limits allow."""
        objective, frame = self.attempts.resolved(None)
        if not objective.bounded:
            return
        least = latency_bound(self.problem, seconds=REFUTE_SECONDS)
        if least > frame.depth:
            raise InfeasibleError(
                f"{self.problem.name}: depth {frame.depth} is below {least}, the least that "
                f"dependences and limits together allow"
            )

    @property
    def _ii(self) -> int:
        assert self.best.window.ii is not None
        return self.best.window.ii

    def _until(self, share: float) -> float:
        return self.clock.used() + (share * self.clock.left() if self.clock.limited else math.inf)

    def _late(self, until: float) -> bool:
        return self.clock.expired() or self.clock.used() >= until

    def _about(self, found: Feasible) -> dict[str, int | bool]:
        """What a result says of its interval."""
        if found.objective.ii is None:
            return {}
        self.best = found
        bound = self._bound()
        return {
            "min_ii": self.least,
            "ii_bound": bound,
            "ii_proved": bound == found.objective.ii,
        }


def _upward(first: int, last: int) -> Iterator[int]:
    """The intervals to try: one by one, then in strides that double."""
    ii, stride = first, 1
    for count in range(last - first + 1):
        if ii > last:
            break
        yield ii
        stride = 1 if count < SINGLE else 2 * stride
        ii += stride
    if first < last and ii - stride < last:
        yield last
