"""The graphs of the batch benchmarks: loops of high-level synthesis and random ones, as files."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import BENCH

from gaus_jax import Problem, save
from gaus_jax.instances.random import layered, workload

SIZES = 14, 200  # nodes
KAPPAS = "1", "1.2", "1.5"
# What is asked of a loop, in turn; ii is over the least one that recurrences and units admit.
ASKED: tuple[dict[str, Any], ...] = (
    {"objective": "C"},
    {"objective": "C", "kappa": "1.5"},
    {"objective": "C", "over": 2},
    {"objective": "C", "over": 8, "kappa": "1.5"},
    {"objective": "A", "kappa": "1.2"},
    {"objective": "A", "kappa": "1.5"},
    {"objective": "B", "kappa": "1.2"},
    {"objective": "B", "kappa": "2"},
    {"objective": "D"},
)
COLUMNS: list[str] = ["path", "name", "resources", "objective", "ii", "kappa"]
WORKLOADS = "mix", "B"


def write_index(kind: str, count: int, folder: Path) -> Path:
    """So many rows of an index, the constructed graphs beside it.

    Args:
        kind: "mix": every second one a loop of the benchmark files under one of `ASKED`, the others
            random under A and B; "B": random ones under B.
        count: rows.
        folder: made where it is absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.csv"
    drawn, loop = randoms(), loops() if kind == "mix" else iter(())
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for k in range(count):
            if kind == "mix" and k % 2:
                rows.writerow(_loop(k, *next(loop)))
                continue
            problem, kappa = next(drawn)
            save(problem, folder / f"{k}.json")
            objective = "A" if kind == "mix" and k % 4 else "B"
            name = f"{k}:{problem.name}"
            own = {"path": f"{k}.json", "name": name, "objective": objective, "kappa": kappa}
            rows.writerow(own)
    return path


def _loop(k: int, row: dict[str, str], asked: dict[str, Any]) -> dict[str, Any]:
    asked, folder = dict(asked), BENCH.resolve()
    over = asked.pop("over", None)
    ii = {} if over is None else {"ii": int(row["MinII"]) + over}
    name = f"{k}:{Path(row['path']).stem}@{Path(row['resources']).stem}"
    files = {n: str(folder / row[n]) for n in ("path", "resources")}
    return {"name": name} | files | asked | ii


def loops() -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Rows of the benchmark files' index in a fixed random order, over and over, and what of each.

    Each time round a pair of a graph and a resource model is asked for something else.
    """
    with (BENCH / "index.csv").open(newline="", encoding="utf-8") as file:
        every = [row for row in csv.DictReader(file) if row["set"] == "hls" and row["resources"]]
    fit = [row for row in every if SIZES[0] <= int(row["nodes"]) <= SIZES[1]]
    order = np.random.default_rng(0).permutation(len(fit))
    turn = 0
    while True:
        for place, k in enumerate(order):
            yield fit[k], ASKED[(place + turn) % len(ASKED)]
        turn += 1


def randoms() -> Iterator[tuple[Problem, str]]:
    """Random graphs, sparse and layered in turn, and a bound of their depth; without end."""
    rng, draw = np.random.default_rng(0), 0
    while True:
        draw += 1
        nodes = int(rng.integers(SIZES[0], SIZES[1] + 1))
        density, width = float(rng.uniform(1, 3)), int(rng.integers(4, 12))
        deep = max(3, nodes // width)
        problem = workload(nodes, density, draw) if draw % 2 else layered(nodes, deep, draw)
        if SIZES[0] <= problem.nodes <= SIZES[1]:
            yield problem, str(rng.choice(KAPPAS))
