"""The schedules of a store as files of results, one after the other, each judged anew."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, as_dict, override
from gaus_jax.batch.items import Item
from gaus_jax.batch.stored import Notice, Record, header_of, name_of, read, start_of
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import LEGAL, Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.instances import recipe
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve

KEPT = "._-+=,#"  # in the name of a file, besides letters and digits
LONGEST = 200  # bytes of such a name


def export_schedules(
    folder: str | Path,
    out: str | Path,
    write: Callable[[Result, Path], None],
    notice: Notice,
) -> tuple[int, int]:
    """Write a file for each graph that has a legal schedule.

    Args:
        folder: the store.
        out: a folder, absent or empty.
        write: writes one result.
        notice: told of each graph whose file is gone or has changed; the others are written.

    Returns:
        How many were written, and how many could not be.

    Raises:
        InputError: the folder is no store, two graphs would have one file, or it cannot be written.
    """
    settings, files = header_of(folder)["settings"], _files(folder)
    _claim(Path(out))
    failed = 0
    for record in _with_schedule(folder):
        try:
            result = judged(folder, record, settings["settings"])
        except (InputError, InfeasibleError, SettingsError, OSError, MemoryError) as error:
            notice(f"{name_of(record)}: not written: {error}")
            failed += 1
        else:
            write(result, Path(out) / files[name_of(record)])
    return len(files) - failed, failed


def judged(folder: str | Path, record: Record, settings: Mapping[str, Any]) -> Result:
    """The result of a record: its schedule, judged on the graph that its file holds now.

    Args:
        folder: the store.
        record: of a graph with a schedule.
        settings: of the batch, as the store's header has them.

    Raises:
        InputError: the graph cannot be read, or is another one by now.
    """
    start, name = start_of(folder, record), name_of(record)
    assert start is not None, "a record with a schedule"
    asked = ObjectiveSettings()
    for layer in (settings["objective"], record.get("asked", {})):
        asked = override(asked, layer, name)
    problem = with_limits(_problem(record), asked.limits)
    if problem.sha256 != record["sha256"]:
        raise InputError(
            "its graph is another one than was solved; solve it again with the same command"
        )
    own = override(asked, {"depth": record["depth"], "ii": record["ii"]}, name)
    objective, _ = resolve(own, problem)
    result = judge(
        problem,
        Schedule(np.array(start), record["depth"], record["ii"]),
        objective,
        lower_bound=record["lower_bound"] or 0.0,
        timings=record["timings"],
        settings={**settings, "objective": as_dict(asked)},
        seed=record["seed"],
        reason=record["reason"],
    )
    if not result.legal:
        raise InputError(f"its schedule is not legal: {result.violations[0]}")
    return result


def file_name(name: str) -> str:
    """A name that any file system takes, of a graph that may be called after a path."""
    plain = "".join(c if c.isalnum() or c in KEPT else "_" for c in name).lstrip("._") or "graph"
    if len(plain.encode()) > LONGEST:
        digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
        plain = f"{plain.encode()[-LONGEST:].decode(errors='ignore')}-{digest}"
    return f"{plain}.json"


def _with_schedule(folder: str | Path) -> Iterator[Record]:
    return (record for record in read(folder) if record["status"] in LEGAL)


def _files(folder: str | Path) -> dict[str, str]:
    """The file of each graph, by name; an `InputError` where two have one."""
    taken: dict[str, str] = {}  # file -> name
    for record in _with_schedule(folder):
        name = name_of(record)
        other = taken.setdefault(file_name(name), name)
        if other != name:
            one, two = sorted((other, name))
            raise InputError(
                f"{one} and {two} would both be written to {file_name(name)}; name one of them "
                f"in an index.csv (column name) and solve it under that name"
            )
    return {name: file for file, name in taken.items()}


def _claim(out: Path) -> None:
    """Make the folder; what lies there already is not written over."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        full = any(out.iterdir())
    except OSError as error:
        raise InputError(f"{out}: cannot be used ({error.strerror})") from error
    if full:
        raise InputError(f"{out}: has files already; name an empty folder, or a new one")


def _problem(record: Record) -> Problem:
    """The graph of a record, from its file or constructed again."""
    name = name_of(record)
    made = recipe(name)
    if "path" not in record and made is not None:
        return made.problem()
    path, model = record.get("path", name), record.get("resources")
    return Item(name=name, path=Path(path), resources=Path(model) if model else None).load()
