"""The runs of a sweep: every point on every instance, rung by rung, each result kept at once."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.settings import Settings
from gaus_jax.batch.programs import is_memory
from gaus_jax.batch.store import Store
from gaus_jax.batch.stored import read
from gaus_jax.batch.sweep.config import Sweep
from gaus_jax.batch.sweep.points import Point, count, header, key_of, points, rungs, settings_of
from gaus_jax.batch.sweep.scores import scores
from gaus_jax.core.result import Result
from gaus_jax.instances.sources import Instance, find_instances, open_instance
from gaus_jax.rounds import Progress
from gaus_jax.variants import solve_settings

MOST = 100_000  # runs that need no confirmation
BASE = 0  # the place of the base among the points


class TimeUpError(Exception):
    """The seconds of the command are used up; what was done is kept."""


class Step(NamedTuple):
    """What a reporter is told after every run."""

    rung: int  # from 0
    rungs: int
    done: int  # runs of this rung
    runs: int


class Run(NamedTuple):
    """One point on one instance."""

    key: str
    point: Point
    objective: str
    settings: Settings
    seed: int


def run_sweep(
    sweep: Sweep,
    folder: str | Path,
    *,
    yes: bool = False,
    seconds: float = math.inf,
    report: Callable[[Step], None] = lambda step: None,
    notice: Callable[[str], None] = lambda text: None,
) -> bool:
    """Make the runs that a folder does not hold yet.

    Args:
        sweep: what to run.
        folder: where the records are; made where it is absent.
        yes: whether more than `MOST` runs are meant.
        seconds: for all of it; runs that they cut short are not kept.
        report: called after every run.
        notice: told of records that are not whole.

    Returns:
        Whether all is done; else the same call goes on from there.

    Raises:
        SettingsError: the folder belongs to another sweep, or there are too many runs.
        InputError: an instance that cannot be read, or the device has too little memory.
    """
    until = time.monotonic() + seconds
    instances = find_instances({"sweep": sweep.about.instances}, sweep.about.root)
    runs = count(sweep) * cases(sweep, len(instances))
    if runs > MOST and not yes:
        raise SettingsError(
            f"{sweep.source}: asks for {count(sweep)} points, {runs} runs; give --yes if that is "
            f"meant, or random axes with fewer samples"
        )
    for instance in instances:  # a damaged file is found now, not when its turn comes
        open_instance(instance.source, instance.resources)
    chosen, budgets = list(points(sweep)), rungs(sweep)
    together = min(sweep.about.side_by_side, len(chosen) * sweep.about.seeds)
    with Store(folder, header(sweep), notice=notice) as store:
        for rung, budget in enumerate(budgets):
            done, runs = 0, len(chosen) * cases(sweep, len(instances))
            for instance in instances:
                wanted = runs_of(sweep, instance.name, chosen, budget)
                missing = [run for run in wanted if run.key not in store]
                done += len(wanted) - len(missing)
                try:
                    for run, result in _results(instance, missing, together, until):
                        store.append(_record(run, rung, instance.name, result))
                        done += 1
                        report(Step(rung, len(budgets), done, runs))
                except TimeUpError:
                    return False
            if rung + 1 < len(budgets):
                chosen = survivors(sweep, chosen, records_of(store.folder, rung))
    return True


def cases(sweep: Sweep, instances: int) -> int:
    """Runs of one point in one rung."""
    return len(sweep.objectives) * sweep.about.seeds * instances


def runs_of(
    sweep: Sweep, instance: str, chosen: Sequence[Point], budget: Mapping[str, Any]
) -> list[Run]:
    """The runs of some points on one instance under one budget."""
    found = []
    for objective in sweep.objectives:
        for point in chosen:
            settings = settings_of(sweep, point.values | dict(budget), objective)
            found += [
                Run(key_of(settings, instance, seed), point, objective.name, settings, seed)
                for seed in range(sweep.about.seeds)
            ]
    return found


def survivors(
    sweep: Sweep, chosen: Sequence[Point], records: Iterable[Mapping[str, Any]]
) -> list[Point]:
    """The best part of the points by the records of a rung, in order, and the base."""
    most = max(1, math.ceil(sweep.about.halving.keep * len(chosen)))
    kept = {one.place for one in scores(records)[:most]} | ({BASE} if sweep.about.base else set())
    return [point for point in chosen if point.place in kept]


def records_of(folder: str | Path, rung: int) -> list[dict[str, Any]]:
    """The records of one rung."""
    return [record for record in read(folder) if record["rung"] == rung]


def _results(
    instance: Instance, runs: Sequence[Run], together: int, until: float
) -> Iterator[tuple[Run, Result]]:
    """What the runs on one instance find, as it is found; a `TimeUpError` when it is late."""

    def look(progress: Progress | None = None) -> None:
        if time.monotonic() > until:
            raise TimeUpError

    if not runs:
        return
    look()
    problem = open_instance(instance.source, instance.resources)
    every, seeds = [run.settings for run in runs], [run.seed for run in runs]
    try:
        for place, result in solve_settings(
            problem, every, seeds, side_by_side=together, report=look
        ):
            yield runs[place], result
    except (MemoryError, RuntimeError) as error:
        if not is_memory(error):
            raise
        raise InputError(
            f"{instance.name}: {together} points side by side are too much for the device "
            f"({error}); lower side_by_side in [sweep], and begin again to go on"
        ) from error


def _record(run: Run, rung: int, instance: str, result: Result) -> dict[str, Any]:
    """One run as plain values, without its schedule."""
    return {
        "key": run.key,
        "rung": rung,
        "point": run.point.place,
        "values": run.point.values,
        "instance": instance,
        "objective": run.objective,
        "seed": run.seed,
        "cost": result.value if result.legal else None,
        "bound": result.lower_bound if result.legal else None,
        "status": result.status,
        "reason": result.reason,
        "seconds": round(sum(result.timings.values()), 4),
        "sha256": result.problem["sha256"],
    }
