"""The few formulas behind the tables; a run that failed counts as an infinite cost."""

import math
import statistics
from collections.abc import Iterable, Sequence

TIE = 1e-9  # relative difference of costs that are the same

Trace = Sequence[Sequence[float]]  # (seconds, cost) of each better schedule, in order of time


def median(values: Iterable[float]) -> float:
    """The middle one, or the mean of the middle two; infinite where there is none."""
    found = list(values)
    return statistics.median(found) if found else math.inf


def geomean(values: Iterable[float]) -> float:
    """``exp(mean(log v))``; not a number where there is none."""
    found = list(values)
    if not found or math.inf in found:
        return math.inf if found else math.nan
    return math.exp(math.fsum(map(math.log, found)) / len(found)) if min(found) > 0 else 0.0


def ratio(cost: float, other: float) -> float:
    """``cost / other``, 1 where both are the same, zero or infinite included."""
    if cost == other:
        return 1.0
    if other == 0 or math.isinf(cost):
        return math.inf
    return cost / other


def outcome(cost: float, other: float) -> int:
    """-1 where the cost is lower than the other, 0 where they tie, 1 where it is higher."""
    if math.isclose(cost, other, rel_tol=TIE):
        return 0
    return -1 if cost < other else 1


def seconds_to(trace: Trace, target: float) -> float:
    """When a run first had a schedule of at most the target's cost; infinite where never."""
    return next((at for at, cost in trace if cost <= target + TIE * abs(target)), math.inf)


def cost_at(trace: Trace, seconds: float) -> float:
    """The best cost that a run had by then; infinite before its first schedule."""
    return min((cost for at, cost in trace if at <= seconds), default=math.inf)
