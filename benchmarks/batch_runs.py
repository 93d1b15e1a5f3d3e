"""What the batch benchmark runs in processes of their own; each prints a JSON line.

python benchmarks/batch_runs.py speed|again INDEX.csv FOLDER
python benchmarks/batch_runs.py once INDEX.csv FOLDER [COORDINATOR PROCESS]
python benchmarks/batch_runs.py memory INDEX.csv FOLDER
python benchmarks/batch_runs.py sweep CONFIG.toml FOLDER
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from gaus_jax.base.batch import BatchSettings
from gaus_jax.batch.alike import round_alike
from gaus_jax.batch.distributed import joined
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.stored import read
from gaus_jax.batch.summary import Summary
from gaus_jax.batch.sweep.config import read_sweep
from gaus_jax.batch.sweep.run import run_sweep
from gaus_jax.cache import use_compilation_cache
from gaus_jax.core.result import LEGAL
from gaus_jax.footprint import held

EARLY = 1000  # graphs after which the memory is first looked at
COMPILED = "/jax/core/compile/backend_compile_duration"

Record = dict[str, Any]

round_alike(os.environ)  # as the command does


def speed(index: str, folder: Path) -> Record:
    """All graphs."""
    found = _ran(index, folder / "first") | {"cpu_s": _cpu()}
    statuses = [r["status"] for r in read(folder / "first")]
    legal = sum(status in LEGAL for status in statuses)
    return found | {"legal": legal, "infeasible": statuses.count("infeasible")}


def again(index: str, folder: Path) -> Record:
    """The same, and once more in the same process, when all is compiled."""
    first = speed(index, folder)
    warm = _ran(index, folder / "again")
    return {"first": first, "again": warm | {"cpu_s": _cpu() - first["cpu_s"]}}


def once(index: str, folder: Path, coordinator: str = "", process: str = "0") -> Record:
    """All graphs, or the part of this process of two."""
    if not coordinator:
        return _ran(index, folder)
    with joined(coordinator, 2, int(process)) as peers:
        found = _ran(index, folder, shard=peers.shard)
        peers.wait()
        return found


def memory(index: str, folder: Path) -> Record:
    """Megabytes of the process after the first thousand graphs, and the most after that."""
    seen = {"early": 0.0, "most": 0.0}

    def look(summary: Summary) -> None:
        if summary.done >= EARLY:
            seen["most"] = max(seen["most"], held())
            seen["early"] = seen["early"] or held()

    found = _ran(index, folder, report=look)
    about = {"early": EARLY, "early_mb": seen["early"], "most_mb": seen["most"]}
    return {"graphs": found["graphs"], "seconds": found["seconds"]} | about | {"late_mb": held()}


def sweep(config: str, folder: Path) -> Record:
    """A sweep, and how many programs XLA compiled for it."""
    compiled = [0]

    def count(event: str, *_: Any, **__: Any) -> None:
        compiled[0] += event == COMPILED

    jax.monitoring.register_event_duration_secs_listener(count)
    began = time.perf_counter()
    run_sweep(read_sweep(config), folder)
    spent = time.perf_counter() - began
    costs = [r["cost"] for r in read(folder)]
    return {"seconds": spent, "compiled": compiled[0], "runs": len(costs), "cpu_s": _cpu()}


def _ran(index: str, folder: Path, **how: Any) -> Record:
    summary = run_batch(gather([index]), folder, BatchSettings(), **how).summary
    return summary.as_dict()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    use_compilation_cache()
    name, first, folder, *more = sys.argv[1:]
    runs: dict[str, Callable[..., Record]] = {
        "speed": speed, "again": again, "memory": memory, "sweep": sweep, "once": once,
    }  # fmt: skip
    print(json.dumps(runs[name](first, Path(folder), *more)))
