"""The whole solve of large graphs: does the time limit hold, and how much memory does it take?

.venv/bin/python benchmarks/scale.py --out results/scale.jsonl
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from common import append, named, provenance

from gaus_jax import generate, read_settings, solve, use_compilation_cache
from gaus_jax.instances.random import layered

LARGE = {
    "div": lambda: named("div"),
    "divider_144": lambda: generate("divider", 144),
    "layered_200000": lambda: layered(200_000, 25_000, 0),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/scale.jsonl"))
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(run(chosen.one[0], float(chosen.one[1]))))
        return
    about = provenance()
    for name in LARGE:
        for limit in (1.0, 20.0):
            command = [sys.executable, __file__, "--one", name, str(limit)]
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            record = json.loads(ran.stdout.splitlines()[-1])
            append(chosen.out, record | about)
            print(record, flush=True)


def run(name: str, limit: float) -> dict:
    use_compilation_cache()
    problem = LARGE[name]()
    began = time.perf_counter()
    settings = read_settings(None, [f"time_limit={limit}", "objective.name=B"])
    result = solve(problem, settings=settings)
    searched = sum(result.timings.get(s, 0.0) for s in ("optimise", "legalise", "refine"))
    return {
        "instance": name,
        "nodes": problem.nodes,
        "depth": result.schedule.depth if result.schedule else None,
        "limit_s": limit,
        "search_s": round(searched, 2),
        "compile_s": round(result.timings["compile"], 2),
        "wall_s": round(time.perf_counter() - began, 2),
        "first": result.trace[0][1],
        "value": result.value,
        "bound": result.lower_bound,
        "legal": result.legal,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }


if __name__ == "__main__":
    main()
