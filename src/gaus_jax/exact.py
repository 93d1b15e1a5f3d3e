"""Whether an II allows a legal schedule: CP-SAT's answer, where it is installed and in time."""

import threading
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np

from gaus_jax.baselines.modulo.cpsat_model import ModuloModel
from gaus_jax.core.problem import Problem
from gaus_jax.core.reservation import Reservations, reservations
from gaus_jax.core.rings import anchored, components, within_components
from gaus_jax.core.window import Window, asap_length, window
from gaus_jax.legalise.modulo.stages import with_slots

MOST_CELLS = 200_000  # nodes of the model times II; about as many literals


class Effort(NamedTuple):
    """What an answer may cost."""

    seconds: float = float("inf")
    work: float = float("inf")  # in the solver's own deterministic unit, about a second of a core
    workers: int = 1  # threads


class Answer(NamedTuple):
    """What was found out of an II."""

    status: Literal["found", "infeasible", "unknown"]
    start: np.ndarray | None = None  # (N,) int64, steps; the solver's claim, to be verified


def decide(problem: Problem, ii: int, frame: Window | None, effort: Effort, seed: int) -> Answer:
    """A schedule at an II, a proof that there is none, or neither.

    Where nothing bounds the latency only recurrences and slots are modelled (see `core.rings`), and
    of nodes beyond recurrences those that do not simply fill what the others leave.

    Args:
        problem: the graph, with its limits.
        ii: at least MinII, and such that every node fits by itself.
        frame: windows at this II that schedules have to keep; None: nothing bounds the latency.
        effort: what it may cost; nothing is known where ortools is not installed.
        seed: of the solver.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        return Answer("unknown")
    limits, core, view = problem.limit, problem, frame
    fill = np.zeros(problem.nodes, bool)
    if frame is None:
        rings = within_components(problem)
        fill = fillers(rings)
        core = without_uses(rings, fill)
        first = [int(nodes[0]) for nodes in components(rings)]
        view = anchored(rings, ii, np.array(first, np.int64), ii - 1)
    assert view is not None
    table = reservations(core, view)
    if np.unique(table.owner).size * ii > MOST_CELLS or effort.seconds <= 0:
        return Answer("unknown")
    model = ModuloModel(cp_model, core, view, None)
    model.limit_usage(table, limits)
    status, start = _solve(cp_model, model, effort, seed)
    if start is None or frame is not None:
        return Answer(status, start)
    return Answer(status, lifted(problem, ii, start, fill))


def fillers(problem: Problem) -> np.ndarray:
    """Nodes without edges that take a unit of one class for a cycle; (N,) bool.

    In a class of whole demands they fit wherever the others leave room, by ResMII.
    """
    real = np.isfinite(problem.limit)[problem.use_class] & (problem.use_demand > 0)
    real &= problem.use_occupancy > 0
    kind, node = problem.use_class, problem.use_node
    whole = problem.limit == np.floor(problem.limit)
    np.logical_and.at(whole, kind, problem.use_demand == np.floor(problem.use_demand))
    plain = (problem.use_demand == 1) & (problem.use_occupancy == 1) & whole[kind]
    found = np.bincount(node[real], minlength=problem.nodes) == 1
    found[node[real & ~plain]] = False
    found[problem.tail] = found[problem.head] = False
    return found


def without_uses(problem: Problem, nodes: np.ndarray) -> Problem:
    """The same problem where some nodes, (N,) bool, use nothing."""
    keep = ~nodes[problem.use_node]
    names = ("use_node", "use_class", "use_demand", "use_occupancy")
    return replace(problem, **{name: getattr(problem, name)[keep] for name in names})


def lifted(problem: Problem, ii: int, start: np.ndarray, fill: np.ndarray) -> np.ndarray | None:
    """Starts in the slots of a schedule of the recurrences, with what fills the rest; all stages.

    None where that fails, which it does for no schedule that keeps the recurrences and limits.
    """
    slot = start % ii
    table = reservations(problem, Window(slot, slot, ii, ii))
    usage = _usage(table, slot, ~fill)
    for node in np.flatnonzero(fill):
        entry = table.first[node]  # a filler has one
        r = table.kind[entry]
        slot[node] = int(np.argmin(usage[r]))
        usage[r, slot[node]] += table.amount[entry]
    depth = asap_length(problem, ii) + (problem.nodes + 1) * ii  # of which none needs all
    return with_slots(problem, window(problem, depth, ii), slot).start


def _usage(table: Reservations, slot: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """What some nodes, (N,) bool, take of each class in each slot; (R, S) float64, units."""
    usage = np.zeros_like(table.usage)
    mine = nodes[table.owner]
    at = (slot[table.owner] + table.offset) % usage.shape[1]
    np.add.at(usage, (table.kind[mine], at[mine]), table.amount[mine])
    return usage


def _solve(
    cp_model: Any, model: ModuloModel, effort: Effort, seed: int
) -> tuple[Literal["found", "infeasible", "unknown"], np.ndarray | None]:
    """Run the solver on a thread of its own, so that an interrupt ends it at once."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.catch_sigint_signal = False
    if np.isfinite(effort.seconds):
        solver.parameters.max_time_in_seconds = effort.seconds
    if np.isfinite(effort.work):
        solver.parameters.max_deterministic_time = effort.work
    status: list[Any] = []
    thread = threading.Thread(target=lambda: status.append(solver.solve(model.model)))
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.05)
    except KeyboardInterrupt:
        solver.stop_search()
        thread.join()
        raise
    if status == [cp_model.INFEASIBLE]:
        return "infeasible", None
    if status not in ([cp_model.OPTIMAL], [cp_model.FEASIBLE]):
        return "unknown", None
    return "found", np.array([solver.value(s) for s in model.start], np.int64)
