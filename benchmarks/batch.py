"""Thousands of small graphs: throughput, cost, compilation, memory, devices, processes, sweeps.

    .venv/bin/python benchmarks/batch.py speed cpsat single devices processes memory sweep

Each part appends its lines to --out. `cpsat`, `single` and `sweep` go on where they ended, and end
after --seconds. The benchmark files (GAUS_BENCH) hold the loops.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from batch_graphs import WORKLOADS, write_index
from batch_rivals import cpsat, missing, sample, single
from common import append, provenance, read

from gaus_jax.batch.alike import round_alike
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.stored import read as read_store

RUNS = Path(__file__).with_name("batch_runs.py")
POINTS = 64  # of the sweep
SWEEP = """
rounds = 1
objective = {{ name = "A", kappa = "1.5" }}
search = {{ climb = false, long = [] }}
optimise = {{ steps = 50, restarts = 2 }}
legalise = {{ sweeps = 10.0 }}

[sweep]
instances = [{instances}]
base = false
side_by_side = {together}

[sweep.grid]
optimise.learning_rate = {rates}
relax.width_start = {widths}
"""
RATES = [0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5]
WIDTHS = [0.05, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.5]

Record = dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="+", choices=list(PARTS), metavar="PART", help="as above")
    options.add_argument("--out", type=Path, default=Path("results/batch.jsonl"))
    options.add_argument("--graphs", type=int, default=1000, help="of speed, devices, processes")
    options.add_argument("--many", type=int, default=10_000, help="graphs of memory")
    options.add_argument("--sample", type=int, default=100, help="graphs of cpsat and single")
    options.add_argument("--seconds", type=float, default=270.0, help="of cpsat, single, sweep")
    options.add_argument("--workload", nargs="+", default=list(WORKLOADS), choices=WORKLOADS)
    chosen = options.parse_args()
    round_alike(os.environ)  # as the command does
    for part in chosen.parts:
        with tempfile.TemporaryDirectory() as folder:
            for record in PARTS[part](chosen, Path(folder)):
                append(chosen.out, record | provenance())
                print(record, flush=True)


def speed(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
    """A process without compiled programs, and again in it; then one that finds them on disk."""
    for workload in chosen.workload:
        index, own = write_index(workload, chosen.graphs, folder / workload), folder / workload
        found: Record = {"part": "speed", "workload": workload}
        for name, how in (("cold", "again"), ("cached", "speed")):
            began = time.perf_counter()
            ran = answer(started([how, index, own / name], GAUS_JAX_CACHE=own / "cache"))
            found[name] = ran | {"wall_s": time.perf_counter() - began}
        yield found


def rivals(way: Callable) -> Callable[[argparse.Namespace, Path], Iterator[Record]]:
    """A part that has a line for each graph of a sample."""

    def part(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
        records, began = list(read(chosen.out)), time.perf_counter()
        for workload in chosen.workload:
            index = write_index(workload, chosen.graphs, folder / workload)
            own = [r for r in records if r.get("workload") == workload]
            items = missing(own, way.__name__, sample(gather([index]), chosen.sample))
            left = chosen.seconds - (time.perf_counter() - began)
            for record in way(items, left) if items and left > 0 else ():
                yield {"workload": workload} | record

    return part


def devices(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
    """The mix on one device and on two that the host is cut into."""
    index = write_index("mix", chosen.graphs, folder)
    flags = "--xla_force_host_platform_device_count="
    for count in (1, 2):
        answer(started(["once", index, folder / str(count)], XLA_FLAGS=f"{flags}{count}"))
    yield {"part": "devices"} | compared(folder / "1", folder / "2")


def processes(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
    """The mix by one process and by two that share it out."""
    index = write_index("mix", chosen.graphs, folder)
    answer(started(["once", index, folder / "1"]))
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{own.getsockname()[1]}"
    pair = [started(["once", index, folder / "2", place, k]) for k in range(2)]
    for one in pair:
        answer(one)
    yield {"part": "processes"} | compared(folder / "1", folder / "2")


def memory(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
    """Many graphs through one batch."""
    index = write_index("mix", chosen.many, folder)
    yield {"part": "memory"} | answer(started(["memory", index, folder / "out"]))


def sweep(chosen: argparse.Namespace, folder: Path) -> Iterator[Record]:
    """64 settings over 20 graphs in one command, and as many of them as time allows, one each."""
    records, began = list(read(chosen.out)), time.perf_counter()
    done = {r["point"] for r in records if r["part"] == "sweep"}
    for point in [None, *range(0, POINTS, 8), *(k for k in range(POINTS) if k % 8)]:
        if point in done:
            continue
        if time.perf_counter() - began > chosen.seconds:
            return
        place, out = folder / f"{point}.toml", folder / f"out{point}"
        place.write_text(config(point), encoding="utf-8")
        since = time.perf_counter()
        found = answer(started(["sweep", place, out], GAUS_JAX_CACHE=folder / f"cache{point}"))
        yield {"part": "sweep", "point": point, "wall_s": time.perf_counter() - since} | found


def config(point: int | None) -> str:
    """Of all points, or of one."""
    sizes = [40 + 8 * (k // 2) for k in range(20)]
    instances = ", ".join(f'"dense:{n}:{k}"' for k, n in enumerate(sizes))
    rates, widths = RATES, WIDTHS
    if point is not None:
        rates, widths = [RATES[point // 8]], [WIDTHS[point % 8]]
    together = 16 if point is None else 1
    return SWEEP.format(instances=instances, together=together, rates=rates, widths=widths)


def started(words: list[Any], **environment: Any) -> subprocess.Popen:
    """A process of its own; without a cache folder named, programs are compiled anew."""
    own = os.environ | {k: str(v) for k, v in environment.items()}
    own.setdefault("GAUS_JAX_CACHE", tempfile.gettempdir() + "/gaus-jax-benchmark")
    command = [sys.executable, str(RUNS), *map(str, words)]
    return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen) -> Record:
    """What it prints last.

    Raises:
        SystemExit: it failed.
    """
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args} failed")
    return json.loads(said.splitlines()[-1])


def compared(one: Path, other: Path) -> Record:
    """Two stores graph by graph: equal status, cost, interval and starts."""
    first, second = ({r["name"]: r for r in read_store(place)} for place in (one, other))
    names = ("status", "value", "ii", "start")
    same = sum(
        name in second and all(r.get(n) == second[name].get(n) for n in names)
        for name, r in first.items()
    )
    return {"graphs": len(first), "others": len(second), "same": same}


PARTS: dict[str, Callable[[argparse.Namespace, Path], Iterator[Record]]] = {
    "speed": speed,
    "cpsat": rivals(cpsat),
    "single": rivals(single),
    "devices": devices,
    "processes": processes,
    "memory": memory,
    "sweep": sweep,
}

if __name__ == "__main__":
    main()
