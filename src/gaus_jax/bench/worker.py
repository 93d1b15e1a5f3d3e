"""One run, in a process of its own: a task in, an outcome out.

``python -m gaus_jax.bench.worker OUTCOME.json`` reads the task, a line of JSON, from its standard
input, which the parent keeps open: when that ends the parent has gone, and so does this process.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax

from gaus_jax.base.errors import InfeasibleError, MissingExtraError, UnsoundBoundError
from gaus_jax.base.settings import ObjectiveSettings, override
from gaus_jax.bench.method import UnsupportedError
from gaus_jax.bench.methods import read_methods
from gaus_jax.bench.outcome import blank, of
from gaus_jax.cache import use_compilation_cache
from gaus_jax.instances.sources import open_instance
from gaus_jax.model.judge import describe


def perform(task: Mapping[str, Any]) -> dict[str, Any]:
    """Load, warm up, run and judge; whatever goes wrong is an outcome too.

    Args:
        task: ``source`` and ``resources`` of the instance, ``objective`` settings, the table of the
            ``method``, ``seed``, and ``limit``, ``limit_per_node`` and ``warm`` in seconds.

    Returns:
        The outcome (see `gaus_jax.bench.outcome`).
    """
    outcome = blank("failed", "")
    began = time.perf_counter()
    try:
        _perform(task, outcome)
    except (UnsupportedError, MissingExtraError) as error:
        outcome |= {"status": "unsupported", "reason": str(error)}
    except InfeasibleError as error:
        outcome |= {"status": "infeasible", "reason": str(error)}
    except UnsoundBoundError as error:
        outcome |= {"reason": str(error), "unsound": True}
    except Exception:
        outcome |= {"reason": traceback.format_exc()[-2000:]}
    device = jax.devices()[0]
    outcome["wall_s"] = round(time.perf_counter() - began, 3)
    outcome["peak_mb"] = peak_mb()
    outcome["device"] = f"{device.platform} {device.device_kind}"
    return outcome


def _perform(task: Mapping[str, Any], outcome: dict[str, Any]) -> None:
    times = outcome["times_s"]
    began = time.perf_counter()
    problem = open_instance(task["source"], task["resources"])
    times["load"] = round(time.perf_counter() - began, 4)
    outcome |= {k: v for k, v in describe(problem).items() if k in ("sha256", "nodes", "edges")}
    (method,) = read_methods([task["method"]], "task")
    objective = override(ObjectiveSettings(), task["objective"], "task")
    began = time.perf_counter()
    if task["warm"] > 0:
        method.warm(problem, objective, task["warm"])
    times["warm"] = round(time.perf_counter() - began, 4)
    limit = task["limit"] + task["limit_per_node"] * problem.nodes
    outcome["budget_s"] = round(limit, 4)
    found = of(method.run(problem, objective, limit, task["seed"]))
    outcome |= found | {"times_s": found["times_s"] | times}


def peak_mb() -> float | None:
    """Peak resident memory of this process, 10^6 bytes; None where the system does not say.

    Not ``getrusage``: a process inherits the peak of the one that started it there.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return round(int(found[0]) * 1024 / 1e6, 1) if found else None


def main() -> None:
    """Read the task, end with the parent, write the outcome."""
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_compilation_cache()
    Path(sys.argv[1]).write_text(json.dumps(perform(task)), encoding="utf-8")


def _end_with_parent() -> None:
    os.read(0, 1)  # returns when the parent's end is closed, by its death too
    os._exit(1)


if __name__ == "__main__":
    main()
