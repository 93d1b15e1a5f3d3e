"""Real functions: predicted and measured memory before and after XLA follows our order.

.venv/bin/python benchmarks/programs.py --out results/programs.jsonl

Every function is compiled in XLA's order and in ours; both are run on the same arguments, their
outputs compared bit by bit, and timed in turns. A part of a run is named as `wired:40:1`: program,
size, seed. The table is written by `benchmarks/report.py`.
"""

import argparse
import time
from pathlib import Path

import jax
import numpy as np
from common import append, provenance

from gaus_jax import Settings
from gaus_jax.xla import impose
from gaus_jax.xla.programs import PROGRAMS

# Branches, wirings and U-Nets, in several sizes and by several seeds.
BRANCHING = (
    *(f"wired:{nodes}:{seed}" for nodes in (24, 40) for seed in (0, 1, 2)),
    *(f"wired_gradient:{nodes}:{seed}" for nodes, seed in ((12, 0), (12, 1), (20, 0), (20, 1))),
    "sorts:4", "sorts:8", "experts:4", "experts:8", "inception:1", "inception:3",
    "diffusion:2", "diffusion:3", "unet:2", "unet:3", "unet_gradient:2", "unet_gradient:3",
)  # fmt: skip
OTHERS = ("mlp", "transformer", "resnet", "fft", "lstm", "graph", "vision")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/programs.jsonl"))
    options.add_argument("--only", nargs="+", default=[*OTHERS, *BRANCHING], metavar="NAME")
    options.add_argument("--seconds", type=float, default=5.0, help="of search, for each order")
    options.add_argument("--calls", type=int, default=7, help="that are timed")
    chosen = options.parse_args()
    about = provenance()
    for name in chosen.only:
        record = measured(name, chosen.seconds, chosen.calls)
        append(chosen.out, record | about)
        print(record, flush=True)


def measured(name: str, seconds: float, calls: int) -> dict:
    program, _, rest = name.partition(":")
    size, _, seed = rest.partition(":")
    entry = PROGRAMS[program]
    nodes, key = int(size or entry.default_size), int(seed or 0)
    function, arguments = entry(nodes, jax.random.key(key))
    wanted = jax.block_until_ready(jax.jit(function)(*arguments))
    began = time.perf_counter()
    settings = Settings(time_limit=seconds)
    found = impose(function, *arguments, settings=settings, calls=calls)
    return {
        "program": program,
        "summary": entry.summary,
        "size": nodes,
        "seed": key,
        "branching": name in BRANCHING,
        "seconds": seconds,
        "wall_s": round(time.perf_counter() - began, 1),
        "ulps": distance(wanted, found(*arguments)),
        **found.report.as_dict(),
    }


def distance(wanted: object, got: object) -> float:
    """The greatest difference of two results, in units of the last place; 0 where bits agree."""
    worst = 0.0
    for a, b in zip(jax.tree.leaves(wanted), jax.tree.leaves(got), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        if not np.array_equal(a, b):
            worst = max(worst, float(np.max(np.abs(a - b) / np.spacing(np.abs(a)))))
    return worst


if __name__ == "__main__":
    main()
