"""The summary of a sweep: a page of tables, a CSV of all points, and the best as a config file."""

import csv
import io
import json
from pathlib import Path

from gaus_jax.base.files import replace_file
from gaus_jax.base.settings_file import settings_text
from gaus_jax.batch.sweep.config import Sweep
from gaus_jax.batch.sweep.found import Found, best_settings, effect, levels
from gaus_jax.batch.sweep.scores import Score
from gaus_jax.report.bench.markdown import seconds, table

SUMMARY, POINTS, BEST = "summary.md", "points.csv", "best.toml"
SHOWN = 20  # points of the table


def write_summary(sweep: Sweep, found: Found, folder: str | Path) -> list[Path]:
    """``summary.md``, ``points.csv`` and, where any point is complete, ``best.toml``.

    Raises:
        InputError: one of them cannot be written.
    """
    folder = Path(folder)
    texts = {SUMMARY: page(sweep, found), POINTS: points_csv(sweep, found)}
    settings = best_settings(sweep, found)
    if settings is not None:
        one = found.last.scores[0]
        head = f"# Point {one.place} of a sweep, measured at {one.score:.5f}: summary.md\n"
        texts[BEST] = head + settings_text(settings)
    for name, text in texts.items():
        replace_file(folder / name, text.encode())
    return [folder / name for name in texts]


def page(sweep: Sweep, found: Found) -> str:
    """The whole page, as Markdown."""
    last = found.last
    parts = [f"# {Path(sweep.source).name}", opening(found), top(sweep, found)]
    tables = [_sensitivity(last.scores, name) for name in sweep.names]
    parts += ["## What each setting matters", *tables] if last.scores else []
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def opening(found: Found) -> str:
    """What was run, in sentences; unfinished parts and failures are named."""
    lines = []
    for place, rung in enumerate(found.rungs):
        budget = ", ".join(f"{name} = {value}" for name, value in rung.budget.items())
        lacking = rung.points - len(rung.scores)
        said = f"Rung {place}{f' ({budget})' if budget else ''}: {len(rung.scores)} points complete"
        lines.append(said + (f", {lacking} lack runs." if lacking else "."))
    failed = sum(record["cost"] is None for record in found.records)
    lines.append(f"{len(found.records)} runs in all, {failed} without a schedule.")
    lines.append(
        "The score is the geometric mean over instances, objectives and seeds of cost / lowest "
        "cost of any point in the rung; spread is its standard deviation from seed to seed."
    )
    return "\n".join(lines)


def top(sweep: Sweep, found: Found, most: int = SHOWN) -> str:
    """The best points of the last rung, and the base wherever it stands."""
    chosen = list(enumerate(found.last.scores, 1))
    base = found.base
    shown = [(rank, one) for rank, one in chosen if rank <= most or one is base]
    head = ["rank", "point", "score", "spread", "seconds", *sweep.names]
    rows = [
        [str(rank), f"{one.place}{' (base)' if one is base else ''}", *_numbers(one)]
        + [_said(one.values[name]) for name in sweep.names]
        for rank, one in shown
    ]
    return table(head, rows)


def points_csv(sweep: Sweep, found: Found) -> str:
    """Every complete point of every rung, a line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["rung", "point", "score", "spread", "seconds", *sweep.names])
    for place, rung in enumerate(found.rungs):
        for one in rung.scores:
            values = [_said(one.values[name]) for name in sweep.names]
            numbers = [repr(one.score), repr(one.spread), f"{one.seconds:.3f}"]
            writer.writerow([place, one.place, *numbers, *values])
    return out.getvalue()


def _sensitivity(every: list[Score], name: str) -> str:
    own = levels(every, name)
    rows = [[level.label, f"{level.middle:.5f}", str(level.points)] for level in own]
    said = f"`{name}`: {effect(own):.5f} between the best and the worst median."
    return f"{said}\n\n{table([name, 'median score', 'points'], rows)}"


def _numbers(one: Score) -> list[str]:
    spread = "-" if one.spread != one.spread else f"{one.spread:.5f}"
    return [f"{one.score:.5f}", spread, seconds(one.seconds)]


def _said(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, str) else json.dumps(value)
    return f"{value:.6g}"
