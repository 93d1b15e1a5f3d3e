"""An outcome as a record of the store."""

import math
from typing import Any

from gaus_jax.batch.summary import Solved


def as_record(solved: Solved) -> dict[str, Any]:
    """Plain values; what is not finite or not there is null. The starts are kept apart."""
    record: dict[str, Any] = {"key": solved.key, "name": solved.name, "status": solved.status}
    result = solved.result
    if result is None:
        return record | {"reason": solved.reason}
    schedule, objective = result.schedule, result.objective
    return record | {
        "reason": result.reason,
        "sha256": result.problem["sha256"],
        "nodes": result.problem["nodes"],
        "edges": result.problem["edges"],
        "left_out": result.problem["left_out"],
        "objective": objective["name"],
        "value": _finite(result.value),
        "lower_bound": _finite(result.lower_bound),
        "gap": _finite(result.gap),
        "terms": {name: _finite(value) for name, value in objective["terms"].items()},
        "weights": {name: _finite(value) for name, value in objective["weights"].items()},
        "lifetime": objective.get("lifetime"),
        "ii": schedule.ii if schedule else None,
        "depth": schedule.depth if schedule else None,
        "violations": [str(v) for v in result.violations],
        "seed": result.seed,
        "timings": {stage: round(seconds, 6) for stage, seconds in result.timings.items()},
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
