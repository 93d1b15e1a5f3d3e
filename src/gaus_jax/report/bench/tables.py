"""One board in tables: costs, gaps, times, memory."""

import math
from collections.abc import Callable

from gaus_jax.report.bench.board import Board, Cell
from gaus_jax.report.bench.markdown import number, percent, seconds, table
from gaus_jax.report.bench.numbers import ratio

NEAR = (0.05, 0.01)  # of the best known cost: times to within these are reported


def costs(board: Board) -> str:
    """Medians over the seeds, with the best known cost and bound; the best of a row is bold."""
    rows = []
    for name in board.instances:
        about, best, bound = board.about[name], board.best[name], board.bound[name]
        lowest = min((board.cost(name, m) for m in board.methods), default=math.inf)
        shown = [_cost(board.cells.get((name, m)), lowest) for m in board.methods]
        sizes = [f"{about[key]}" if about[key] is not None else "-" for key in ("nodes", "depth")]
        rows.append([name, *sizes, number(best.value), best.by, number(bound.value), *shown])
    header = ("instance", "nodes", "D", "best known", "by", "bound", *board.methods)
    return (
        "Cost: median over the seeds, in brackets how far apart the seeds are, per cent.\n\n"
        + table(header, rows)
    )


def gaps(board: Board) -> str:
    """How far above the best known cost, and above the best bound."""

    def cell(name: str, found: Cell) -> str:
        over = [
            ratio(found.cost, other) - 1
            for other in (board.best[name].value, board.bound[name].value)
        ]
        return " / ".join(map(percent, over))

    return "Per cent above the best known cost, and above the best bound.\n\n" + _every(board, cell)


def times(board: Board) -> str:
    """How soon the best known cost is near, and the method's own last answer."""

    def cell(name: str, found: Cell) -> str:
        best = board.best[name].value
        marks = [(1 + near) * best for near in NEAR] + [(1 + NEAR[-1]) * found.reached]
        return " / ".join(seconds(found.seconds_to(mark)) for mark in marks)

    return (
        "Seconds to within 5 % and 1 % of the best known cost, and to within 1 % of the method's "
        "own answer.\n\n" + _every(board, cell)
    )


def memory(board: Board) -> str:
    """Peak memory of the processes, Python and packages included."""

    def cell(name: str, found: Cell) -> str:
        return "-" if found.peak_mb is None else f"{found.peak_mb:.0f}"

    return "Peak memory of the process, MB, Python and all packages included.\n\n" + _every(
        board, cell
    )


def _every(board: Board, cell: Callable[[str, Cell], str]) -> str:
    rows = []
    for name in board.instances:
        found = [board.cells.get((name, method)) for method in board.methods]
        shown = [cell(name, f) if f and f.solved else _absent(f) for f in found]
        rows.append([name, *shown])
    return table(("instance", *board.methods), rows)


def _cost(found: Cell | None, lowest: float) -> str:
    if found is None or not found.solved:
        return _absent(found)
    text = number(found.cost)
    text = f"**{text}**" if found.cost == lowest else text
    text += f" ({percent(found.spread)})" if len(found.runs) > 1 else ""
    missing = sum(math.isinf(cost) for cost in found.costs)
    return f"{text}, {missing} of {len(found.runs)} {found.status()}" if missing else text


def _absent(found: Cell | None) -> str:
    return "not run" if found is None else found.status()
