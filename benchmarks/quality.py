"""A and B on every instance of rw and epfl at equal search time, one process an instance.

    .venv/bin/python benchmarks/quality.py --seconds 10 --seeds 1 --out results/quality.jsonl

Records are appended; an instance, objective, seed and limit that the file holds already is not
run again. Failures are recorded too.
"""

import argparse
import json
import subprocess
import sys
import time
import traceback
from pathlib import Path

from common import append, digest, instance_paths, provenance, read, short

from gaus_jax import load, preset, read_settings, solve, use_compilation_cache
from gaus_jax.base.settings import as_dict
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.model.judge import judge
from gaus_jax.model.objective import resolve


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/quality.jsonl"))
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--only", nargs="*")
    options.add_argument("--objectives", default="AB")
    options.add_argument("--set", action="append", default=[])
    options.add_argument("--preset", default="default")
    options.add_argument("--label", default="default")
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(run(*json.loads(chosen.one))))
        return
    done = {key(record) for record in read(chosen.out)}
    about = provenance()
    for path in instance_paths("rw", "epfl"):
        for objective in chosen.objectives if not chosen.only or short(path) in chosen.only else "":
            for seed in range(chosen.seeds):
                task = [str(path), objective, seed, chosen.seconds, chosen.set, chosen.label]
                task.append(chosen.preset)
                if (
                    key(dict(zip(KEY, [short(path), *task[1:4], chosen.label], strict=True)))
                    in done
                ):
                    continue
                record = isolated(task)
                append(chosen.out, record | about)
                shown = {k: record.get(k) for k in ("value", "baselines", "status", "wall_s")}
                print(short(path), objective, seed, shown, flush=True)


KEY = ("instance", "objective", "seed", "limit_s", "label")


def key(record: dict) -> tuple:
    return tuple(record[name] for name in KEY)


def isolated(task: list) -> dict:
    """Run one task in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(task)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 0:
        return json.loads(ran.stdout.splitlines()[-1])
    named = dict(zip(KEY, [short(Path(task[0])), *task[1:4], task[5]], strict=True))
    return named | {"status": "failed", "reason": ran.stderr[-2000:]}


def run(
    path: str, objective: str, seed: int, seconds: float, extra: list[str], label: str, base: str
) -> dict:
    """Solve one instance and measure the baselines on it."""
    use_compilation_cache()
    began = time.perf_counter()
    problem = load(path)
    loaded = time.perf_counter() - began
    asked = [*extra, f"time_limit={seconds}", f"objective.name={objective}"]
    settings = read_settings(None, asked, preset(base))
    record = dict(zip(KEY, [short(Path(path)), objective, seed, seconds, label], strict=True))
    try:
        result = solve(problem, settings=settings, key=seed)
    except Exception:
        return record | {"status": "failed", "reason": traceback.format_exc()[-2000:]}
    exact, frame = resolve(settings.objective, problem)
    baselines = {
        b.name: judge(problem, b.schedule(problem, frame), exact).value
        for b in CONSTRUCTIVE.values()
    }
    return record | {
        "sha256": problem.sha256,
        "nodes": problem.nodes,
        "depth": exact.depth,
        "status": result.status,
        "violations": len(result.violations),
        "value": result.value,
        "terms": dict(result.objective["terms"]),
        "baselines": baselines,
        "bound": result.lower_bound,
        "times_s": {"load": round(loaded, 3)}
        | {stage: round(s, 3) for stage, s in result.timings.items()},
        "wall_s": round(time.perf_counter() - began, 2),
        "trace": [(round(s, 2), v) for s, v in result.trace],
        "settings": digest(as_dict(settings)),
    }


if __name__ == "__main__":
    main()
