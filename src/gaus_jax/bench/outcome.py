"""What is known of one run when it is over: the part of a record that the worker makes."""

import math
from typing import Any

from gaus_jax.bench.method import Ran

MOST_SHOWN = 5  # violations in a record


def blank(status: str, reason: str) -> dict[str, Any]:
    """The outcome of a run that found nothing."""
    return {
        "status": status,
        "reason": reason,
        "unsound": False,  # whether a bound was above a cost
        "cost": None,
        "bound": None,
        "terms": {},
        "weights": {},
        "violations": 0,
        "violation_examples": [],
        "budget_s": None,
        "seconds": None,
        "wall_s": None,
        "times_s": {},
        "trace": [],
        "peak_mb": None,
        "device": None,
        "sha256": None,
        "nodes": None,
        "edges": None,
        "depth": None,
        "ii": None,
        "min_ii": None,
        "start": None,
    }


def of(ran: Ran) -> dict[str, Any]:
    """The outcome of a run that came to its end, less what only its process knows."""
    result = ran.result
    schedule = result.schedule
    return {
        "status": result.status,
        "reason": result.reason,
        "violations": len(result.violations),
        "violation_examples": [str(v) for v in result.violations[:MOST_SHOWN]],
        "cost": _finite(result.value),
        "bound": _finite(ran.bound),
        "terms": dict(result.objective["terms"]),
        "weights": dict(result.objective["weights"]),
        "seconds": round(ran.seconds, 4),
        "times_s": {stage: round(t, 4) for stage, t in result.timings.items()},
        "trace": [[round(at, 4), cost] for at, cost in ran.trace],
        "depth": schedule.depth if schedule else None,
        "ii": schedule.ii if schedule else None,
        "min_ii": result.objective.get("min_ii"),
        "start": schedule.start.tolist() if schedule else None,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
