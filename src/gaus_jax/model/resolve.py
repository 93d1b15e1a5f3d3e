"""What an objective means for a problem: its depth, interval, ratio and windows, settled once."""

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.objectives import OBJECTIVES, Preset
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import LIFETIMES, horizon
from gaus_jax.core.recurrence import min_ii, witness
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import steps_of
from gaus_jax.core.window import Window, asap, asap_length, scaled_depth, window
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.objective import AUTO, MOST_STEPS, Objective, constraint_names
from gaus_jax.model.terms import TERMS


def resolve(settings: ObjectiveSettings, problem: Problem) -> tuple[Objective, Window]:
    """Settle what an objective means for a problem: its depth, II, ratio and windows.

    ``D`` is the depth asked for, else ``ceil(kappa D_min)``; where there is neither, a frame that
    leaves room for a schedule. An II that is "auto" is MinII here. The ratio "balanced" makes both
    parts of A weigh the same at ASAP. Weights of one's own under a preset's name are called "mix".

    Raises:
        SettingsError: an unknown objective, term, constraint or lifetime, constraints without the
            dependences, a weight that is not a finite number of at least 0, a kappa that is no
            decimal, or an II that is no interval.
        InfeasibleError: the depth is below the ASAP length, the II below the one that recurrences
            or resources ask for, or a class is used of which there is none.
        InputError: the depth or an occupancy is beyond what profiles can hold.
    """
    preset = OBJECTIVES[settings.name] if not settings.weights else None
    raw = dict(preset.weights if preset else settings.weights)
    names = constraint_names(settings)
    if settings.lifetime not in LIFETIMES:
        raise SettingsError(
            f"unknown lifetime '{settings.lifetime}'; known: {', '.join(LIFETIMES)}"
        )
    for term in raw:
        TERMS[term]
    asked = [CONSTRAINTS[name].name for name in names]
    if not {"dependence", "sequence"} & set(asked):  # windows and bounds rest on them
        raise SettingsError(f"constraints are {', '.join(asked)}; name 'dependence' among them")
    if "sequence" in names or "footprint" in raw:
        return _sequential(settings, names, raw, problem)
    ii = _interval(settings, preset, problem, "resource" in names)
    if settings.register_limit is not None and ii is None:
        raise SettingsError("register_limit counts over an initiation interval; give one with ii")
    depth, bounded = _depth(settings, preset, problem, ii)
    frame = window(problem, depth, ii)
    objective = Objective(
        name="mix" if raw and not preset and settings.name in OBJECTIVES else settings.name,
        weights={},
        constraints=tuple(CONSTRAINTS[name] for name in names),
        lifetime=settings.lifetime,  # type: ignore[arg-type]
        depth=depth,
        ratio=None,
        ii=ii,
        bounded=bounded,
        register_limit=settings.register_limit,
    )
    named = "ratio" in raw.values()
    ratio = _ratio(settings.ratio, problem, objective) if named else None
    weights = {term: _weight(term, ratio if w == "ratio" else w) for term, w in raw.items()}
    if settings.latency_weight:
        weights.setdefault("latency", 0.0)
        weights["latency"] += _weight("latency", settings.latency_weight)
    return replace(objective, weights=weights, ratio=ratio), frame


def _depth(
    settings: ObjectiveSettings, preset: Preset | None, problem: Problem, ii: int | None
) -> tuple[int, bool]:
    """The depth asked for or that kappa makes, and whether it is a bound or mere room."""
    kappa = settings.kappa if preset is None or settings.kappa else preset.kappa
    kappa = "1" if preset is None and kappa is None else kappa
    if ii is not None:
        given = isinstance(settings.ii, int)
        whence = "" if given else ", the least there can be,"
        _check_size(problem, ii, f"an initiation interval of {ii} cycles{whence}", given)
    depth, asked = settings.depth, settings.depth is not None
    if depth is None:
        least = asap_length(problem, ii)
        depth = scaled_depth(least, _decimal(kappa)) if kappa else _roomy(problem, least, ii)
    whence = f", kappa {kappa} times the least," if kappa else ", the room for any schedule,"
    _check_size(problem, depth, f"a depth of {depth} steps{'' if asked else whence}", asked)
    return depth, asked or kappa is not None


