"""A front of schedules: its table, its file and its plot."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import MissingExtraError, SettingsError
from gaus_jax.base.files import replace_file
from gaus_jax.core.result import Result
from gaus_jax.pareto import Front
from gaus_jax.report.result_file import as_json
from gaus_jax.report.summary import table

HEADER = ("ratio", "peak usage", "communication", "objective", "bound", "gap", "legal")

UNFIT = ("pgf",)  # formats of pictures that ask for a TeX


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


def picture_format(path: str | Path) -> str:
    """The format of a picture, by the suffix of its name.

    Raises:
        MissingExtraError: matplotlib is not installed.
        SettingsError: it writes no such pictures; lists those that it does.
    """
    known = sorted(set(ensure_plots()().canvas.get_supported_filetypes()) - set(UNFIT))
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in known:
        raise SettingsError(
            f"{path}: no picture is written in this format; name .{', .'.join(known)}"
        )
    return suffix


def plot_front(front: Front, path: str | Path) -> None:
    """The schedules, and the region that the bounds leave, as a picture; whole or not at all.

    Raises:
        MissingExtraError: matplotlib is not installed.
        SettingsError: the name is of no picture; see `picture_format`.
        InputError: the place cannot be written.
    """
    suffix = picture_format(path)
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
    picture = io.BytesIO()
    figure.savefig(picture, format=suffix)
    replace_file(path, picture.getvalue())


def _ratio(result: Result) -> float:
    return float(result.objective["weights"]["peak_usage"])
