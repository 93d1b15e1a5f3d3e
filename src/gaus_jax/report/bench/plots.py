"""Curves as PNG files; matplotlib is needed, and nothing but these files depends on it."""

import re
from collections.abc import Sequence
from pathlib import Path

from gaus_jax.base.errors import MissingExtraError
from gaus_jax.report.bench.board import Board
from gaus_jax.report.bench.curves import Curve, over_time, profile

MOST_FACTOR = 2.0  # right end of profiles


def plot_all(boards: Sequence[Board], folder: Path) -> list[Path]:
    """Quality over time and a performance profile of each board, in a folder; the files' paths.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError(
            "no plots: matplotlib is not installed; pip install 'gaus-jax[plot]'"
        ) from error
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for board in boards:
        name = re.sub(r"[^A-Za-z0-9.]+", "_", str(board.group))
        first = folder / f"time_{name}.png"
        what = ("seconds", "cost / best known, geometric mean")
        _draw(over_time(board), first, str(board.group), what, steps=False)
        second = folder / f"profile_{name}.png"
        what = ("cost / lowest of all methods", "share of instances")
        _draw(profile(board), second, str(board.group), what, steps=True)
        made += [first, second]
    return made


def _draw(
    curves: Sequence[Curve], path: Path, title: str, axes: tuple[str, str], *, steps: bool
) -> None:
    from matplotlib import pyplot as plt

    figure, plot = plt.subplots(figsize=(8, 5), layout="constrained")
    for place, curve in enumerate(curves):
        style = ("-", "--", ":")[place // 10 % 3]  # colours repeat after ten
        x, y = list(curve.x), list(curve.y)
        if steps and x:
            x, y = [1.0, *x, max(MOST_FACTOR, x[-1])], [0.0, *y, y[-1]]
        plot.plot(x, y, style, label=curve.label, drawstyle="steps-post")
    if steps:
        plot.set_xlim(1.0, MOST_FACTOR)
        plot.set_ylim(0.0, 1.02)
    else:
        plot.set_xscale("log")
    plot.set(title=title, xlabel=axes[0], ylabel=axes[1])
    if curves:
        plot.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    plt.close(figure)
