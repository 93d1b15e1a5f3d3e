"""Boards that differ in their latency bound alone, as one: how a method does over all of them."""

import math
from collections.abc import Sequence

from gaus_jax.report.bench.board import Board
from gaus_jax.report.bench.markdown import percent, table
from gaus_jax.report.bench.numbers import geomean
from gaus_jax.report.bench.versus import BOUNDED, HEADER, SIZES, compared, standing_cells


def together(found: Sequence[Board]) -> str:
    """Every method against the best rival of each instance and kappa; nothing for a single kappa.

    The gap to the bound is the geometric mean over what has a bound above 0, up to `BOUNDED` nodes.
    """
    alike: dict[tuple, list[Board]] = {}
    for board in found:
        if board.own and board.rivals:
            alike.setdefault(board.group._replace(kappa=""), []).append(board)
    rows = []
    for boards in alike.values():
        if len(boards) < 2:
            continue
        first = boards[0].group
        kappas = " and ".join(board.group.kappa for board in boards)
        title = str(first).replace(f"kappa {first.kappa}", f"kappa {kappas}")
        for method in dict.fromkeys(m for board in boards for m in board.own):
            rows += [[title, method, *cells] for cells in _parts(boards, method)]
    if not rows:
        return ""
    header = ("group", "method", "instances", *HEADER, f"above bound, up to {BOUNDED:,} nodes, %")
    return (
        "## All latency bounds together\n\nAgainst the virtual best of each instance and kappa, as "
        "in the tables below.\n\n" + table(header, rows)
    )


def _parts(boards: Sequence[Board], method: str) -> list[list[str]]:
    """A row for each part of the instances that holds any."""
    rows = []
    for label, holds in SIZES:
        every = [
            (board, name)
            for board in boards
            for name in board.instances
            if board.ran(name, method) and holds(board, name)
        ]
        faced = [
            (f"{name}, kappa {board.group.kappa}", board.cost(name, method), best)
            for board, name in every
            if math.isfinite(best := board.virtual_best(name).value)
        ]
        gap = geomean(
            board.cost(name, method) / board.bound[name].value
            for board, name in every
            if board.bound[name].value > 0 and (board.about[name]["nodes"] or 0) <= BOUNDED
        )
        if faced:
            rows.append([label, *standing_cells(compared(faced)), percent(gap - 1)])
    return rows
