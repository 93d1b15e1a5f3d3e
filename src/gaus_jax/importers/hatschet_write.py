"""HatScheT's file of a schedule with its binding: lines ``# key value``, then ``vertex;cycle;fu``.

Format: project SpeedyBK/hatschet, ScheduleAndBindingWriter and ScheduleAndBindingReader. Vertices
go by the names of HatScheT's graph file. As in HatScheT's simple binding, units count from 0 for
each class, and on a class without a limit every node has a unit of its own; where HatScheT binds by
the slot of the start alone, a use here holds its unit for its whole occupancy.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule


def check(problem: Problem, labels: Sequence[str] | None = None) -> None:
    """Refuse a problem of which no schedule can be written.

    Raises:
        InputError: a node with several uses, or one of more than a unit; a label that would not be
            read as one.
    """
    uses = np.bincount(problem.use_node, minlength=problem.nodes)
    if (uses > 1).any():
        node = problem.ids[int(np.argmax(uses > 1))]
        raise _refusal(problem, f"node {node} has {uses.max()} uses of resources")
    many = ~np.isin(problem.use_demand, (0, 1))
    if many.any():
        use = int(np.argmax(many))
        node, demand = problem.ids[problem.use_node[use]], problem.use_demand[use]
        raise _refusal(problem, f"node {node} takes {demand:g} units")
    for label in problem.ids if labels is None else labels:
        if not label or label.startswith("#") or any(mark in label for mark in ";\r\n"):
            what = (
                f"'{label[:40]}' is no name of a vertex: empty, with ; or a line break, or # first"
            )
            raise _refusal(problem, what)


def write_schedule(
    problem: Problem, schedule: Schedule, labels: Sequence[str] | None = None
) -> bytes:
    """Write the start and the unit of every node.

    A schedule without an II gets the least one at which iterations do not overlap.

    Args:
        problem: what was scheduled.
        schedule: of this problem.
        labels: (N,) what the file calls the nodes; their ids by default.

    Raises:
        InputError: see `check` and `binding`.
    """
    check(problem, labels)
    units = binding(problem, schedule)
    length = int((schedule.start + problem.latency).max(initial=0))
    ends = schedule.start[problem.use_node] + problem.use_occupancy
    ii = schedule.ii
    if ii is None:
        ii = max(1, schedule.depth, int(ends.max(initial=0)))
    lines = [f"# II {ii}", f"# scheduleLength {length}", "# vertex;cycle;fu"]
    names = problem.ids if labels is None else labels
    rows = zip(names, schedule.start.tolist(), units.tolist(), strict=True)
    lines += [f"{name};{start};{unit}" for name, start, unit in rows]
    return ("\n".join(lines) + "\n").encode()


def binding(problem: Problem, schedule: Schedule) -> np.ndarray:
    """The unit of its class that each node runs on, (N,) int64; 0 where it takes none.

    First fit, which needs no more units than are in use at once where iterations do not overlap or
    every occupancy is 1. Otherwise the arcs around the II are coloured from each slot on, those
    over the cut first, until it succeeds; as colouring arcs is hard, it may fail.

    Raises:
        InputError: more units are taken at once than there are, or none of the colourings fits;
            a unit would be held for longer than the II.
    """
    units = np.zeros(problem.nodes, np.int64)
    holds = (problem.use_demand > 0) & (problem.use_occupancy > 0)
    for r, limit in enumerate(problem.limit.tolist()):
        uses = np.flatnonzero(holds & (problem.use_class == r))
        nodes = problem.use_node[uses]
        if limit == np.inf or not nodes.size:
            units[nodes] = np.arange(len(nodes))
            continue
        start, cycles = schedule.start[nodes], problem.use_occupancy[uses]
        count = min(int(limit), len(nodes))
        span = int((start + cycles).max() - start.min())
        if schedule.ii is None or span <= schedule.ii:
            found = _intervals(start, cycles, count)
        else:
            if (cycles > schedule.ii).any():
                node = problem.ids[nodes[int(np.argmax(cycles > schedule.ii))]]
                raise _refusal(problem, f"node {node} holds a unit for longer than the II")
            found = _arcs(start % schedule.ii, cycles, count, schedule.ii)
        if found is None:
            what = f"no binding to the {limit:g} units of class {problem.classes[r]} was found"
            raise _refusal(problem, what)
        units[nodes] = found
    return units


def _intervals(start: np.ndarray, cycles: np.ndarray, count: int) -> np.ndarray | None:
    """First fit of intervals in the order of their starts; None where `count` units are too few."""
    free = np.full(count, np.iinfo(np.int64).min)  # when each unit is next free
    units = np.zeros(len(start), np.int64)
    for i in np.argsort(start, kind="stable").tolist():
        fits = free <= start[i]
        if not fits.any():
            return None
        units[i] = np.argmax(fits)
        free[units[i]] = start[i] + cycles[i]
    return units


def _arcs(slot: np.ndarray, cycles: np.ndarray, count: int, ii: int) -> np.ndarray | None:
    """First fit of arcs around the II, from the first cut on at which it succeeds."""
    for cut in range(ii if (cycles > 1).any() else 1):
        offset = (slot - cut) % ii
        order = np.lexsort((offset, offset + cycles <= ii))
        units = _first_fit(order.tolist(), slot, cycles, np.zeros((count, ii), np.bool_))
        if units is not None:
            return units
    return None


def _first_fit(
    order: Iterable[int], slot: np.ndarray, cycles: np.ndarray, busy: np.ndarray
) -> np.ndarray | None:
    units = np.zeros(len(slot), np.int64)
    for i in order:
        held = (slot[i] + np.arange(cycles[i])) % busy.shape[1]
        fits = ~busy[:, held].any(axis=1)
        if not fits.any():
            return None
        units[i] = np.argmax(fits)
        busy[units[i], held] = True
    return units


def _refusal(problem: Problem, what: str) -> InputError:
    return InputError(f"{problem.name}: HatScheT's schedule file cannot hold this: {what}")
