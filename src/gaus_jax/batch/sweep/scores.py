"""How good the points of a sweep are: costs against the lowest of each case, averaged over all."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Record = Mapping[str, Any]


class Score(NamedTuple):
    """What the runs of one point say of it."""

    place: int
    values: Mapping[str, Any]
    score: float  # geometric mean of cost / lowest cost of the case; inf where a schedule lacks
    spread: float  # standard deviation of the score from seed to seed; nan of a single one
    runs: int
    seconds: float  # of all its runs together


def scores(records: Iterable[Record]) -> list[Score]:
    """The points of one rung, the best first; of equal ones the one that comes first.

    A case is an instance under one objective; its lowest cost is over all points and seeds. One
    that no point has a schedule for says nothing.
    """
    records = list(records)
    lowest: dict[tuple, float] = {}
    for record in records:
        case, cost = _case(record), _cost(record)
        lowest[case] = min(lowest.get(case, math.inf), cost)
    points: dict[int, list[Record]] = {}
    for record in records:
        points.setdefault(record["point"], []).append(record)
    found = [_score(place, own, lowest) for place, own in points.items()]
    return sorted(found, key=lambda one: (one.score, one.place))


def complete(found: Sequence[Score], runs: int) -> list[Score]:
    """Those of which every run is there: others do not compare."""
    return [one for one in found if one.runs == runs]


def _score(place: int, records: Sequence[Record], lowest: Mapping[tuple, float]) -> Score:
    seeds: dict[int, list[float]] = {}
    for record in records:
        least = lowest[_case(record)]
        if math.isfinite(least):
            seeds.setdefault(record["seed"], []).append(_ratio(_cost(record), least))
    every = [ratio for own in seeds.values() for ratio in own]
    by_seed = [_mean(own) for own in seeds.values()]
    some = len(by_seed) > 1 and all(map(math.isfinite, by_seed))
    return Score(
        place=place,
        values=records[0]["values"],
        score=_mean(every),
        spread=float(np.std(by_seed, ddof=1)) if some else math.nan,
        runs=len(records),
        seconds=sum(record["seconds"] for record in records),
    )


def _mean(ratios: Sequence[float]) -> float:
    """The geometric mean; nan of nothing."""
    if not ratios:
        return math.nan
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _ratio(cost: float, least: float) -> float:
    """``cost / least``, at least 1; of costs of 0 the difference instead."""
    if math.isinf(cost):
        return math.inf
    return cost / least if least > 0 else 1 + cost - least


def _case(record: Record) -> tuple:
    return record["instance"], record["objective"]


def _cost(record: Record) -> float:
    return math.inf if record["cost"] is None else record["cost"]
