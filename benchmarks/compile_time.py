"""Seconds of compilation of one graph in a first process, and in a second one from the cache.

.venv/bin/python benchmarks/compile_time.py --out results/compile_time.jsonl
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import append, named, provenance

from gaus_jax import read_settings, solve, use_compilation_cache

NAMES = ("rw_1000_1", "sin", "log2", "div")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/compile_time.jsonl"))
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        use_compilation_cache()
        settings = read_settings(None, ["time_limit=1.0", f"objective.name={chosen.one[1]}"])
        settings = read_settings(None, ["bound_limit=0.0"], settings)
        print(solve(named(chosen.one[0]), settings=settings).timings["compile"])
        return
    about = provenance()
    for name in NAMES:
        for objective in "AB":
            with tempfile.TemporaryDirectory() as folder:
                first, second = (seconds(name, objective, folder) for _ in range(2))
            record = {"instance": name, "objective": objective}
            record |= {"first_s": first, "second_s": second}
            append(chosen.out, record | about)
            print(record, flush=True)


def seconds(name: str, objective: str, folder: str) -> float:
    """The compile stage of one solve in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, "--one", name, objective],
        env={**os.environ, "GAUS_JAX_CACHE": folder},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout.split()[-1])


if __name__ == "__main__":
    main()
