"""Parallel coordinates and sensitivities of a sweep as PNG files, by matplotlib."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gaus_jax.base.errors import MissingExtraError
from gaus_jax.batch.sweep.found import Found
from gaus_jax.batch.sweep.scores import Score

PARALLEL, SENSITIVITY = "parallel.png", "sensitivity.png"
WIDE = 10.0  # from the least to the largest of positive values: a logarithmic axis
MOST = 0.1  # scores this far above the best have the colour of the worst


class Scale(NamedTuple):
    """Where the values of one setting lie on an axis, and what stands there."""

    name: str
    at: list[float]  # of each point, as it is drawn
    ticks: list[tuple[float, str]]


def ensure_plots() -> None:
    """Raise `MissingExtraError` where matplotlib is not installed; before the work, not after."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError(
            "no plots: matplotlib is not installed; pip install 'gaus-jax[plot]'"
        ) from error
    mpl.use("Agg")


def plot_sweep(names: Sequence[str], found: Found, folder: str | Path) -> list[Path]:
    """``parallel.png`` and ``sensitivity.png`` of the last rung; their paths.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    ensure_plots()
    every = [one for one in found.last.scores if math.isfinite(one.score)]
    if not every:
        return []
    paths = [Path(folder) / name for name in (PARALLEL, SENSITIVITY)]
    scales = [scale(name, [one.values[name] for one in every]) for name in names]
    _parallel(scales, every, paths[0])
    _sensitivity(scales, every, found.base, paths[1])
    return paths


def scale(name: str, values: Sequence[Any]) -> Scale:
    """Numbers where they are, by their logarithm where they are wide apart; the rest in a row."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        low, high = min(values), max(values)
        place = math.log10 if low > 0 and high > WIDE * low else float
        ticks = sorted({low, high}) if low < high else [low]
        return Scale(name, [place(v) for v in values], [(place(t), f"{t:.4g}") for t in ticks])
    labels = list(dict.fromkeys(map(str, values)))
    return Scale(
        name,
        [float(labels.index(str(v))) for v in values],
        [(float(k), label) for k, label in enumerate(labels)],
    )


def _parallel(scales: Sequence[Scale], every: Sequence[Score], path: Path) -> None:
    """A line for each point across one axis a setting, the best on top."""
    from matplotlib import pyplot as plt
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure, plot = plt.subplots(figsize=(2 + 1.6 * len(scales), 5), layout="constrained")
    columns = [_unit(own) for own in scales]
    best, colours = every[0].score, plt.get_cmap("viridis")
    worst = max(min(every[-1].score, best * (1 + MOST)), best * (1 + 1e-9))
    for k in reversed(range(len(every))):
        part = min(1.0, (every[k].score - best) / (worst - best))
        line = [column[k] for column in columns]
        width = 2.5 if k == 0 else 0.8
        plot.plot(range(len(line)), line, color=colours(part), linewidth=width, marker=".")
    for k, own in enumerate(scales):
        plot.axvline(k, color="0.7", linewidth=0.5)
        for at, (_, label) in zip(_ticks(own), own.ticks, strict=True):
            plot.text(k, at, f" {label}", fontsize="x-small")
    plot.set_xticks(range(len(scales)), [own.name for own in scales], rotation=20, ha="right")
    plot.set_yticks([])
    shades = ScalarMappable(Normalize(best, worst), colours)
    figure.colorbar(shades, ax=plot, label="score (1: lowest cost everywhere)")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _sensitivity(
    scales: Sequence[Scale], every: Sequence[Score], base: Score | None, path: Path
) -> None:
    """The score over each setting, the base marked."""
    from matplotlib import pyplot as plt

    columns = min(3, len(scales))
    rows = -(-len(scales) // columns)
    figure, plots = plt.subplots(
        rows, columns, figsize=(4 * columns, 3 * rows), layout="constrained", squeeze=False
    )
    for plot in plots.flat[len(scales) :]:
        plot.set_axis_off()
    for own, plot in zip(scales, plots.flat, strict=False):
        plot.scatter(own.at, [one.score for one in every], s=8)
        for k, one in enumerate(every):
            if one is base:
                plot.scatter(own.at[k : k + 1], [one.score], color="C3", marker="x", label="base")
                plot.legend(fontsize="x-small")
        plot.set_xticks([at for at, _ in own.ticks], [label for _, label in own.ticks])
        plot.set(xlabel=own.name, ylabel="score")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _unit(own: Scale) -> list[float]:
    """The places from 0 to 1."""
    low, high = min(own.at), max(own.at)
    return [0.5 if low == high else (at - low) / (high - low) for at in own.at]


def _ticks(own: Scale) -> list[float]:
    """The ticks' places on the same axis."""
    low, high = min(own.at), max(own.at)
    return [0.5 if low == high else (at - low) / (high - low) for at, _ in own.ticks]
