"""Run what a configuration asks for and the folder does not hold yet; record it run by run."""

import datetime
import io
import platform
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file, sole_writer
from gaus_jax.base.versions import ABSENT, source_state, version, versions
from gaus_jax.bench import records
from gaus_jax.bench.comparable import check_budgets, check_content
from gaus_jax.bench.config import Config
from gaus_jax.bench.isolated import Nursery
from gaus_jax.bench.plan import Run
from gaus_jax.bench.worker import perform
from gaus_jax.core.result import FAILED, LEGAL
from gaus_jax.portfolio.threads import thread_count

STARTS = "starts"  # the folder of schedules
OPTIONAL = ("ortools", "networkx")  # packages that baselines may use
Say = Callable[[str], object]


def run_all(
    config: Config,
    planned: Sequence[Run],
    folder: Path,
    *,
    source: str = "",
    again: bool = False,
    say: Say = print,
) -> int:
    """Make the runs that the folder does not hold; returns how many failed.

    Args:
        config: what they are part of.
        planned: the runs, in order.
        folder: made where absent; records go to ``records.jsonl``, schedules to ``starts/``.
        source: the configuration's file, for the records.
        again: make runs again that failed, that a method refused (an extra may be there now), and
            that contradict each other.
        say: told of each run in a line.

    Raises:
        InputError: the folder cannot be written, another bench writes to it, or what it holds is of
            other graphs or other seconds.
        UnsoundBoundError: a bound is above a cost; what is recorded stays recorded.
    """
    try:
        (folder / STARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror})") from error
    with sole_writer(folder / records.RECORDS):
        held = records.read(folder, say)
        if again:
            held = [r for r in held if records.key_of(r) not in _to_make_again(held)]
        records.check_bounds(held)
        check_budgets(held, planned, config.limit_per_node)
        about = provenance(config, source)
        _say_of_other_commits(held, about["commit"], say)
        done = {records.key_of(r) for r in held}
        waiting = [run for run in planned if run.key not in done]
        say(f"{len(planned)} runs, {len(planned) - len(waiting)} of them recorded already")
        failed = 0
        with closing(_outcomes(config, waiting)) as outcomes:
            for count, (run, outcome) in enumerate(outcomes, 1):
                check_content(held, run, outcome["sha256"])
                record = _recorded(folder, run, outcome, about)
                held.append(record)
                failed += record["status"] in FAILED
                say(f"[{count}/{len(waiting)}] {line(record)}")
                records.check_bounds(r for r in held if records.case_of(r) == run.key.case)
        return failed


def _to_make_again(held: Sequence[records.Record]) -> set[records.Key]:
    """Runs that failed or were refused, and those whose bounds and costs contradict each other."""
    wrong = [record for _, several in records.conflicts(held) for record in several]
    missing = [r for r in held if r["status"] in (*FAILED, "unsupported")]
    return {records.key_of(record) for record in (*wrong, *missing)}


def provenance(config: Config, source: str) -> dict[str, Any]:
    """What every record of this call says of the source, the machine and the packages."""
    commit, dirty = source_state()
    return {
        "commit": commit,
        "dirty": dirty,
        "config": source,
        "machine": f"{thread_count(0)} cores, {platform.machine()}",
        "workers": config.workers,
        "isolated": config.isolate,
        "versions": versions() | {name: v for name in OPTIONAL if (v := version(name)) != ABSENT},
    }


def line(record: Mapping[str, Any]) -> str:
    """One run in a line."""
    case = records.case_of(record)
    what = f"{case.instance} {case.objective} kappa {case.kappa} {record['limit_s']:g} s"
    who = f"{record['method']} seed {record['seed']}"
    if record["status"] in LEGAL:
        at = "" if record.get("ii") is None else f" at II {record['ii']}"
        found = f"{record['cost']:.8g}{at} in {record['seconds']:.1f} s"
    else:
        found = record["reason"].strip().splitlines()[-1] if record["reason"] else ""
    return f"{what}, {who}: {record['status']}, {found}"


def _recorded(
    folder: Path, run: Run, outcome: dict[str, Any], about: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole record, written; the schedule goes to a file of its own first, which it names."""
    start = outcome.pop("start")
    kept = None
    if start is not None:
        kept = f"{STARTS}/{sha256(repr(run.key).encode()).hexdigest()[:16]}.npz"
        data = io.BytesIO()
        np.savez_compressed(data, start=np.array(start, np.int64))
        replace_file(folder / kept, data.getvalue())
    record = _record(run, outcome, kept, about)
    records.append(folder, record)
    return record


def _record(
    run: Run, outcome: dict[str, Any], kept: str | None, about: Mapping[str, Any]
) -> dict[str, Any]:
    key = run.key
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "set": run.instance.group,
        **key.case._asdict(),
        "limit_s": key.limit,
        "method": key.method,
        "rival": run.method.rival,
        "seed": key.seed,
        **outcome,
        "known": run.known(),
        "starts": kept,
        "settings_hash": key.settings,
        "settings": run.method.settings(),
        **about,
    }


def _outcomes(
    config: Config, waiting: Sequence[Run]
) -> Generator[tuple[Run, dict[str, Any]], None, None]:
    """Each run with its outcome, as they end."""
    if not config.isolate:
        with _noted_interrupts() as interrupts:
            for run in waiting:
                outcome = perform(run.task(config.warm, config.limit_per_node))
                if interrupts:  # the solver has taken one for the end of its time
                    raise KeyboardInterrupt
                yield run, outcome | {"peak_mb": None}  # it would be that of all runs so far
        return
    nursery = Nursery(config.kill_factor, config.kill_grace)
    with ThreadPoolExecutor(config.workers) as pool:
        rest = iter(waiting)
        going: dict[Future, Run] = {}
        try:
            while True:
                for run in islice(rest, config.workers - len(going)):
                    going[
                        pool.submit(nursery.perform, run.task(config.warm, config.limit_per_node))
                    ] = run
                if not going:
                    return
                for future in wait(going, return_when=FIRST_COMPLETED).done:
                    yield going.pop(future), future.result()
        finally:
            nursery.stop()  # before the pool waits for its threads


@contextmanager
def _noted_interrupts() -> Iterator[list[int]]:
    """A list that is not empty once there was an interrupt, also one that a method kept."""
    seen: list[int] = []

    def note(number: int, frame: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def _say_of_other_commits(held: Sequence[records.Record], commit: str, say: Say) -> None:
    others = sorted({r["commit"][:10] for r in held} - {commit[:10]})
    if others:
        say(f"some of the runs held were made at another commit: {', '.join(others)}")
