"""Records sorted for tables: one board a group of comparable runs, one cell an instance and method.

The best known cost and the best bound of a case are over all methods, seeds and limits, and over
what a file of costs known from elsewhere says.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_high
from typing import NamedTuple

from gaus_jax.base.errors import InputError
from gaus_jax.bench.records import Case, Record, case_of
from gaus_jax.core.result import LEGAL
from gaus_jax.report.bench.numbers import median, seconds_to


class Best(NamedTuple):
    """The best of something on a case, and who found it."""

    value: float
    by: str


ELSEWHERE = "best.csv"  # who found what is known from there
NO_COST, NO_BOUND = Best(math.inf, "-"), Best(0.0, "-")


class Group(NamedTuple):
    """What one board holds: runs that differ in instance, method and seed alone."""

    objective: str
    ratio: float | str | None
    kappa: str
    lifetime: str
    ii_asked: str | None  # "auto" or a number; None where iterations do not overlap
    limit: float

    def __str__(self) -> str:
        about = [f"kappa {self.kappa}", f"{self.limit:g} s"]
        about += [] if self.ii_asked is None else [f"II {self.ii_asked}"]
        about += [] if self.ratio is None else [f"ratio {self.ratio}"]
        about += [] if self.lifetime == "register" else [f"lifetime {self.lifetime}"]
        return f"{self.objective}, {', '.join(about)}"


@dataclass(frozen=True)
class Cell:
    """The runs of one method on one instance, one a seed; a failed one costs infinitely much."""

    runs: tuple[Record, ...]
    ii: int | None = None  # the least that anyone reached; a run at a longer one counts as failed

    @cached_property
    def costs(self) -> tuple[float, ...]:
        """One a run."""
        return tuple(r["cost"] if self.counts(r) else math.inf for r in self.runs)

    def counts(self, run: Record) -> bool:
        """Whether a run has a schedule, of a loop at the least II reached."""
        return run["status"] in LEGAL and run.get("ii") == self.ii

    @cached_property
    def interval(self) -> float:
        """The median II that the runs reached, of two the greater; infinite for none."""
        return median_high(r["ii"] if r["status"] in LEGAL else math.inf for r in self.runs)

    def at(self, ii: float) -> float:
        """The median cost of the runs that reached an II; infinite for none."""
        return median(r["cost"] for r in self.runs if r["status"] in LEGAL and r["ii"] == ii)

    @cached_property
    def cost(self) -> float:
        """The median over the seeds."""
        return median(self.costs)

    @property
    def reached(self) -> float:
        """What most runs have come to: the median, of two the greater, which a run did have."""
        return median_high(self.costs) if self.costs else math.inf

    @property
    def solved(self) -> bool:
        """Whether the median is a schedule's cost."""
        return math.isfinite(self.cost)

    @property
    def spread(self) -> float:
        """``(highest - lowest) / median``, of the seeds that found something."""
        finite = [cost for cost in self.costs if math.isfinite(cost)]
        return (max(finite) - min(finite)) / self.cost if finite and 0 < self.cost < math.inf else 0

    @property
    def peak_mb(self) -> float | None:
        """The most memory that any of the runs took, 10^6 bytes."""
        return max((r["peak_mb"] for r in self.runs if r["peak_mb"] is not None), default=None)

    def seconds_to(self, target: float) -> float:
        """The median time to a schedule of at most this cost; infinite where most never had it."""
        return median(
            seconds_to(r["trace"], target) if self.counts(r) else math.inf for r in self.runs
        )

    def status(self) -> str:
        """In a word what a cell without a cost shows."""
        worst = [r["status"] for r in self.runs if r["status"] not in LEGAL]
        longer = [f"II {r['ii']}" for r in self.runs if r.get("ii") != self.ii]
        return (worst or longer or ["-"])[0]


@dataclass(frozen=True)
class Board:
    """One group: instances by methods."""

    group: Group
    instances: tuple[str, ...]
    methods: tuple[str, ...]
    rivals: frozenset[str]  # methods that the others are compared with
    cells: Mapping[tuple[str, str], Cell]  # (instance, method)
    best: Mapping[str, Best]  # instance -> lowest cost known, at the least II reached
    bound: Mapping[str, Best]  # instance -> highest bound known
    about: Mapping[str, Record]  # instance -> a record with its sizes

    @property
    def own(self) -> tuple[str, ...]:
        """The methods that are compared with the rivals."""
        return tuple(method for method in self.methods if method not in self.rivals)

    @property
    def longest(self) -> float:
        """The most seconds that any run had: the limit, and what sizes add to it."""
        every = [run.get("budget_s") for cell in self.cells.values() for run in cell.runs]
        return max([self.group.limit, *(seconds for seconds in every if seconds)])

    def cost(self, instance: str, method: str) -> float:
        """The median cost; infinite where there is none."""
        cell = self.cells.get((instance, method))
        return cell.cost if cell else math.inf

    def ran(self, instance: str, method: str) -> bool:
        """Whether the method was asked, and able, to run there."""
        cell = self.cells.get((instance, method))
        return bool(cell) and any(r["status"] != "unsupported" for r in cell.runs)

    def virtual_best(self, instance: str) -> Best:
        """The best of all rivals in the same time."""
        every = [Best(self.cost(instance, m), m) for m in self.methods if m in self.rivals]
        return min(every, default=NO_COST)


