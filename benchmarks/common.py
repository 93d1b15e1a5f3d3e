"""What the benchmark programs share: instances, records, the machine."""

import datetime
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gaus_jax import Problem, load
from gaus_jax.base.versions import source_state, versions

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records"  # what the tables in docs/ are made of
BENCH = Path(os.environ.get("GAUS_BENCH", ROOT.parent / "shared" / "bench"))


def instance_paths(*sets: str) -> list[Path]:
    """The graph files of some sets (rw, epfl) in order of name; an error where they are absent."""
    found = [p for s in sets for p in sorted((BENCH / s).glob("*.[ga][mi]*"))]
    if not found:
        raise SystemExit(f"no benchmark files in {BENCH}; set GAUS_BENCH to their folder")
    return found


def named(name: str) -> Problem:
    """One instance of rw or epfl by its short name (rw_1000_1, sin)."""
    paths = {short(p): p for p in instance_paths("rw", "epfl")}
    return load(paths[name])


def short(path: Path) -> str:
    """The name of an instance in tables."""
    return path.stem.replace("rand_graph_", "rw_")


def provenance() -> dict[str, Any]:
    """Commit, date, machine and versions."""
    commit, dirty = source_state()
    return {
        "commit": commit,
        "dirty": dirty,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "versions": versions(),
    }


def append(path: Path, record: dict[str, Any]) -> None:
    """One more JSON line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON lines of a file, none where it is absent."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
