"""Pipelined loops: initiation intervals against MinII, registers where the interval is the same."""

import math
from collections.abc import Iterator

from gaus_jax.report.bench.board import Board
from gaus_jax.report.bench.markdown import fraction, number, percent, seconds, table
from gaus_jax.report.bench.numbers import geomean, outcome, ratio

LARGE = 100  # nodes, above which loops are also compared apart


def intervals(board: Board) -> str:
    """How near to MinII each method comes, and against the shortest interval of all rivals."""
    if board.group.ii_asked is None:
        return ""
    rows = []
    for method in board.methods:
        reached = {
            n: board.cells[n, method].interval for n in board.instances if board.ran(n, method)
        }
        solved = {n: ii for n, ii in reached.items() if math.isfinite(ii)}
        over = {n: ii / _least(board, n) for n, ii in solved.items()}
        worst = max(over, key=lambda n: over[n], default="-")
        others = {n: _shortest(board, n, method) for n in reached}
        signs = [outcome(ii, others[n]) for n, ii in reached.items() if others[n] < math.inf]
        rows.append(
            [
                method,
                f"{len(solved)} of {len(reached)}",
                f"{sum(x == 1 for x in over.values())}",
                percent(geomean(over.values()) - 1),
                percent(over.get(worst, math.inf) - 1),
                worst,
                *(f"{signs.count(sign)}" for sign in (-1, 0, 1)),
            ]
        )
    header = (
        "method", "loops", "at MinII", "mean above, %", "highest, %", "where",
        "shorter", "same", "longer",
    )  # fmt: skip
    return (
        "Initiation intervals against MinII (geometric mean), and, in the last three columns, "
        "against the shortest of all other rivals.\n\n" + table(header, rows)
    )


def registers(board: Board) -> str:
    """Each method's registers against the best rival and the bound, at the same interval."""
    if board.group.ii_asked is None:
        return ""
    rows = []
    for method in board.methods:
        for label, names in _parts(board):
            pairs = list(_same(board, method, names))
            bounded = [
                board.cost(n, method) / board.bound[n].value
                for n in names
                if board.bound[n].value > 0 and math.isfinite(board.cost(n, method))
            ]
            met = sum(outcome(x, 1.0) == 0 for x in bounded)
            factors = {n: ratio(own, other) for n, own, other in pairs}
            worst = max(factors, key=lambda n: factors[n], default="-")
            signs = [outcome(own, other) for _, own, other in pairs]
            rows.append(
                [
                    method,
                    label,
                    f"{len(pairs)}",
                    fraction(geomean(factors.values())),
                    fraction(factors.get(worst, math.nan)),
                    worst,
                    *(f"{signs.count(sign)}" for sign in (-1, 0, 1)),
                    percent(geomean(bounded) - 1),
                    f"{met} of {len(bounded)}",
                ]
            )
    header = (
        "method", "loops", "on", "mean ratio", "highest ratio", "where",
        "won", "tied", "lost", "above bound, %", "at the bound",
    )  # fmt: skip
    return (
        "Registers (peak of live values over the slots) against the best other rival, on loops "
        "where both are at the same interval; and against the best bound at the shortest interval "
        "reached. Means are geometric.\n\n" + table(header, rows)
    )


def every_loop(board: Board) -> str:
    """One row a loop: intervals and registers of each method."""
    rows = []
    for name in board.instances:
        about, best = board.about[name], board.best[name]
        least = _least(board, name)
        shown = [_cell(board, name, method) for method in board.methods]
        sizes = [f"{about['nodes']}", number(least), number(best.value), best.by]
        rows.append([name, *sizes, number(board.bound[name].value), *shown])
    header = ("loop", "nodes", "MinII", "best known", "by", "bound", *board.methods)
    return (
        "II / registers / seconds, medians over the seeds; best known and bound at the shortest "
        "interval reached.\n\n" + table(header, rows)
    )


def _cell(board: Board, name: str, method: str) -> str:
    cell = board.cells.get((name, method))
    if cell is None:
        return "not run"
    if math.isinf(cell.interval):
        return cell.status()
    spent = [run["seconds"] for run in cell.runs if run["seconds"] is not None]
    cost = _registers(board, name, method)
    return f"{number(cell.interval)} / {number(cost)} / {seconds(max(spent, default=math.inf))}"


def _parts(board: Board) -> list[tuple[str, list[str]]]:
    every = list(board.instances)
    large = [n for n in every if (board.about[n]["nodes"] or 0) > LARGE]
    sets = dict.fromkeys(board.about[n]["set"] for n in every)
    parts = [("all", every), (f"above {LARGE} nodes", large)]
    if len(sets) > 1:
        parts += [(s, [n for n in every if board.about[n]["set"] == s]) for s in sets]
    return [(label, names) for label, names in parts if names]


def _same(board: Board, method: str, names: list[str]) -> Iterator[tuple[str, float, float]]:
    """Loops, own registers and the least of the other rivals' at the interval of the method."""
    for name in names:
        if not board.ran(name, method):
            continue
        ii = board.cells[name, method].interval
        others = [
            _registers(board, name, rival)
            for rival in board.rivals - {method}
            if (name, rival) in board.cells and board.cells[name, rival].interval == ii
        ]
        own, other = _registers(board, name, method), min(others, default=math.inf)
        if math.isfinite(own) and math.isfinite(other):
            yield name, own, other


def _registers(board: Board, name: str, method: str) -> float:
    """The median registers of the runs at the method's median interval; infinite for none."""
    cell = board.cells[name, method]
    return cell.at(cell.interval)


def _shortest(board: Board, name: str, method: str) -> float:
    """The shortest interval of the other rivals."""
    found = (board.cells.get((name, rival)) for rival in board.rivals - {method})
    return min((cell.interval for cell in found if cell), default=math.inf)


def _least(board: Board, name: str) -> float:
    """MinII, as some run says."""
    every = (
        r for m in board.methods if (name, m) in board.cells for r in board.cells[name, m].runs
    )
    return next((float(r["min_ii"]) for r in every if r.get("min_ii")), math.nan)
