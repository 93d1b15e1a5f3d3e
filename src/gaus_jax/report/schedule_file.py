"""A schedule as other programs read it: CIRCT's SSP text, HatScheT's schedule file."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file
from gaus_jax.base.registry import table
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers import hatschet_write, ssp_write
from gaus_jax.importers.files import plain_path

Labels = Sequence[str] | None  # (N,) what the other program calls the nodes; None: their ids


@dataclass(frozen=True, kw_only=True)
class ScheduleFormat:
    """One format of schedules."""

    name: str
    suffix: str  # lower case, with the dot
    check: Callable[[Problem, Labels], object]  # raises InputError where `write` would, if it can
    write: Callable[[Problem, Schedule, Labels], bytes]  # raises InputError


SCHEDULES = table(
    "schedule format",
    ScheduleFormat(
        name="ssp",
        suffix=".mlir",
        check=lambda problem, labels: ssp_write.write(problem),
        write=lambda problem, schedule, labels: ssp_write.write(problem, schedule),
    ),
    ScheduleFormat(
        name="hatschet",
        suffix=".csv",
        check=hatschet_write.check,
        write=hatschet_write.write_schedule,
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
    suffix = plain_path(path).suffix.lower()
    fits = [entry for entry in SCHEDULES.values() if entry.suffix == suffix]
    if not fits:
        known = ", ".join(f"{entry.suffix} ({entry.name})" for entry in SCHEDULES.values())
        raise InputError(f"{os.fspath(path)}: no schedule is written in this format; name {known}")
    fits[0].check(problem, labels)
    return lambda schedule: replace_file(path, fits[0].write(problem, schedule, labels))
