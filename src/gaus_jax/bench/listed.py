"""A baseline of the table, as a method."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings, override
from gaus_jax.baselines import BASELINES, Attempt, Baseline
from gaus_jax.baselines.baseline import refusal
from gaus_jax.bench.method import Ran, UnsupportedError
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import min_ii
from gaus_jax.interval.least import automatic
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.model.resolve import resolve


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A baseline of the table, with its own fields changed where ``options`` say so."""

    baseline: str
    label: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    rival: bool = True
    seeds: int | None = None
    fitting: bool = False  # no run at all, not a refusal, where the objective is none of its kind

    def spec(self) -> dict[str, Any]:
        """The table that makes it again."""
        return dataclasses.asdict(self)

    def settings(self) -> dict[str, Any]:
        """Its name, and its fields."""
        fields = _plain(self._entry())
        return {"baseline": self.baseline} | (fields if isinstance(fields, dict) else {})

    def serves(self, asked: ObjectiveSettings) -> bool:
        """Whether to run it at all; a graph may still be refused."""
        if not self.fitting:
            return True
        limited = asked.ii is not None or bool(asked.limits)
        constraints = OBJECTIVES[asked.name].constraints
        kinds = {"limited": limited or "resource" in constraints}
        kinds["sequential"] = "sequence" in constraints
        return all(getattr(self._entry(), kind, False) == asks for kind, asks in kinds.items())

    def warm(self, problem: Problem, objective: ObjectiveSettings, seconds: float) -> None:
        """The same run, shorter."""
        self._attempt(problem, objective, seconds, 0)

    def run(self, problem: Problem, objective: ObjectiveSettings, limit: float, seed: int) -> Ran:
        """Run it, then judge what it handed in."""
        began = time.perf_counter()
        attempt = self._attempt(problem, objective, limit, seed)
        timings = attempt.clock.timings
        seconds = time.perf_counter() - began - timings.get("compile", 0.0)
        about = {"timings": timings, "seed": seed}
        if attempt.best is None:
            ii = attempt.objective.ii
            reason = "no schedule within the limit" + (f", up to an II of {ii}" if ii else "")
            result = no_schedule(problem, objective.name, reason, "failed", **about)
        else:
            with attempt.clock.stage("verify"):
                bound = attempt.lower_bound
                asked = attempt.objective
                at = _interval(problem, attempt)
                found = attempt.best
                result = judge(problem, found, asked, lower_bound=bound, interval=at, **about)
        return Ran(result, attempt.lower_bound, seconds, attempt.trace)

    def check(self) -> None:
        """Raise `SettingsError` for a baseline or an option that there is not."""
        self._entry()

    def _attempt(
        self, problem: Problem, asked: ObjectiveSettings, limit: float, seed: int
    ) -> Attempt:
        objective, frame = resolve(asked, problem)
        entry = self._entry()
        refused = refusal(entry, problem, objective)
        if refused:
            raise UnsupportedError(refused)
        attempt = Attempt(problem, objective, frame, Clock(limit), seed)
        attempt.asked = asked if automatic(asked) else None
        entry.run(attempt)
        return attempt

    def _entry(self) -> Baseline:
        entry = BASELINES[self.baseline]
        if not self.options:
            return entry
        if not dataclasses.is_dataclass(entry):
            raise SettingsError(f"baseline '{self.baseline}' has no options; leave them out")
        return override(entry, self.options, f"baseline '{self.baseline}'")


def _interval(problem: Problem, attempt: Attempt) -> dict[str, Any]:
    """What the result says of its II."""
    ii = attempt.objective.ii
    if ii is None:
        return {}
    least = min_ii(problem, attempt.limit).value
    return {"min_ii": least, "ii_proved": ii == least}


def _plain(value: Any) -> Any:
    """A value as JSON has it, the same in every process; of an object without fields its class."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | None) else type(value).__name__
