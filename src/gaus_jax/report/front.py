"""A front of schedules: its table, its file and its plot."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import MissingExtraError
from gaus_jax.base.files import replace_file
from gaus_jax.core.result import Result
from gaus_jax.pareto import Front
from gaus_jax.report.result_file import as_json
from gaus_jax.report.summary import table

HEADER = ("ratio", "peak usage", "communication", "objective", "bound", "gap", "legal")


def front_table(front: Front) -> str:
    """One line a schedule, and how many ratios were tried."""
    rows = []
    for result in front.points:
        usage, communication = Front.terms(result)
        gap = "-" if result.gap is None else f"{100 * result.gap:.1f} %"
        cells = (_ratio(result), usage, communication, result.value, result.lower_bound)
        rows.append((*(f"{cell:.7g}" for cell in cells), gap, "yes" if result.legal else "NO"))
    return f"{table(HEADER, rows)}\n{len(rows)} schedules of {len(front.tried)} ratios"


def write_front(front: Front, path: str | Path) -> None:
    """Write the schedules as results, and what each ratio proves; whole or not at all."""
    tree = {
        "format": "gaus-jax-front",
        "version": 1,
        "points": [as_json(result) for result in front.points],
        "bounds": [
            {"ratio": _ratio(r), "lower_bound": r.lower_bound} for r in front.tried if r.legal
        ],
    }
    replace_file(path, (json.dumps(tree, indent=1, allow_nan=False) + "\n").encode())


def ensure_plots() -> Any:
    """The class of figures; a `MissingExtraError` that names the extra where there is none."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError(
            "a plot needs matplotlib: pip install 'gaus-jax[plot]', or leave --plot out"
        ) from None
    return Figure


def plot_front(front: Front, path: str | Path) -> None:
    """The schedules, and the region that the bounds leave, as a picture.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure = ensure_plots()(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    usage, communication = np.array([Front.terms(r) for r in front.points]).T
    axes.step(usage, communication, where="pre", marker="o", label="schedules")
    if usage.size > 1:
        grid = np.linspace(usage.min(), usage.max(), 200)
        proved = np.array([r.lower_bound - _ratio(r) * grid for r in front.tried if r.legal])
        axes.fill_between(grid, 0, proved.max(axis=0), alpha=0.15, label="proved empty")
        axes.set_ylim(bottom=min(0.95 * communication.min(), proved.max(axis=0).min()))
    axes.set_xlabel("peak usage")
    axes.set_ylabel("communication")
    axes.set_title(str(front.tried[0].problem["name"]))
    axes.legend()
    figure.savefig(path)


def _ratio(result: Result) -> float:
    return float(result.objective["weights"]["peak_usage"])
