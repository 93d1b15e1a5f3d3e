"""Methods against the virtual best, against each rival, and against themselves with more time."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from gaus_jax.report.bench.board import Board
from gaus_jax.report.bench.markdown import fraction, percent, table
from gaus_jax.report.bench.numbers import geomean, outcome, ratio

Part = tuple[str, Callable[[Board, str], bool]]  # a name, and which instances it holds

SIZES: tuple[Part, ...] = (
    ("all", lambda board, name: True),
    ("up to 4,000 nodes", lambda board, name: (board.about[name]["nodes"] or 0) <= 4000),
    ("above 4,000 nodes", lambda board, name: (board.about[name]["nodes"] or 0) > 4000),
    ("deeper than 100 steps", lambda board, name: (board.about[name]["depth"] or 0) > 100),
)


LEAST = 1e-3  # seconds, below which times are the same
BOUNDED = 10_000  # nodes, up to which gaps to bounds are also given apart


class Standing(NamedTuple):
    """One method against costs of others, over the instances on which these have any."""

    faced: int  # such instances
    mean: float  # geometric, of the ratio of costs, where the method has a schedule too
    worst: float  # the highest ratio; infinite where the method has no schedule
    where: str  # of the worst
    wins: int
    ties: int
    losses: int


def standing(
    board: Board, method: str, other: Callable[[str], float], names: Sequence[str]
) -> Standing:
    """How a method's median costs compare with others' on some instances."""
    faced = [n for n in names if math.isfinite(other(n)) and board.ran(n, method)]
    return compared([(n, board.cost(n, method), other(n)) for n in faced])


def compared(pairs: Sequence[tuple[str, float, float]]) -> Standing:
    """The same of (name, cost, the other's finite cost)."""
    ratios = {name: ratio(cost, other) for name, cost, other in pairs}
    signs = [outcome(cost, other) for _, cost, other in pairs]
    where = max(ratios, key=lambda n: ratios[n], default="-")
    return Standing(
        faced=len(pairs),
        mean=geomean(r for r in ratios.values() if math.isfinite(r)),
        worst=ratios.get(where, math.nan),
        where=where,
        wins=signs.count(-1),
        ties=signs.count(0),
        losses=signs.count(1),
    )


def against_virtual_best(board: Board) -> str:
    """Every method against the best rival of each instance, over several parts of the instances.

    Nothing where there are no rivals, or nothing else.
    """
    if not board.own or not board.rivals:
        return ""
    rows = []
    virtual = {name: board.virtual_best(name).value for name in board.instances}
    groups = dict.fromkeys(board.about[name]["set"] for name in board.instances)
    parts = list(SIZES) + [
        (group, lambda board, name, group=group: board.about[name]["set"] == group)
        for group in groups
        if len(groups) > 1
    ]
    for method in board.own:
        for label, holds in parts:
            names = [name for name in board.instances if holds(board, name)]
            if names:
                found = standing(board, method, virtual.__getitem__, names)
                rows.append([method, label, *standing_cells(found)])
    for method in board.methods:
        if method in board.rivals:
            found = standing(board, method, virtual.__getitem__, board.instances)
            rows.append([method, "all", *standing_cells(found)])
    header = ("method", "instances", *HEADER)
    return (
        "Against the virtual best: for each instance the lowest median cost of all rivals in the "
        "same time. Ratios of costs, below 1 is better than every rival; the mean is geometric, "
        "over the instances on which the method has a schedule.\n\n" + table(header, rows)
    )


def against_each(board: Board) -> str:
    """Each method that is no rival against each that is, with how much sooner it is as good.

    Nothing where there are no rivals, or nothing else.
    """
    if not board.own or not board.rivals:
        return ""
    rows = []
    for method in board.own:
        for rival in board.methods:
            if rival not in board.rivals:
                continue
            cost = lambda name, rival=rival: board.cost(name, rival)  # noqa: E731
            found = standing(board, method, cost, board.instances)
            factors = _sooner(board, method, rival)
            reached = [factor for factor in factors if factor > 0]
            sooner = f"{geomean(reached):.1f}x on {len(reached)} of {len(factors)}"
            rows.append([method, rival, *standing_cells(found), sooner if reached else "-"])
    header = ("method", "rival", *HEADER, "its quality sooner")
    return (
        "Against each rival. The last column says how many times sooner than the rival itself the "
        "method has a schedule as good as the rival's last one, in geometric mean over the "
        "instances on which it has.\n\n" + table(header, rows)
    )


def bound_gaps(board: Board) -> str:
    """The geometric mean gap to the best known cost and to the best bound, of each method."""
    rows = []
    for method in board.methods:
        solved = [n for n in board.instances if math.isfinite(board.cost(n, method))]
        known = geomean(ratio(board.cost(n, method), board.best[n].value) for n in solved)
        bounded = [n for n in solved if board.bound[n].value > 0]
        small = [n for n in bounded if (board.about[n]["nodes"] or 0) <= BOUNDED]
        proved = [
            geomean(board.cost(n, method) / board.bound[n].value for n in g)
            for g in (small, bounded)
        ]
        first = sum(
            outcome(board.cost(n, method), min(board.cost(n, m) for m in board.methods)) == 0
            for n in solved
        )
        rows.append(
            [
                method,
                percent(known - 1),
                *(percent(p - 1) for p in proved),
                f"{first}",
                f"{len(solved)}",
            ]
        )
    header = (
        "method",
        "above best known, %",
        f"above bound up to {BOUNDED:,} nodes, %",
        "above bound, %",
        "best of all on",
        "solved",
    )
    return "Geometric means over the instances that a method solves.\n\n" + table(header, rows)


def more_time(boards: Sequence[Board]) -> str:
    """What a longer limit gains, of each group that was run with several."""
    rows = []
    for short, long in pairwise(boards):
        if short.group[:-1] != long.group[:-1]:
            continue
        for method in long.methods:
            both = [
                name
                for name in long.instances
                if math.isfinite(long.cost(name, method))
                and math.isfinite(short.cost(name, method))
            ]
            if not both:
                continue
            gain = {n: ratio(long.cost(n, method), short.cost(n, method)) for n in both}
            room = [n for n in both if short.cost(n, method) > 1.01 * long.bound[n].value]
            flat = [n for n in room if gain[n] > 0.99]
            limits = f"{short.group.limit:g} s to {long.group.limit:g} s"
            title = str(long.group).replace(f", {long.group.limit:g} s", "")
            mean = fraction(geomean(gain.values()))
            rows.append(
                [title, limits, method, mean, f"{len(flat)} of {len(room)}", ", ".join(flat)]
            )
    if not rows:
        return ""
    header = ("group", "limits", "method", "ratio of costs", "flat", "where")
    return (
        "## More time\n\nGeometric mean of the ratio of the costs at two limits. An instance is "
        "flat where the longer one gains less than 1 % although the bound leaves room for that.\n\n"
        + table(header, rows)
    )


HEADER = ("on", "mean ratio", "highest ratio", "where", "won", "tied", "lost")


def standing_cells(found: Standing) -> list[str]:
    """The columns of `HEADER`."""
    worst = "no schedule" if math.isinf(found.worst) else fraction(found.worst)
    counts = [f"{found.wins}", f"{found.ties}", f"{found.losses}"]
    return [f"{found.faced}", fraction(found.mean), worst, found.where, *counts]


def _sooner(board: Board, method: str, rival: str) -> list[float]:
    """Times to the rival's last cost, its own over the method's, of each instance; 0 for never."""
    factors = []
    for name in board.instances:
        target = board.cells[name, rival].reached if board.ran(name, rival) else math.inf
        if math.isfinite(target) and board.ran(name, method):
            own, other = (board.cells[name, m].seconds_to(target) for m in (method, rival))
            factors.append(max(other, LEAST) / max(own, LEAST))
    return factors
