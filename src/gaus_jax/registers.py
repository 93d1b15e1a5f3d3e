"""The least interval at which so many registers do: intervals in order, until one is met."""

import math
from collections.abc import Callable
from dataclasses import replace

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import Settings, as_dict
from gaus_jax.core.least_ii import one_by_one
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.interval.first import strides
from gaus_jax.model.judge import no_schedule
from gaus_jax.model.objective import automatic
from gaus_jax.model.terms import TERMS

SHARE = 0.25  # of the seconds left, for one interval
SINGLE = 4  # intervals one by one, before strides double

Solver = Callable[[Settings, Schedule | None], Result]  # of settings, a schedule to start from


def within_registers(
    problem: Problem, settings: Settings, solver: Solver, given: Schedule | None = None
) -> Result:
    """The schedule of least II among those found that hold no more than the limit at once.

    From the least II that is found feasible on, each gets a share of the seconds; where strides
    were taken, the intervals in between follow, and what is left goes to the best one.

    Returns:
        A result of status "failed" where none was found, with the least need that was seen.

    Raises:
        SettingsError: the objective has no initiation interval.
    """
    asked = settings.objective
    limit = asked.register_limit
    assert limit is not None
    if asked.ii is None and not automatic(asked):
        raise SettingsError("register_limit counts over an initiation interval; give one with ii")
    search = _Search(problem, settings, solver, limit)
    first = search.at(asked.ii, given)
    if first.schedule is None:
        return replace(first, settings=as_dict(settings))
    assert first.schedule.ii is not None
    if automatic(asked) and not search.met:
        search.upward(first.schedule.ii)
    answer = search.answer()
    return answer.cut_short() if search.interrupted else answer


class _Search:
    def __init__(self, problem: Problem, settings: Settings, solver: Solver, limit: float) -> None:
        self.problem, self.settings, self.solver, self.limit = problem, settings, solver, limit
        self.clock = Clock(settings.time_limit)
        self.wall = Clock(None, settings.wall)
        self.met: Result | None = None  # of least II
        self.need, self.need_ii = math.inf, 0  # the least registers seen, and where
        self.interrupted = False
        self.last = False  # whether what is solved now may take all that is left
        self.seen: dict[int, bool] = {}  # II -> whether the limit was met

    def at(self, ii: int | str | None, given: Schedule | None = None) -> Result:
        """Solve at one interval for a share of the seconds, and keep what meets the limit."""
        objective = replace(self.settings.objective, ii=ii, register_limit=None)
        own = replace(
            self.settings,
            objective=objective,
            time_limit=self._share(self.settings.time_limit, self.clock.left),
            wall=self._share(self.settings.wall, self.wall.wall_left),
        )
        result = self.solver(own, given)
        self.clock = Clock(self.settings.time_limit, None, _together(self.clock, result))
        self.interrupted |= result.interrupted
        schedule = result.schedule
        if schedule is None or schedule.ii is None or not result.legal:
            return result
        lifetime: Lifetime = objective.lifetime  # type: ignore[assignment]
        need = TERMS["peak_live"].exact(self.problem, schedule, lifetime)
        if need < self.need:
            self.need, self.need_ii = need, schedule.ii
        good = need <= self.limit * (1 + 1e-9)
        self.seen[schedule.ii] = self.seen.get(schedule.ii, False) or good
        if good and (self.met is None or _rank(result) < _rank(self.met)):
            self.met = result
        return result

    def upward(self, first: int) -> None:
        """Longer and longer intervals until one does; then those that were passed over."""
        for ii in strides(first + 1, one_by_one(self.problem), SINGLE):
            if self._over():
                return
            self.at(ii)
            if self.met:
                break
        while self.met and not self._over():
            high = _rank(self.met)[0]
            low = max(ii for ii in self.seen if ii < high)
            if high - low <= 1:
                return
            middle = (low + high) // 2
            self.at(middle)
            self.seen.setdefault(middle, False)

    def answer(self) -> Result:
        """The best, refined in the time that is left; or the least need that was seen."""
        about = as_dict(self.settings)
        if self.met is None:
            reason = (
                f"{self.problem.name}: no schedule of at most {self.limit:g} registers was found, "
                f"which proves nothing; the least need seen is {self.need:g}, at an interval of "
                f"{self.need_ii}"
            )
            name = self.settings.objective.name
            return no_schedule(self.problem, name, reason, "failed", settings=about)
        if (self.clock.limited or self.wall.limited) and not self._over():
            schedule = self.met.schedule
            assert schedule is not None
            self.last = True
            self.at(schedule.ii, schedule)
        return replace(self.met, settings=about)

    def _share(self, limit: float | None, left: Callable[[], float]) -> float | None:
        if limit is None:
            return None
        return (1.0 if self.last else SHARE) * max(left(), 0.0)

    def _over(self) -> bool:
        least = 0.01 * (self.settings.time_limit or 0.0)
        late = self.clock.limited and self.clock.left() <= least
        return self.interrupted or late or self.wall.expired()


def _together(clock: Clock, result: Result) -> dict[str, float]:
    """Seconds of each stage, of the intervals before and of one more."""
    stages = clock.timings.keys() | result.timings.keys()
    return {s: clock.timings.get(s, 0.0) + result.timings.get(s, 0.0) for s in stages}


def _rank(result: Result) -> tuple[int, float]:
    schedule = result.schedule
    assert schedule is not None
    assert schedule.ii is not None
    return schedule.ii, result.value
