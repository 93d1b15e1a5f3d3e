"""The interface of a method, and what one run of it gives."""

from typing import Any, NamedTuple, Protocol

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result

APART = ("load", "compile", "verify")  # stages that no limit of a benchmark counts


class UnsupportedError(Exception):
    """A method cannot run a problem; the message is the sentence that says why."""


class Ran(NamedTuple):
    """One run: what was found, and when."""

    result: Result
    bound: float  # proved, also where no schedule was found
    seconds: float  # of everything but loading, compiling and verifying
    trace: list[tuple[float, float]]  # (such seconds, cost) of each better schedule


class Method(Protocol):
    """What one table of a configuration's ``methods`` stands for."""

    @property
    def label(self) -> str:
        """What records and tables call it."""
        ...

    @property
    def rival(self) -> bool:
        """Whether it is among those that the solver is compared with."""
        ...

    @property
    def seeds(self) -> int | None:
        """So many; None for as many as the benchmark says."""
        ...

    def spec(self) -> dict[str, Any]:
        """The table that `gaus_jax.bench.methods.read_methods` makes it from again."""
        ...

    def settings(self) -> dict[str, Any]:
        """All that its answers depend on besides problem, objective, seed and limit."""
        ...

    def serves(self, asked: ObjectiveSettings) -> bool:
        """Whether there is to be a run of this objective at all."""
        ...

    def warm(self, problem: Problem, objective: ObjectiveSettings, seconds: float) -> None:
        """Run briefly for nothing, so that what compiles has compiled."""
        ...

    def run(self, problem: Problem, objective: ObjectiveSettings, limit: float, seed: int) -> Ran:
        """Search for at most ``limit`` seconds; raises `UnsupportedError` where it cannot."""
        ...
