"""Why graphs have no schedule: each reason once, with how many graphs have it."""

from collections import Counter
from dataclasses import dataclass, field

from gaus_jax.base.errors import UnsoundBoundError

MOST_REASONS = 5  # that the text has


def internal(error: BaseException) -> str:
    """The reason of a graph that an error of this package costs."""
    return f"internal {type(error).__name__}: {error}"


UNSOUND = internal(UnsoundBoundError(""))  # how those that it costs begin


@dataclass
class Reasons:
    """Reasons, how often each was given, and where first."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)  # reason -> the first graph's name

    def add(self, reason: str, name: str) -> None:
        """Count a graph's reason."""
        self.counts[reason] += 1
        self.examples.setdefault(reason, name)

    @property
    def total(self) -> int:
        """Graphs that have one."""
        return self.counts.total()

    @property
    def unsound(self) -> list[str]:
        """Those that say that a bound is above a cost."""
        return [reason for reason in self.counts if reason.startswith(UNSOUND)]

    def lines(self) -> list[str]:
        """A line for each of the most frequent, and one for all others."""
        most = self.counts.most_common(MOST_REASONS)
        lines = []
        for reason, count in most:
            name = self.examples[reason]
            lines.append(f"{count} x {reason}" + ("" if name in reason else f" (as in {name})"))
        others = self.total - sum(count for _, count in most)
        return lines + ([f"{others} x for other reasons"] if others else [])
