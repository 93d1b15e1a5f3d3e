"""Latencies against those known from elsewhere."""

import math

from gaus_jax.report.bench.board import Board, Record
from gaus_jax.report.bench.markdown import percent, table


def makespans(board: Board) -> str:
    """Each method by set, against what a table beside the problems says is best known."""
    known = {name: k for name in board.instances if (k := _known(board.about[name]))}
    rows = []
    groups = dict.fromkeys(board.about[name]["set"] for name in known)
    for method in board.methods:
        for group in groups:
            names = [n for n in known if board.about[n]["set"] == group and board.ran(n, method)]
            if names:
                rows.append([method, group, *_cells(board, method, known, names)])
    if not rows:
        return ""
    header = (
        "method", "set", "problems", "solved", "mean above, %", "highest, %", "where",
        "as good", "better", "at a proved optimum", "of so many",
    )  # fmt: skip
    return (
        "Latency against the best known elsewhere (best.csv beside the problems): the arithmetic "
        "mean over those solved. An optimum is proved where the table gives a single number.\n\n"
        + table(header, rows)
    )


def _known(record: Record) -> tuple[float, float | None] | None:
    found = record.get("known") or {}
    return None if found.get("cost") is None else (found["cost"], found["bound"])


def _cells(board: Board, method: str, known: dict, names: list[str]) -> list[str]:
    above = {n: board.cost(n, method) / known[n][0] - 1 for n in names}
    solved = {n: over for n, over in above.items() if math.isfinite(over)}
    where = max(solved, key=lambda n: solved[n], default="-")
    closed = [n for n in names if known[n][0] == known[n][1]]
    mean = sum(solved.values()) / len(solved) if solved else math.inf
    return [
        f"{len(names)}",
        f"{len(solved)}",
        percent(mean),
        percent(solved.get(where, math.inf)),
        where,
        f"{sum(over == 0 for over in solved.values())}",
        f"{sum(over < 0 for over in solved.values())}",
        f"{sum(solved.get(n) == 0 for n in closed)}",
        f"{len(closed)}",
    ]
