"""A schedule as other programs read it: CIRCT's SSP text, HatScheT's schedule file."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file
from gaus_jax.base.registry import table
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers import hatschet_schedule, hatschet_write, ssp, ssp_write
from gaus_jax.importers.files import Source, open_source, plain_path

Labels = Sequence[str] | None  # (N,) what the other program calls the nodes; None: their ids


@dataclass(frozen=True, kw_only=True)
class ScheduleFormat:
    """One format of schedules."""

    name: str
    suffix: str  # lower case, with the dot
    check: Callable[[Problem, Labels], object]  # raises InputError where `write` would, if it can
    write: Callable[[Problem, Schedule, Labels], bytes]  # raises InputError
    read: Callable[[Problem, Source, Labels], Schedule]  # raises InputError


SCHEDULES = table(
    "schedule format",
    ScheduleFormat(
        name="ssp",
        suffix=".mlir",
        check=lambda problem, labels: ssp_write.write(problem),
        write=lambda problem, schedule, labels: ssp_write.write(problem, schedule),
        read=lambda problem, source, labels: _read_ssp(problem, source),
    ),
    ScheduleFormat(
        name="hatschet",
        suffix=".csv",
        check=hatschet_write.check,
        write=hatschet_write.write_schedule,
        read=lambda problem, source, labels: hatschet_schedule.read_schedule(
            source, problem.ids if labels is None else tuple(labels), problem.duration
        ),
    ),
)


def schedule_writer(
    problem: Problem, path: str | os.PathLike[str], labels: Labels = None
) -> Callable[[Schedule], None]:
    """How to write schedules of a problem to a file, whose suffix decides the format.

    Args:
        problem: what is to be scheduled.
        path: where; ``.gz`` compresses.
        labels: see `gaus_jax.importers.labels`.

    Returns:
        A function that writes a schedule, whole or not at all; an `InputError` where that fails.

    Raises:
        InputError: there is no format of that suffix, or it cannot hold this problem.
    """
    entry = _of(path)
    if entry is None:
        known = ", ".join(f"{entry.suffix} ({entry.name})" for entry in SCHEDULES.values())
        raise InputError(f"{os.fspath(path)}: no schedule is written in this format; name {known}")
    entry.check(problem, labels)
    return lambda schedule: replace_file(path, entry.write(problem, schedule, labels))


def holds_schedule(path: str | os.PathLike[str]) -> bool:
    """Whether a file's suffix is that of a schedule for other programs."""
    return _of(path) is not None


def read_schedule(
    problem: Problem, path: str | os.PathLike[str], labels: Labels = None
) -> Schedule:
    """The schedule in a file, whose suffix decides the format, in the order of the nodes.

    Args:
        problem: what it is a schedule of.
        path: what `schedule_writer`, or the other program, has written.
        labels: see `gaus_jax.importers.labels`.

    Raises:
        InputError: the file is none of its format, or its nodes are not the problem's.
    """
    entry = _of(path)
    if entry is None:
        raise InputError(f"{os.fspath(path)}: no schedule is read from this format")
    return entry.read(problem, open_source(path), labels)


def _of(path: str | os.PathLike[str]) -> ScheduleFormat | None:
    suffix = plain_path(path).suffix.lower()
    return next((entry for entry in SCHEDULES.values() if entry.suffix == suffix), None)


def _read_ssp(problem: Problem, source: Source) -> Schedule:
    """By the names of the operations, of which the file's order need not be the problem's."""
    found, names = ssp.read_schedule(source), ssp.SSP.read(source).ids
    if found is None:
        raise source.error("no operation has a start; expected a schedule")
    if sorted(names) != sorted(problem.ids):
        other = next(iter(set(names) ^ set(problem.ids)), "")
        raise source.error(f"its operations are not the graph's nodes: '{other[:40]}'")
    place = {name: k for k, name in enumerate(names)}
    start = found.start[[place[name] for name in problem.ids]]
    return Schedule(start, int((start + problem.duration).max(initial=0)), found.ii)
