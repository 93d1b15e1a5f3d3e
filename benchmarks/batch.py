"""Throughput of a batch: 1,000 graphs of 14 to 200 nodes against CP-SAT and against one by one.

    .venv/bin/python benchmarks/batch.py --out results/batch.jsonl
    .venv/bin/python benchmarks/batch.py --memory 10000

CP-SAT runs on a sample, since 4 s a graph on all would take an hour.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from common import append, provenance

import gaus_jax as gj
from gaus_jax.base.batch import BatchSettings, LineSettings
from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings, override
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.baselines.modulo.cpsat import CpSatModulo
from gaus_jax.batch.items import Item
from gaus_jax.batch.record import LEGAL
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.solve import solve_batch
from gaus_jax.batch.store import read
from gaus_jax.core.schedule import Schedule
from gaus_jax.footprint import held
from gaus_jax.instances.random import layered, workload
from gaus_jax.model.objective import resolve

SIZES = 14, 200
FLOWS = {"hal": 6, "elliptic": 4, "autoregressive": 5, "fir_tree": 64, "fir_chain": 64, "dct": 4,
         "matrix_product": 4}  # fmt: skip
LOOPS = {"biquad": 16, "dot_product": 48, "lms": 32, "stencil": 12, "sweep": 16, "elliptic_loop": 4}
PARTS = {
    "B, random": "random",
    "B, synthesis": "flows",
    "A, synthesis": "flows",
    "C, loops": "loops",
}
EARLY = 1000  # graphs after which the memory is first looked at


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/batch.jsonl"))
    options.add_argument("--graphs", type=int, default=1000, help="of each part")
    options.add_argument("--sample", type=int, default=60, help="graphs that CP-SAT solves")
    options.add_argument("--limit", type=float, default=4.0, help="seconds of CP-SAT a graph")
    options.add_argument("--part", nargs="+", default=list(PARTS), choices=list(PARTS))
    options.add_argument("--memory", type=int, default=0, help="only this many, for the memory")
    chosen = options.parse_args()
    if chosen.memory:
        append(chosen.out, memory(chosen.memory) | provenance())
        return
    for part in chosen.part:
        record = measure(part, chosen.graphs, chosen.sample, chosen.limit)
        append(chosen.out, record | provenance())
        print(record, flush=True)


def graphs(kind: str, count: int) -> Iterator[Item]:
    """So many items of 14 to 200 nodes; sizes, depths and bounds vary."""
    rng, found, draw = np.random.default_rng(0), 0, 0
    while found < count:
        draw += 1
        item = one(kind, draw, rng)
        if item.problem is not None and SIZES[0] <= item.problem.nodes <= SIZES[1]:
            found += 1
            yield item


def one(kind: str, draw: int, rng: np.random.Generator) -> Item:
    nodes, kappa = int(rng.integers(SIZES[0], SIZES[1] + 1)), str(rng.choice(["1", "1.2", "1.5"]))
    if kind == "random":
        deep = max(3, nodes // int(rng.integers(4, 12)))
        sparse = workload(nodes, float(rng.uniform(1, 3)), draw)
        problem = sparse if draw % 2 else layered(nodes, deep, draw)
        return Item(name=f"{draw}:{problem.name}", problem=problem, objective={"kappa": kappa})
    table = LOOPS if kind == "loops" else FLOWS
    name = str(rng.choice(list(table)))
    problem = gj.generate(name, int(rng.integers(2, table[name] + 1)))
    asked: dict = {"kappa": kappa}
    if kind == "loops" and draw % 2:
        asked = {}  # no bound on the latency
    return Item(name=f"{draw}:{problem.name}", problem=problem, objective=asked)


def measure(part: str, count: int, few: int, limit: float) -> dict:
    """One row of the table."""
    objective = ObjectiveSettings(name=part[0])
    settings = BatchSettings(objective=objective)
    items = list(graphs(PARTS[part], count))
    with tempfile.TemporaryDirectory() as folder:
        first, again = (run_batch(items, Path(folder) / name, settings) for name in "ab")
        records = {r["name"]: r for r in read(Path(folder) / "a")}
    chosen = [items[k] for k in np.linspace(0, len(items) - 1, min(few, len(items))).astype(int)]
    began = time.perf_counter()
    for item in chosen:
        list(solve_batch([item], settings=settings))
    single = (time.perf_counter() - began) / len(chosen)
    costs, seconds = [], []
    for item in chosen:
        ours = records[item.name]
        cost, spent = cpsat(item, objective, ours["ii"], limit)
        seconds.append(spent)
        if cost < math.inf and ours["value"] and cost > 0:
            costs.append(math.log(ours["value"] / cost))
    warm = again.summary.rate
    return {
        "part": part,
        "graphs": len(items),
        "legal": sum(r["status"] in LEGAL for r in records.values()),
        "first_rate": first.summary.rate,
        "rate": warm,
        "shapes": first.summary.as_dict()["shapes"],
        "compile_s": first.summary.compile_s,
        "waste": first.summary.waste,
        "sample": len(chosen),
        "compared": len(costs),
        "cost": math.exp(sum(costs) / max(1, len(costs))) - 1,
        "cpsat_s": sum(seconds) / len(seconds),
        "over_cpsat": warm * sum(seconds) / len(seconds),
        "over_single": warm * single,
    }


def cpsat(item: Item, objective: ObjectiveSettings, ii, limit: float) -> tuple[float, float]:
    """The cost and the seconds of CP-SAT, at our interval where there is one; inf: none found."""
    own = override(objective, dict(item.objective), item.name)
    own = own if ii is None else override(own, {"ii": ii}, item.name)
    problem = item.load()
    model, window = resolve(own, problem)
    began = time.perf_counter()
    if model.limited:
        entry = CpSatModulo(seconds=limit)
        start = entry.fewest_registers(
            problem, window, lifetime=model.lifetime, limit=problem.limit
        ).start
        cost = math.inf if start is None else model.exact(problem, Schedule(start, window.depth))
    else:
        attempt = Attempt(problem, model, window, Clock(limit))
        BASELINES["cpsat_step"].run(attempt)
        cost = attempt.best_cost
    return cost, time.perf_counter() - began


def memory(count: int) -> dict:
    """Megabytes of the process after the first thousand graphs and at the end."""
    settings = BatchSettings(objective=ObjectiveSettings(name="B"), line=LineSettings(ahead=256))
    early, done = 0.0, 0
    for _ in solve_batch(graphs("random", count), settings=settings):
        done += 1
        early = held() if done == EARLY else early
    return {"graphs": done, "early": EARLY, "early_mb": early, "late_mb": held()}


if __name__ == "__main__":
    main()
