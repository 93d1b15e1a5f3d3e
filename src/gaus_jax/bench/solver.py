"""The solver under some settings, as a method."""

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

from gaus_jax.base.clock import LIMITED
from gaus_jax.base.settings import (
    ObjectiveSettings,
    Settings,
    as_dict,
    override,
    preset,
    read_settings,
)
from gaus_jax.bench.method import APART, Ran
from gaus_jax.core.problem import Problem
from gaus_jax.solve import solve


@dataclass(frozen=True, kw_only=True)
class Solver:
    """The solver: a preset, and settings laid over it as ``--set`` does."""

    label: str = ""
    preset: str = "default"
    set: tuple[str, ...] = ()
    rival: bool = False
    seeds: int | None = None

    def spec(self) -> dict[str, Any]:
        """The table that makes it again."""
        return dataclasses.asdict(self)

    def settings(self) -> dict[str, Any]:
        """The solver's own, less those that the benchmark chooses."""
        tree = as_dict(self._settings())
        return {k: v for k, v in tree.items() if k not in ("objective", "time_limit", "wall")}

    def serves(self, asked: ObjectiveSettings) -> bool:
        """Whatever is asked."""
        return True

    def warm(self, problem: Problem, objective: ObjectiveSettings, seconds: float) -> None:
        """Search briefly: compilation is no part of the limit."""
        brief = {"time_limit": seconds, "bound_limit": seconds}
        tree = {"objective": as_dict(objective)} | brief
        solve(problem, settings=override(self._settings(), tree, self.label))

    def run(self, problem: Problem, objective: ObjectiveSettings, limit: float, seed: int) -> Ran:
        """Solve; the limit is on everything: bounds, constructive schedules and packing too."""
        tree = {"objective": as_dict(objective), "time_limit": limit, "wall": limit}
        settings = override(self._settings(), tree, self.label)
        began = time.perf_counter()
        result = solve(problem, settings=settings, key=seed)
        seconds = time.perf_counter() - began
        # The trace counts search alone; what came before it took time as well.
        before = sum(s for stage, s in result.timings.items() if stage not in (*LIMITED, *APART))
        trace = [(at + before, cost) for at, cost in result.trace]
        apart = sum(result.timings.get(stage, 0.0) for stage in APART)
        return Ran(result, result.lower_bound, seconds - apart, trace)

    def check(self) -> None:
        """Raise `SettingsError` for a preset or a setting that there is not."""
        self._settings()

    def _settings(self) -> Settings:
        return read_settings(None, self.set, preset(self.preset))
