"""CP-SAT with start variables, interval variables and cumulative constraints."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gaus_jax.baselines.consumers import consumers
from gaus_jax.baselines.cpsat import CpSat
from gaus_jax.baselines.draft import Draft
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import birth_delay, live, usage
from gaus_jax.model.objective import Objective


@dataclass(frozen=True, kw_only=True)
class CpSatInterval(CpSat):
    """A start in its window for each node, differences for the dependences.

    A use is an interval of fixed length; a value is one of variable length, from its birth to the
    maximum of its consumers' starts. The peak of each class, and of the live values, is the
    capacity of a cumulative constraint, and a variable.
    """

    name = "cpsat_interval"
    most_intervals: int = 100_000

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Graphs that the solver can take in at all."""
        needed = 0
        if objective.weights.get("peak_usage", 0.0) > 0:
            needed += problem.use_node.size
        if objective.weights.get("peak_live", 0.0) > 0:
            needed += problem.nodes
        if max(needed, problem.nodes) <= self.most_intervals:
            return ""
        return (
            f"{problem.name} would take {max(needed, problem.nodes):,} intervals, more than the "
            f"{self.most_intervals:,} that CP-SAT can work with"
        )

    def build(self, draft: Draft) -> Iterator[None]:
        """Starts and dependences, then one part for each term."""
        problem, window = draft.problem, draft.window
        low, high, hint = window.asap.tolist(), window.alap.tolist(), draft.hint.start.tolist()
        start = [draft.integer(*at) for at in zip(low, high, hint, strict=True)]
        yield
        for tail, head, reach in binding(draft):
            draft.model.add(start[head] >= start[tail] + reach)
        yield
        if draft.weight("communication") > 0:
            pull, factor = draft.pull()
            span = draft.weighted_sum(start, pull)
            most = sum(abs(p) * h for p, h in zip(pull, high, strict=True))
            draft.charge(draft.weight("communication") / factor, span, most)
        if draft.weight("latency") > 0:
            finish = np.max(draft.hint.start + problem.duration, initial=0)
            last = draft.integer(0, window.depth, int(finish))
            for s, duration in zip(start, problem.duration.tolist(), strict=True):
                draft.model.add(last >= s + duration)
            draft.charge(draft.weight("latency"), last, window.depth)
        yield
        if draft.weight("peak_usage") > 0:
            yield from _usage(draft, start)
        if draft.weight("peak_live") > 0:
            yield from _live(draft, start)
        count = problem.nodes
        draft.starts = lambda solution: solution[:count]


def binding(draft: Draft) -> list[tuple[int, int, int]]:
    """The dependences that the windows do not imply: tail, head, reach."""
    problem, window = draft.problem, draft.window
    edges = problem.forward
    tail, head, reach = problem.tail[edges], problem.head[edges], problem.reach[edges]
    binds = window.alap[tail] + reach > window.asap[head]
    return list(zip(*(a[binds].tolist() for a in (tail, head, reach)), strict=True))


def _usage(draft: Draft, start: list) -> Iterator[None]:
    """One cumulative for each class that costs."""
    problem = draft.problem
    peaks = usage(problem, draft.hint).max(axis=1, initial=0)
    for r in np.flatnonzero(problem.class_cost > 0).tolist():
        mine = (problem.use_class == r) & (problem.use_demand > 0) & (problem.use_occupancy > 0)
        numbers, factor = draft.amounts(problem.use_demand[mine])
        weight = draft.weight("peak_usage") * float(problem.class_cost[r])
        peak = draft.peak(weight, numbers, factor, float(peaks[r]))
        intervals = [
            draft.model.new_fixed_size_interval_var(start[node], length, "")
            for node, length in zip(
                problem.use_node[mine].tolist(), problem.use_occupancy[mine].tolist(), strict=True
            )
        ]
        draft.model.add_cumulative(intervals, numbers, peak)
        yield


def _live(draft: Draft, start: list) -> Iterator[None]:
    """One cumulative over the lifetimes of all values."""
    problem, lifetime, depth = draft.problem, draft.objective.lifetime, draft.window.depth
    numbers, factor = draft.amounts(problem.size)
    hint = float(live(problem, draft.hint, lifetime).max(initial=0))
    peak = draft.peak(draft.weight("peak_live"), numbers, factor, hint)
    ahead = birth_delay(problem, lifetime).tolist()
    start_hint = draft.hint.start.tolist()
    intervals, demands = [], []
    for node, readers in enumerate(consumers(problem)):
        output = lifetime == "buffer" and problem.output[node]
        if numbers[node] == 0 or (lifetime == "register" and not readers):
            continue
        birth = start[node] + ahead[node]
        read = max((start_hint[j] for j in readers), default=start_hint[node])
        if output:
            death, read = depth, depth - 1
        elif not readers:
            death = start[node] + 1
        elif len(readers) == 1:
            death = start[readers[0]] + 1
        else:
            last = draft.integer(0, depth - 1, read)
            draft.model.add_max_equality(last, [start[j] for j in readers])
            death = last + 1
        length = draft.integer(0, depth, read + 1 - start_hint[node] - ahead[node])
        intervals.append(draft.model.new_interval_var(birth, length, death, ""))
        demands.append(numbers[node])
        if node % 256 == 0:
            yield
    draft.model.add_cumulative(intervals, demands, peak)
    yield
