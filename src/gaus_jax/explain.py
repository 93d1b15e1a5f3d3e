"""Why there is no schedule, and the least change that would allow one.

Who asks for an interval or a depth is in the errors themselves (`core.recurrence`, `core.window`,
`core.reservation`, `bounds.limited`); here is what would do instead.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import MinII, min_ii, recurrence_ii, resource_ii
from gaus_jax.core.window import asap_length
from gaus_jax.feasible import Attempts, Feasible, one_after_the_other
from gaus_jax.interval.least import automatic
from gaus_jax.legalise.serial import earliest
from gaus_jax.model.objective import constraint_names

EFFORT = 0.1  # times the usual placements, for what is tried
SECONDS = 2.0  # of trying what would do
EDGE_WORK = 20_000_000  # edges times tries, of looking for one that carries too little
FURTHER = 64  # intervals beyond the one asked for that are tried


def shorter_interval(problem: Problem, least: MinII) -> str:
    """What single change lowers MinII the most: a unit more of a class, or a longer distance.

    Returns:
        ``one more unit of class mul lowers it from 14 to 7``; empty where it is 1 already.
    """
    now = least.value
    if now == 1:
        return ""
    if least.recurrence == least.resource:
        return "no single change lowers it: the recurrence and the class both ask for it"
    if least.resource > least.recurrence:
        return _more_units(problem, least)
    found = _longer_distances(problem, least.cycle, 1)
    to, edge = min(found, key=lambda one: one[0], default=(now, -1))  # a carried one of equals
    to = max(1, to, least.resource)
    if to >= now:
        return f"no single edge lowers it: another recurrence asks for {now} too"
    return f"{_carried(problem, edge, 1)} lowers it from {now} to {to}"


def relief(problem: Problem, settings: ObjectiveSettings, seconds: float = SECONDS) -> str:
    """What would allow a schedule where there is none, or where none was found.

    Args:
        problem: the graph as its file says it.
        settings: the objective that it fails.
        seconds: for trying out what would do.

    Returns:
        A sentence without its full stop; empty where nothing is known to help.
    """
    problem = with_limits(problem, settings.limits)
    if "resource" not in constraint_names(settings):
        problem = replace(problem, limit=np.full(len(problem.classes), np.inf))
    missing = _missing_units(problem)
    if missing:
        return missing
    if settings.ii is None and not automatic(settings):
        return _depth(problem, settings)
    least = min_ii(problem)
    if isinstance(settings.ii, int) and settings.ii < least.value:
        return _interval(problem, settings.ii, least)
    return _pipelined(problem, settings, seconds)


def _missing_units(problem: Problem) -> str:
    """The classes of which one node alone takes more than there is."""
    needed = np.zeros((problem.nodes, len(problem.classes)))
    uses = problem.use_occupancy > 0
    where = problem.use_node[uses], problem.use_class[uses]
    np.add.at(needed, where, problem.use_demand[uses])
    least = needed.max(axis=0, initial=0)
    short = np.flatnonzero(least > problem.limit * (1 + 1e-9))
    return _listed([f"a limit of {least[r]:g} for class {problem.classes[r]}" for r in short])


def _interval(problem: Problem, asked: int, least: MinII) -> str:
    """What an interval below MinII would take."""
    wanted = _units_for(problem, asked)
    if least.recurrence > asked:
        total = int(problem.reach[list(least.cycle)].sum())
        turns = int(problem.distance[list(least.cycle)].sum())
        more = -(-total // asked) - turns if asked > 0 else 0
        good = [e for to, e in _longer_distances(problem, least.cycle, more) if to <= asked]
        wanted.append(
            _carried(problem, good[0], more) if good else "a longer distance in several recurrences"
        )
    both = " (all of these)" if len(wanted) > 1 else ""
    return f"an interval of {least.value} may do; for {asked} it takes {', '.join(wanted)}{both}"


def _units_for(problem: Problem, ii: int) -> list[str]:
    """The units of each class that an interval takes, where there are fewer."""
    work = problem.work
    found = []
    for r in np.flatnonzero(np.isfinite(problem.limit)):
        units = math.ceil(work[r] / ii * (1 - 1e-12))
        if units > problem.limit[r]:
            name, now = problem.classes[r], problem.limit[r]
            found.append(f"{units} units of class {name} instead of {now:g}")
    return found


def _depth(problem: Problem, settings: ObjectiveSettings) -> str:
    """What would do where iterations do not overlap."""
    if settings.depth is None and settings.kappa is None:
        return ""
    length = _list_length(problem)
    found = [f"a depth of {length} would do"]
    asked = settings.depth
    if asked is not None and asked >= asap_length(problem):
        found += [
            f"at {asked}, one more unit of class {problem.classes[r]} would"
            for r in np.flatnonzero(np.isfinite(problem.limit))
            if _list_length(_with_units(problem, int(r), 1)) <= asked
        ][:1]
    return "; ".join(found)


def _pipelined(problem: Problem, settings: ObjectiveSettings, seconds: float) -> str:
    """What would do at an interval that MinII allows."""
    clock = Clock(seconds, seconds)
    with clock.stage("legalise"):
        if settings.depth is not None or settings.kappa is not None:
            return _deeper(problem, settings, clock)
        asked = settings.ii if isinstance(settings.ii, int) else None
        for ii in range(asked + 1, asked + FURTHER) if asked else ():
            if clock.expired():
                break
            if _placed(problem, settings, ii, clock) is not None:
                return f"an interval of {ii} would do"
    apart = one_after_the_other(problem)
    return f"an interval of {apart.ii} would do"


def _placed(
    problem: Problem, settings: ObjectiveSettings, ii: int, clock: Clock
) -> Feasible | None:
    """What a quick placement finds at an interval, if that allows one at all."""
    try:
        return Attempts(problem, settings, 0, clock, None).at(ii, EFFORT)
    except InfeasibleError:
        return None


def _deeper(problem: Problem, settings: ObjectiveSettings, clock: Clock) -> str:
    """What depth would do, and at which interval the one asked for might."""
    free = replace(settings, depth=None, kappa=None)
    found = []
    if isinstance(settings.ii, int):
        placed = _placed(problem, free, settings.ii, clock)
        if placed is not None:
            starts = [hint.start for hint in placed.hints.values()]
            length = min(int(np.max(s + problem.duration, initial=0)) for s in starts)
            found.append(f"a depth of {length} would do")
    apart = one_after_the_other(problem)
    if not found:
        found.append(f"a depth of {apart.depth} would do, at an interval of {apart.ii}")
    elif settings.depth is not None and settings.depth >= apart.depth:
        found.append(f"or an interval of {apart.ii}")
    return ", ".join(found)


def _more_units(problem: Problem, least: MinII) -> str:
    """The fewest units more of the critical class that lower MinII, and to what."""
    now, r = least.value, least.critical
    assert r is not None
    more = math.ceil(problem.work[r] / (now - 1) * (1 - 1e-12) - problem.limit[r])
    wider = _with_units(problem, r, more)
    to = max(1, least.recurrence, resource_ii(wider)[0])
    if to >= now:
        other = problem.classes[_other(wider)]
        return f"no single class lowers it: class {other} asks for {now} too"
    units = "one more unit" if more == 1 else f"{more} more units"
    return f"{units} of class {problem.classes[r]} lower{'s' * (more == 1)} it from {now} to {to}"


def _other(problem: Problem) -> int:
    critical = resource_ii(problem)[1]
    assert critical is not None
    return critical


def _longer_distances(
    problem: Problem, cycle: tuple[int, ...], more: int
) -> Iterator[tuple[int, int]]:
    """RecMII where an edge of a cycle has so much more distance, and the edge; carried ones first.

    Only as many as are tried in reasonable time.
    """
    edges = sorted(cycle, key=lambda e: problem.distance[e] == 0)
    for edge in edges[: max(1, EDGE_WORK // max(1, 100 * problem.edges))]:
        distance = problem.distance.copy()
        distance[edge] += more
        yield recurrence_ii(replace(problem, distance=distance))[0], edge


def _carried(problem: Problem, edge: int, more: int) -> str:
    now = int(problem.distance[edge])
    return f"{problem.edge(edge)} with distance {now + more} instead of {now}"


def _with_units(problem: Problem, r: int, more: float) -> Problem:
    limit = problem.limit.copy()
    limit[r] += more
    return replace(problem, limit=limit)


def _list_length(problem: Problem) -> int:
    start = earliest(problem, np.zeros(problem.nodes)).start
    return int(np.max(start + problem.duration, initial=0))


def _listed(parts: list[str]) -> str:
    return f"{' and '.join(parts)} would do for each node by itself" if parts else ""