def _sequential(
    settings: ObjectiveSettings, names: tuple[str, ...], raw: Mapping[str, Any], problem: Problem
) -> tuple[Objective, Window]:
    """Objective S: the footprint of an order, whose depth is the number of its nodes.

    Raises:
        SettingsError: what an order has no place for.
        InputError: an edge with a delay, which means nothing in an order.
    """
    asked = {"ii": settings.ii is not None, "kappa": settings.kappa is not None}
    asked |= {"limits": settings.limits, "a weight on latency": settings.latency_weight}
    asked |= {"a depth": settings.depth not in (None, problem.nodes)}
    for what in (name for name, value in asked.items() if value):
        raise SettingsError(f"{what} is given; an order has a step for each node: leave it out")
    if names != ("sequence",) or set(raw) != {"footprint"}:
        raise SettingsError(
            f"the constraint 'sequence' and the term 'footprint' go together and alone, as in "
            f"objective S; given: {', '.join(names)} and {', '.join(raw)}"
        )
    late = np.flatnonzero((problem.delay > 0) & (problem.distance == 0))
    if late.size:
        raise InputError(
            f"{problem.name}: {problem.edge(int(late[0]))} has a delay of "
            f"{problem.delay[late[0]]}; an order knows no cycles: set delays to 0"
        )
    frame = steps_of(problem)
    objective = Objective(
        name=settings.name,
        weights={"footprint": _weight("footprint", raw["footprint"])},
        constraints=(CONSTRAINTS["sequence"],),
        lifetime="buffer",
        depth=problem.nodes,
        ratio=None,
    )
    return objective, frame


def _interval(
    settings: ObjectiveSettings, preset: Preset | None, problem: Problem, limited: bool
) -> int | None:
    """The II asked for, MinII where it is "auto", None where iterations do not overlap."""
    asked = settings.ii
    if asked is None and preset is not None and preset.pipelined:
        asked = AUTO
    if asked is None:
        return None
    unlimited = np.full(len(problem.classes), np.inf)
    least = min_ii(problem, None if limited else unlimited)
    if asked == AUTO:
        return least.value
    if isinstance(asked, str) or asked < 1:
        raise SettingsError(f'ii is {asked!r}; it must be a whole number of at least 1, or "auto"')
    if asked < least.value:
        raise InfeasibleError(
            f"{problem.name}: initiation interval {asked} is below {least.value}, the least that "
            f"{witness(problem, least)}"
        )
    return asked


def _roomy(problem: Problem, least: int, ii: int | None) -> int:
    """A depth that leaves room where none is asked for: all uses one after the other, or some II.

    A legal schedule without II always fits into it.
    """
    if ii is not None:
        return least + 3 * ii
    tails = np.zeros(problem.nodes, np.int64)
    np.maximum.at(tails, problem.tail, problem.delay)
    blocked = np.zeros(problem.nodes, np.int64)
    np.maximum.at(blocked, problem.use_node, problem.use_occupancy)
    return int(np.sum(np.maximum(problem.duration + tails, blocked)))


def _check_size(problem: Problem, depth: int, what: str, asked: bool) -> None:
    """Refuse so many steps, called ``what``, if profiles would hold more than `MOST_STEPS`.

    ``asked``: whether somebody has given this number, and could lower it.
    """
    rows = max(1, len(problem.classes))
    if rows * horizon(problem, depth) <= MOST_STEPS:
        return
    if rows * depth <= MOST_STEPS:
        what, asked = f"an occupancy of {problem.use_occupancy.max()} cycles", True
    raise InputError(
        f"{problem.name}: {what} is beyond the {MOST_STEPS // rows} that profiles of {rows} "
        f"classes can hold; {'lower it, or ' if asked else ''}measure time in a coarser unit"
    )


def _decimal(kappa: str) -> Fraction:
    try:
        return Fraction(str(kappa))
    except (ValueError, ZeroDivisionError):
        raise SettingsError(f"kappa is {kappa!r}; it must be a decimal such as 1.1") from None


def _weight(term: str, value: Any) -> float:
    try:
        weight = float(value)
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise SettingsError(
            f'weight of {term} is {value!r}; it must be a finite number >= 0, or "ratio"'
        )
    return weight


def _ratio(ratio: float | str, problem: Problem, objective: Objective) -> float:
    """``balanced`` is ``communication(ASAP) / max(1, sum_r c_r peak usage_r(ASAP))``."""
    if isinstance(ratio, str) and ratio != "balanced":
        raise SettingsError(f'ratio is {ratio!r}; it must be a number or "balanced"')
    if ratio != "balanced":
        return float(ratio)
    first = Schedule(asap(problem, objective.ii), objective.depth, objective.ii)
    communication = TERMS["communication"].exact(problem, first, objective.lifetime)
    return communication / max(1.0, TERMS["peak_usage"].exact(problem, first, objective.lifetime))
