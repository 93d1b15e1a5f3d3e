"""The whole report of a folder of records, as Markdown."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gaus_jax.base.errors import InputError, MissingExtraError, UnsoundBoundError
from gaus_jax.base.files import replace_file
from gaus_jax.bench.records import RECORDS, Record, check_bounds, conflicts, read
from gaus_jax.report.bench.board import Board, boards, current
from gaus_jax.report.bench.known import read_known
from gaus_jax.report.bench.loops import every_loop, intervals, registers
from gaus_jax.report.bench.makespans import makespans
from gaus_jax.report.bench.plots import plot_all
from gaus_jax.report.bench.tables import costs, gaps, memory, times
from gaus_jax.report.bench.together import together
from gaus_jax.report.bench.troubles import troubles
from gaus_jax.report.bench.versus import against_each, against_virtual_best, bound_gaps, more_time

PLOTS = "plots"  # in the folder
KNOWN = "best_known.toml"  # in the folder, where no other file is named
PACKAGES = ("python", "jax", "numpy", "numba", "scipy", "ortools")  # named under the tables

Say = Callable[[str], object]


def write_report(
    folder: str | Path, out: str | Path | None = None, known: str | Path | None = None, *, say: Say
) -> Path:
    """Write the page, and the plots where they can be drawn; returns the page's path.

    Raises:
        InputError: there are no records, or the page cannot be written.
        UnsoundBoundError: a bound is above a cost.
    """
    folder = Path(folder)
    path = Path(out) if out else folder / "report.md"
    records, found = _opened(folder, known, say)
    try:
        plots = plot_all(found, folder / PLOTS)
    except MissingExtraError as error:
        say(str(error))
        plots = []
    text = page(records, found, folder)
    inside = path.resolve().parent == folder.resolve()
    if inside and plots:
        names = [os.path.relpath(plot, folder) for plot in plots]
        text += "\n## Plots\n\n" + "\n\n".join(f"![{name}]({name})" for name in names) + "\n"
    replace_file(path, text.encode())
    return path


def section(folder: str | Path, say: Say = print, *, shown: str | Path | None = None) -> str:
    """The same page as a part of another document: one heading deeper, without plots.

    Args:
        folder: the records.
        say: told of what is left out.
        shown: what the commands call the folder, by default its path.

    Raises:
        InputError: there are no records.
        UnsoundBoundError: a bound is above a cost.
    """
    records, found = _opened(Path(folder), None, say)
    lines = page(records, found, Path(shown or folder)).splitlines()
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in lines) + "\n"


def page(records: Sequence[Record], found: Sequence[Board], folder: Path) -> str:
    """The Markdown: a summary of each group, what more time gains, the failures, the tables."""
    fresh, stale = current(records)
    names = dict.fromkeys(Path(r["config"]).stem for r in fresh)
    parts = [f"# Benchmark {', '.join(names)}\n", _repeat(fresh, folder)]
    if stale:
        names = ", ".join(dict.fromkeys(r["method"] for r in stale))
        parts.append(f"Left out: {len(stale)} runs of settings that {names} had before.\n")
    parts += [part for part in (together(found),) if part]
    for board in found:
        parts += [f"## {board.group}\n"]
        parts += [f"{part}" for make in SUMMARY if (part := make(board))]
    parts += [part for part in (more_time(found), troubles(fresh)) if part]
    for board in found:
        parts.append(f"## Every instance: {board.group}\n")
        detail = DETAIL if board.group.ii_asked is None else LOOPS
        parts += [make(board) for make in detail]
    return "\n".join(parts)


SUMMARY = (intervals, registers, makespans, against_virtual_best, against_each, bound_gaps)
DETAIL = (costs, gaps, times, memory)
LOOPS = (every_loop,)


def _opened(folder: Path, known: str | Path | None, say: Say) -> tuple[list[Record], list[Board]]:
    records: list[Record] = list(read(folder, say))
    if not records:
        raise InputError(f"{folder}: no records in {RECORDS}; gaus-jax bench writes them")
    beside = folder / KNOWN
    source = known or (beside if beside.exists() else None)
    elsewhere = read_known(source) if source else []
    fresh, _ = current(records)
    check_bounds(fresh)
    for text, _ in conflicts([*fresh, *elsewhere]):
        raise UnsoundBoundError(f"{source}: {text}")
    return records, boards(fresh, elsewhere)


def _repeat(records: Sequence[Record], folder: Path) -> str:
    """The command that repeats the runs, and what they were made with."""
    configs = dict.fromkeys(r["config"] for r in records)
    commands = [f"    gaus-jax bench {config} --out {folder}" for config in configs]
    commits = sorted({r["commit"][:10] + ("+" if r["dirty"] else "") for r in records})
    dates = sorted({r["date"][:10] for r in records})
    last = records[-1]["versions"]
    stack = ", ".join(f"{name} {last[name]}" for name in PACKAGES if name in last)
    machines = ", ".join(dict.fromkeys(f"{r['machine']} ({r['device']})" for r in records))
    several = max(r["workers"] for r in records)
    beside = f", up to {several} runs side by side" if several > 1 else ""
    return (
        "\n".join([*commands, f"    gaus-jax report {folder}"])
        + f"\n\nMeasured {_span(dates)} at commit {', '.join(commits)} (+: with changes), "
        f"{machines}{beside}, {stack}. Seconds count all but loading, compiling and verifying; a "
        "run is preceded by a brief one that is thrown away. Every cost is measured on a verified "
        "schedule.\n"
    )


def _span(dates: Sequence[str]) -> str:
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
