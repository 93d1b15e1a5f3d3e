"""CP-SAT for the least latency under resource limits, the usual model of project scheduling."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.cpsat import CpSat
from gaus_jax.baselines.cpsat_interval import binding
from gaus_jax.baselines.draft import Draft
from gaus_jax.baselines.list_latency import ListLatency, offer_shortest
from gaus_jax.baselines.whole import whole
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import window
from gaus_jax.model.objective import Objective

GREATEST = 2**40  # of sums of demands in whole numbers


@dataclass(frozen=True, kw_only=True)
class CpSatLatency(CpSat):
    """A start for each node, differences for the dependences, one cumulative for each limit.

    No start is later than in the shortest list schedule, which is the hint.
    """

    name = "cpsat_latency"
    limited = True
    most_intervals: int = 100_000

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Latency alone, of graphs that the solver can take in at all."""
        if objective.ii is not None:
            return f"{self.name} knows no initiation interval"
        if {term for term, weight in objective.weights.items() if weight > 0} != {"latency"}:
            return f"{self.name} encodes latency alone; give no other term a weight"
        needed = max(problem.use_node.size, problem.nodes)
        if needed <= self.most_intervals:
            return ""
        return (
            f"{problem.name} would take {needed:,} intervals, more than the "
            f"{self.most_intervals:,} that CP-SAT can work with"
        )

    def begin(self, attempt: Attempt) -> None:
        """List schedules; the shortest bounds the windows."""
        offer_shortest(attempt)
        if attempt.best is not None:
            length = int(np.max(attempt.best.start + attempt.problem.duration, initial=0))
            attempt.window = window(attempt.problem, length)

    def run(self, attempt: Attempt) -> None:
        """As `CpSat.run`, with the kernels of list scheduling compiled before."""
        with attempt.clock.stage("compile"):
            warmed(ListLatency())
        super().run(attempt)

    def build(self, draft: Draft) -> Iterator[None]:
        """Starts, dependences, the last finish, and the limits."""
        problem, frame = draft.problem, draft.window
        ends = (frame.asap.tolist(), frame.alap.tolist(), draft.hint.start.tolist())
        start = [draft.integer(*at) for at in zip(*ends, strict=True)]
        yield
        for tail, head, reach in binding(draft):
            draft.model.add(start[head] >= start[tail] + reach)
        finish = int(np.max(draft.hint.start + problem.duration, initial=0))
        last = draft.integer(0, frame.depth, finish)
        for s, duration in zip(start, problem.duration.tolist(), strict=True):
            draft.model.add(last >= s + duration)
        draft.charge(draft.weight("latency"), last, frame.depth)
        yield
        if "limits" in draft.objective.facts:
            yield from _limits(draft, start)
        draft.starts = lambda solution: solution[: problem.nodes]


def _limits(draft: Draft, start: list) -> Iterator[None]:
    """One cumulative for each class that has a limit."""
    problem = draft.problem
    for r in np.flatnonzero(np.isfinite(problem.limit)).tolist():
        mine = (problem.use_class == r) & (problem.use_demand > 0) & (problem.use_occupancy > 0)
        demands = problem.use_demand[mine].tolist()
        *numbers, most = whole([*demands, float(problem.limit[r])], GREATEST).numbers
        uses = zip(
            problem.use_node[mine].tolist(), problem.use_occupancy[mine].tolist(), strict=True
        )
        intervals = [
            draft.model.new_fixed_size_interval_var(start[node], length, "")
            for node, length in uses
        ]
        draft.model.add_cumulative(intervals, numbers, most)
        yield
