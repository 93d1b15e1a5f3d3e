"""Large programs: seconds to read, order and report them, and what the order gains.

.venv/bin/python benchmarks/program_sizes.py --out results/program_sizes.jsonl

A program is compiled where XLA takes less than a minute for it on two cores; else its HLO is taken
as JAX lowers it. Compilation of our own kernels and of the relaxation is told apart.
"""

import argparse
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import jax
from common import append, provenance

from gaus_jax import Settings
from gaus_jax.ordering.search import warm
from gaus_jax.xla import from_hlo, memory_report, order
from gaus_jax.xla.programs import PROGRAMS


@dataclass(frozen=True)
class Case:
    program: str
    size: int
    form: str  # "compiled" or "lowered"


CASES = (
    Case("transformer", 2, "compiled"),
    Case("wired", 60, "compiled"),
    Case("wired", 280, "compiled"),
    Case("transformer", 40, "compiled"),
    Case("transformer", 70, "lowered"),
    Case("wired", 830, "lowered"),
    Case("lstm", 280, "lowered"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/program_sizes.jsonl"))
    options.add_argument("--only", nargs="+", type=int, default=range(len(CASES)), metavar="K")
    options.add_argument("--seconds", type=float, default=None, help="limit of the search")
    chosen = options.parse_args()
    warm()
    for k in chosen.only:
        record = {"seconds": chosen.seconds, **measured(CASES[k], chosen.seconds)}
        print(record, flush=True)
        append(chosen.out, record | provenance())


def measured(case: Case, seconds: float | None) -> dict:
    function, arguments = PROGRAMS[case.program](case.size)
    lowered = jax.jit(function).lower(*arguments)
    text = (
        lowered.compile().as_text()
        if case.form == "compiled"
        else lowered.compiler_ir("hlo").as_hlo_text()
    )
    began, cpu = time.perf_counter(), time.process_time()
    program = from_hlo(text)
    read = time.perf_counter()
    found = order(program.problem, Settings(time_limit=seconds))
    ordered = time.perf_counter()
    report = memory_report(program, found.nodes, found.bound)
    return {
        **asdict(case),
        "instructions": program.problem.nodes,
        "edges": program.problem.edges,
        "read_s": round(read - began, 2),
        "order_s": round(ordered - read, 2),
        "report_s": round(time.perf_counter() - ordered, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "load": round(os.getloadavg()[0], 1),
        "before": found.before,
        "after": found.after,
        "bound": found.bound,
        "arena": report.arena.size,
    }


if __name__ == "__main__":
    main()
