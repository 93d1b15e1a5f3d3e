"""The data of the plots: quality over time, and performance profiles."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gaus_jax.report.bench.board import Board
from gaus_jax.report.bench.numbers import cost_at, geomean, median, ratio

POINTS = 60  # of a curve over time
FIRST = 1e-2  # seconds, where curves begin


class Curve(NamedTuple):
    """One line of a plot."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


def over_time(board: Board) -> list[Curve]:
    """For each method the geometric mean of cost(t) / best known, over the instances it solves.

    A curve begins when the method has a schedule of each of these, in the median of the seeds.
    """
    times = np.geomspace(FIRST, board.longest, POINTS).tolist()
    curves = []
    for method in board.methods:
        names = _solved(board, method)
        if not names:
            continue
        found = [(at, _mean_at(board, method, names, at)) for at in times]
        finite = [(at, mean) for at, mean in found if math.isfinite(mean)]
        label = f"{method} ({len(names)}/{len(board.instances)})"
        curves.append(Curve(label, [x for x, _ in finite], [y for _, y in finite]))
    return curves


def profile(board: Board) -> list[Curve]:
    """For each method the share of instances on which its cost is within a factor of the lowest.

    E. Dolan, J. More, Benchmarking optimization software with performance profiles, 2002: a step
    function of the factor, here of costs at equal time instead of times at equal cost.
    """
    lowest = {n: min(board.cost(n, m) for m in board.methods) for n in board.instances}
    faced = [name for name in board.instances if math.isfinite(lowest[name])]
    curves = []
    for method in board.methods:
        factors = sorted(ratio(board.cost(name, method), lowest[name]) for name in faced)
        finite = [factor for factor in factors if math.isfinite(factor)]
        share = [(k + 1) / len(faced) for k in range(len(finite))]
        curves.append(Curve(method, finite, share))
    return curves


def _mean_at(board: Board, method: str, names: Sequence[str], at: float) -> float:
    return geomean(
        ratio(
            median(
                cost_at(run["trace"], at) if cell.counts(run) else math.inf for run in cell.runs
            ),
            board.best[name].value,
        )
        for name, cell in ((name, board.cells[name, method]) for name in names)
    )


def _solved(board: Board, method: str) -> list[str]:
    return [n for n in board.instances if math.isfinite(board.cost(n, method))]