def boards(records: Sequence[Record], known: Sequence[Record] = ()) -> list[Board]:
    """The boards of some records, in order of objective, kappa and limit.

    Args:
        records: the runs.
        known: costs and bounds from elsewhere (see `gaus_jax.report.bench.known`).

    Raises:
        InputError: one name stands for graphs of different content.
    """
    _check_contents(records)
    intervals = _intervals(records)
    best, bound = _best_known([*records, *known], intervals)
    groups: dict[Group, list[Record]] = {}
    for record in records:
        group = Group(*case_of(record)[1:], record["limit_s"])
        groups.setdefault(group, []).append(record)
    ordered = sorted(groups, key=lambda group: (*map(str, group[:-1]), group.limit))
    return [_board(group, groups[group], best, bound, intervals) for group in ordered]


def current(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The runs of each method's latest settings, and those of settings it had before."""
    latest = {record["method"]: record["settings_hash"] for record in records}
    fresh = [r for r in records if r["settings_hash"] == latest[r["method"]]]
    return fresh, [r for r in records if r["settings_hash"] != latest[r["method"]]]


def _board(
    group: Group,
    rows: Sequence[Record],
    best: Mapping[Case, Best],
    bound: Mapping[Case, Best],
    intervals: Mapping[Case, int],
) -> Board:
    runs: dict[tuple[str, str], list[Record]] = {}
    about: dict[str, Record] = {}
    for record in rows:
        name = record["instance"]
        runs.setdefault((name, record["method"]), []).append(record)
        if name not in about or (record["depth"] or 0) > (about[name]["depth"] or 0):
            about[name] = record  # the depth is known once there is a schedule
    case = {name: Case(name, *group[:-1]) for name in about}
    return Board(
        group=group,
        instances=tuple(sorted(about, key=lambda name: (about[name]["nodes"] or 0, name))),
        methods=tuple(dict.fromkeys(r["method"] for r in rows)),
        rivals=frozenset(r["method"] for r in rows if r["rival"]),
        cells={
            (name, method): Cell(tuple(found), intervals.get(case[name]))
            for (name, method), found in runs.items()
        },
        best={name: best.get(case[name], NO_COST) for name in about},
        bound={name: bound.get(case[name], NO_BOUND) for name in about},
        about=about,
    )


def _intervals(records: Iterable[Record]) -> dict[Case, int]:
    """The least II at which there is a schedule of each case of a loop."""
    least: dict[Case, int] = {}
    for record in records:
        case, ii = case_of(record), record.get("ii")
        if ii is not None and record["status"] in LEGAL:
            least[case] = min(ii, least.get(case, ii))
    return least


def _best_known(
    records: Iterable[Record], intervals: Mapping[Case, int]
) -> tuple[dict[Case, Best], dict[Case, Best]]:
    """The lowest cost and the highest bound of each case, of a loop at the least II reached."""
    best: dict[Case, Best] = {}
    bound: dict[Case, Best] = {}
    for record in records:
        case, by = case_of(record), record["method"]
        elsewhere = record.get("known") or {}
        if (elsewhere.get("cost") or math.inf) < best.get(case, NO_COST).value:
            best[case] = Best(elsewhere["cost"], ELSEWHERE)
        if record.get("ii") != intervals.get(case):
            continue
        if record["status"] in LEGAL and record["cost"] < best.get(case, NO_COST).value:
            best[case] = Best(record["cost"], by)
        if record["bound"] is not None and record["bound"] > bound.get(case, NO_BOUND).value:
            bound[case] = Best(record["bound"], by)
    return best, bound


def _check_contents(records: Iterable[Record]) -> None:
    content: dict[str, str] = {}
    for record in records:
        name, found = record["instance"], record["sha256"]
        if found is not None and content.setdefault(name, found) != found:
            raise InputError(
                f"the records hold two graphs of the name {name}, {content[name][:12]} and "
                f"{found[:12]}; keep them in folders of their own"
            )
