"""Ten real functions: predicted and measured memory before and after XLA follows our order.

.venv/bin/python benchmarks/programs.py --out results/programs.jsonl

Every function is compiled in XLA's order and in ours; both are run on the same arguments, their
outputs compared bit by bit, and timed in turns. With --table the records become a markdown table.
"""

import argparse
import math
import time
from pathlib import Path

import jax
import numpy as np
from common import append, provenance, read

from gaus_jax import Settings
from gaus_jax.xla import impose
from gaus_jax.xla.programs import PROGRAMS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/programs.jsonl"))
    options.add_argument("--only", nargs="+", default=list(PROGRAMS), metavar="NAME")
    options.add_argument("--seconds", type=float, default=5.0, help="of search, for each order")
    options.add_argument("--calls", type=int, default=7, help="that are timed")
    options.add_argument("--table", action="store_true", help="of the records, and nothing else")
    chosen = options.parse_args()
    if not chosen.table:
        about = provenance()
        for name in chosen.only:
            record = measured(name, chosen.seconds, chosen.calls)
            append(chosen.out, record | about)
            print(record, flush=True)
    print(table(list(read(chosen.out))))


def measured(name: str, seconds: float, calls: int) -> dict:
    function, arguments = PROGRAMS[name]()
    wanted = jax.block_until_ready(jax.jit(function)(*arguments))
    began = time.perf_counter()
    settings = Settings(time_limit=seconds)
    found = impose(function, *arguments, settings=settings, calls=calls)
    wall = time.perf_counter() - began
    ulps = distance(wanted, found(*arguments))
    return {
        "program": name,
        "summary": PROGRAMS[name].summary,
        "size": PROGRAMS[name].default_size,
        "seconds": seconds,
        "wall_s": round(wall, 1),
        "ulps": ulps,
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


def table(records: list[dict]) -> str:
    """One row for each program, of its last record."""
    last = {record["program"]: record for record in records}
    head = (
        "| program | instructions | predicted peak, XLA's order | ours | bound | temporary bytes, "
        "XLA's order | ours | change | time ratio | outputs |"
    )
    lines = [head, "| --- " * 10 + "|"]
    for name, r in last.items():
        change = r["temp_after"] / r["temp_before"] - 1 if r["temp_before"] else 0.0
        ratio = "-" if r["time_ratio"] is None else f"{r['time_ratio']:.2f}"
        peaks = [_mb(r[key]) for key in ("predicted_before", "predicted_after", "bound")]
        temps = [_mb(r[key]) for key in ("temp_before", "temp_after")]
        same = "same bits" if r["ulps"] == 0 else f"{r['ulps']:.0f} ulps"
        cells = [name, r["instructions"], *peaks, *temps, f"{change:+.1%}", ratio, same]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    both = [(r["temp_after"], r["temp_before"]) for r in last.values() if r["temp_before"]]
    mean = math.exp(sum(math.log(a / b) for a, b in both) / len(both)) if both else 1.0
    below = sum(a < b for a, b in both)
    lines.append("")
    lines.append(
        f"Geometric mean of temporary bytes, ours over XLA's: {mean:.3f}; less on {below} of "
        f"{len(last)}, more on {sum(a > b for a, b in both)}. MB are 10^6 bytes."
    )
    return "\n".join(lines)


def _mb(count: float) -> str:
    return f"{count / 1e6:.2f} MB"


if __name__ == "__main__":
    main()
