"""What a batch says of itself while it runs and at its end."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gaus_jax.batch.buckets import Bucket
from gaus_jax.batch.reasons import Reasons
from gaus_jax.batch.tally import Tally
from gaus_jax.core.result import Result


class Solved(NamedTuple):
    """An item's outcome: its result, or the reason why it has none."""

    place: int  # in the input, from 0
    name: str
    key: str
    result: Result | None  # None where it could not even be loaded
    reason: str = ""

    @property
    def status(self) -> str:
        """That of its result; "failed" where there is none."""
        return "failed" if self.result is None else self.result.status


@dataclass
class Summary:
    """Counts, seconds and work of a batch so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Reasons = field(default_factory=Reasons)  # of failures, and of what had no gradient
    seconds: float = 0.0
    first_result_s: float | None = None
    buckets: dict[Bucket, Tally] = field(default_factory=dict)
    prepared: int = 0
    _began: float = field(default_factory=time.perf_counter)

    def add(self, solved: Solved) -> None:
        """Count one more outcome."""
        self.seconds = time.perf_counter() - self._began
        if self.first_result_s is None:
            self.first_result_s = self.seconds
        self.statuses[solved.status] += 1
        if solved.reason:
            self.reasons.add(solved.reason, solved.name)

    @property
    def done(self) -> int:
        """Outcomes so far."""
        return self.statuses.total()

    @property
    def waste(self) -> float:
        """The share of the device's work that padding and empty slots took."""
        padded = sum(tally.padded for tally in self.buckets.values())
        return 1 - sum(t.useful for t in self.buckets.values()) / padded if padded else 0.0

    @property
    def compile_s(self) -> float:
        """Seconds of compilation, of all threads together."""
        return sum(tally.compile_s for tally in self.buckets.values())

    @property
    def rate(self) -> float:
        """Graphs a second, compilation included."""
        return self.done / self.seconds if self.seconds else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a record."""
        return {
            "graphs": self.done,
            "statuses": dict(self.statuses),
            "seconds": round(self.seconds, 3),
            "rate": round(self.rate, 3),
            "compile_s": round(self.compile_s, 3),
            "shapes": sum(tally.chunks > 0 for tally in self.buckets.values()),
            "waste": round(self.waste, 4),
            "buckets": [
                {
                    "shape": list(bucket.shape),
                    "graphs": tally.finished,
                    "chunks": tally.chunks,
                    "compile_s": round(tally.compile_s, 3),
                    "device_s": round(tally.device_s, 3),
                    "waste": round(tally.waste, 4),
                    "halved": tally.halved,
                }
                for bucket, tally in self.buckets.items()
            ],
        }

    def text(self) -> str:
        """A few lines for a person."""
        counts = ", ".join(f"{n} {status}" for status, n in sorted(self.statuses.items()))
        shapes = sum(tally.chunks > 0 for tally in self.buckets.values())
        lines = [
            f"{self.done} graphs in {self.seconds:.1f} s ({self.rate:.1f} a second): "
            f"{counts or 'none'}",
            f"{shapes} compiled shapes in {self.compile_s:.1f} s; padding took "
            f"{100 * self.waste:.0f} % of the device's work",
        ]
        return "\n".join(lines + self.reasons.lines())
