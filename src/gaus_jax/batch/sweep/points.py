"""The points of a sweep, and the runs that they ask for."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict
from gaus_jax.batch.store import settings_hash
from gaus_jax.batch.sweep.axes import Values, combined, size
from gaus_jax.batch.sweep.config import Sweep
from gaus_jax.batch.sweep.names import assigned, value_of

NO_MATTER = ("root", "side_by_side")  # of [sweep], to the answers


class Point(NamedTuple):
    """One choice of all that is varied."""

    place: int  # 0: the base, where it takes part
    values: Values


def count(sweep: Sweep) -> int:
    """How many points there are at most, without making them."""
    return size(sweep.axes) + sweep.about.base


def points(sweep: Sweep) -> Iterator[Point]:
    """All points in order, the base first; equal ones once."""
    first = [base_values(sweep)] if sweep.about.base else []
    seen: set[str] = set()
    for values in itertools.chain(first, combined(sweep.axes)):
        if (known := repr(sorted(values.items()))) not in seen:
            yield Point(len(seen), values)
            seen.add(known)


def base_values(sweep: Sweep) -> Values:
    """What is varied, as the base has it."""
    return {name: value_of(sweep.settings, name, sweep.source) for name in sweep.names}


def rungs(sweep: Sweep) -> list[Values]:
    """The budgets in turn: one of no change where there is no halving."""
    halving = sweep.about.halving
    return [{halving.of: value} for value in halving.values] or [{}]


def settings_of(sweep: Sweep, values: Values, objective: ObjectiveSettings) -> Settings:
    """The settings of a point, its budget among the values.

    Raises:
        SettingsError: values that each may be, but not together.
    """
    changed = sweep.settings
    for name, value in values.items():
        changed = assigned(changed, name, value, sweep.source)
    return assigned(changed, "objective", as_dict(objective), sweep.source)


def key_of(settings: Settings, instance: str, seed: int) -> str:
    """What makes two runs the same run."""
    return f"{settings_hash(as_dict(settings))}/{instance}/{seed}"


def header(sweep: Sweep) -> dict[str, Any]:
    """All that the answers of a sweep depend on, as plain values."""
    axes = [
        {"names": list(axis.names), "rows": [list(r) for r in axis.rows]} for axis in sweep.axes
    ]
    about = as_dict(sweep.about)
    for name in NO_MATTER:
        del about[name]
    return {"settings": as_dict(sweep.settings), "sweep": about | {"axes": axes}}
