"""What a solve returns: a judged schedule, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from gaus_jax.core.schedule import Schedule

Status = Literal["optimal", "feasible", "illegal", "infeasible", "failed"]
LEGAL = ("feasible", "optimal")  # statuses with a schedule that is an answer
FAILED = ("failed", "illegal")  # what nothing proves to have none

INTERRUPTED = "interrupted: the best that was found by then"


class Violation(NamedTuple):
    """One broken constraint, with both sides in numbers."""

    constraint: str
    message: str

    def __str__(self) -> str:
        return f"{self.constraint}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A schedule with its measured costs; made by `gaus_jax.model.judge.judge` alone."""

    problem: Mapping[str, Any]  # name, sha256, nodes, edges, and the loop-carried edges left out
    ids: tuple[str, ...]
    schedule: Schedule | None  # None where none was found
    objective: Mapping[str, Any]  # name, value, terms {name: value}, weights {name: factor}
    lower_bound: float
    status: Status
    violations: tuple[Violation, ...] = ()
    reason: str = ""  # why there is no schedule, or why the search ended early
    interrupted: bool = False  # whether Ctrl-C ended the search, as the reason then says
    timings: Mapping[str, float] = field(default_factory=dict)  # seconds
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    trace: tuple[tuple[float, float], ...] = ()  # (seconds, cost) of each better schedule

    def cut_short(self) -> "Result":
        """The same with a note that an interrupt ended the search."""
        if self.interrupted:
            return self
        reason = "; ".join(filter(None, [self.reason, INTERRUPTED]))
        return replace(self, reason=reason, interrupted=True)

    @property
    def value(self) -> float:
        """The objective's value, measured on the integer schedule."""
        return self.objective["value"]

    @property
    def legal(self) -> bool:
        """Whether there is a schedule and it breaks no constraint."""
        return self.schedule is not None and not self.violations

    @property
    def gap(self) -> float | None:
        """``(value - lower_bound) / lower_bound``; None where the bound is 0 and the value not."""
        return relative_gap(self.value, self.lower_bound) if self.schedule else None


def relative_gap(value: float, bound: float) -> float | None:
    """How far above its lower bound a value is, as a fraction of the bound."""
    if value <= bound:
        return 0.0
    return (value - bound) / bound if bound > 0 else None
