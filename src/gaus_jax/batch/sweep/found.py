"""What the records of a sweep say: the points of the last rung in order, and what mattered."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gaus_jax.base.settings import Settings
from gaus_jax.batch.stored import read
from gaus_jax.batch.sweep.config import Sweep
from gaus_jax.batch.sweep.points import rungs, settings_of
from gaus_jax.batch.sweep.run import BASE, cases
from gaus_jax.batch.sweep.scores import Score, complete, scores
from gaus_jax.instances.sources import find_instances

PARTS = 4  # into which the values of a random axis are put, of equal count


class Rung(NamedTuple):
    """The points of one rung of which every run is there, the best first."""

    budget: Mapping[str, Any]
    scores: list[Score]
    points: int  # also of those that lack runs


class Level(NamedTuple):
    """The points that share a value of one setting, or a range of values."""

    label: str
    middle: float  # median score
    points: int


class Found(NamedTuple):
    """All of it."""

    rungs: list[Rung]
    records: list[dict[str, Any]]

    @property
    def last(self) -> Rung:
        """The highest rung that compares anything."""
        return next((rung for rung in reversed(self.rungs) if rung.scores), self.rungs[0])

    @property
    def base(self) -> Score | None:
        """The base in the last rung, where it takes part."""
        return next((one for one in self.last.scores if one.place == BASE), None)


def found_in(sweep: Sweep, folder: str | Path) -> Found:
    """What a folder of records says of a sweep."""
    records = list(read(folder))
    instances = find_instances({"sweep": sweep.about.instances}, sweep.about.root)
    runs = cases(sweep, len(instances))
    made = []
    for place, budget in enumerate(rungs(sweep)):
        every = scores(record for record in records if record["rung"] == place)
        made.append(Rung(budget, complete(every, runs), len(every)))
    return Found(made, records)


def best_settings(sweep: Sweep, found: Found) -> Settings | None:
    """Those of the best point, with the budget that it was measured under; None without any."""
    if not found.last.scores:
        return None
    values = {**found.last.scores[0].values, **found.last.budget}
    return settings_of(sweep, values, sweep.objectives[0])


def levels(every: Sequence[Score], name: str) -> list[Level]:
    """The points by the values of one setting: each value, or of many numbers, ranges of them."""
    values = {repr(one.values[name]): one.values[name] for one in every}
    numbers = all(_is_number(value) for value in values.values())
    if numbers and len(values) > 2 * PARTS:
        ranked = sorted(every, key=lambda one: one.values[name])
        cuts = [round(k * len(ranked) / PARTS) for k in range(PARTS + 1)]
        groups = [ranked[a:b] for a, b in itertools.pairwise(cuts)]
        labels = [f"{g[0].values[name]:.3g} to {g[-1].values[name]:.3g}" for g in groups]
    else:
        order = sorted(values.values()) if numbers else list(values.values())
        groups = [[one for one in every if one.values[name] == value] for value in order]
        labels = [f"{value:g}" if numbers else str(value) for value in order]
    return [
        Level(label, statistics.median(one.score for one in group), len(group))
        for label, group in zip(labels, groups, strict=True)
    ]


def effect(every: Sequence[Level]) -> float:
    """By how much the worst level is above the best."""
    middles = [level.middle for level in every if math.isfinite(level.middle)]
    return max(middles) - min(middles) if middles else math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
