"""RESULT.json: written whole or not at all, and read back to be verified."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file
from gaus_jax.base.versions import versions
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers.files import open_source
from gaus_jax.model.objective import MOST_STEPS

VERSION = 1


class Recorded(NamedTuple):
    """What a result file claims of its schedule."""

    schedule: Schedule
    objective: dict[str, Any]  # name, value, terms, weights, lifetime
    sha256: str | None
    limits: dict[str, float]  # class -> units, that the solve put in place of the problem's
    register_limit: float | None = None
    constraints: tuple[str, ...] = ()  # of one's own; empty: those of the objective


def as_json(result: Result) -> dict[str, Any]:
    """A result as plain values; infinite and missing numbers are null."""
    schedule = result.schedule
    return {
        "format": "gaus-jax-result",
        "version": VERSION,
        "problem": dict(result.problem),
        "status": result.status,
        "reason": result.reason,
        "legal": result.legal,
        "violations": [str(v) for v in result.violations],
        "objective": {k: _finite(v) for k, v in result.objective.items()},
        "lower_bound": _finite(result.lower_bound),
        "gap": result.gap,
        "ii": schedule.ii if schedule else None,
        "depth": schedule.depth if schedule else None,
        "ids": list(result.ids),
        "start": schedule.start.tolist() if schedule else None,
        "seed": result.seed,
        "timings": {stage: round(seconds, 6) for stage, seconds in result.timings.items()},
        "trace": [list(point) for point in result.trace],
        "settings": result.settings,
        "versions": versions(),
    }


def write_result(result: Result, path: str | Path) -> None:
    """Write RESULT.json, whole or not at all; ``.gz`` is compressed."""
    text = json.dumps(as_json(result), indent=1, allow_nan=False) + "\n"
    replace_file(path, text.encode())


def read_result(path: str | Path) -> Recorded:
    """Read a result file's schedule and claims.

    Raises:
        InputError: not a result file, or one without a schedule; says which key is at fault.
    """
    text = open_source(path).text()
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:  # of numbers of thousands of digits too
        raise InputError(f"{path}: not JSON: {error}") from error
    if not isinstance(tree, dict) or not isinstance(tree.get("start"), list):
        raise InputError(f"{path}: no list 'start'; expected a result of gaus-jax solve")
    start = tree["start"]
    bad = [i for i, s in enumerate(start) if isinstance(s, bool) or not isinstance(s, int)]
    if bad:
        raise InputError(f"{path}: start[{bad[0]}] is {start[bad[0]]!r}, expected a whole number")
    for key in ("depth", "ii"):
        value = tree.get(key)
        if isinstance(value, bool) or not (isinstance(value, int) or (key == "ii" and not value)):
            raise InputError(f"{path}: {key} is {value!r}, expected a whole number")
    if tree.get("ii") is not None and not 1 <= tree["ii"] <= MOST_STEPS:
        raise InputError(
            f"{path}: ii is {tree['ii']}, expected a whole number of at least 1 and at most "
            f"{MOST_STEPS}"
        )
    if not isinstance(tree.get("objective"), dict):
        raise InputError(f"{path}: no object 'objective'; expected a result of gaus-jax solve")
    try:
        schedule = Schedule(np.array(start, np.int64), tree["depth"], tree.get("ii"))
    except OverflowError as error:
        raise InputError(f"{path}: a start is beyond 64 bits") from error
    sha256 = _inner(tree, "problem").get("sha256")
    asked = _inner(_inner(tree, "settings"), "objective")
    limits, most = asked.get("limits"), asked.get("register_limit")
    constraints = asked.get("constraints")
    return Recorded(
        schedule,
        tree["objective"],
        sha256,
        limits if isinstance(limits, dict) else {},
        most if isinstance(most, int | float) else None,
        tuple(map(str, constraints)) if isinstance(constraints, list) else (),
    )


def _inner(tree: dict[str, Any], key: str) -> dict[str, Any]:
    """A part of a tree that is one itself; empty where it is absent or anything else."""
    inner = tree.get(key)
    return inner if isinstance(inner, dict) else {}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
