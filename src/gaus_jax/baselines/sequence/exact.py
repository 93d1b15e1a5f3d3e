"""Orders with a proof: dynamic programming, and CP-SAT, which needs ``gaus-jax[baselines]``."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gaus_jax.baselines.baseline import Attempt
from gaus_jax.baselines.cpsat import CpSat
from gaus_jax.baselines.draft import Draft
from gaus_jax.baselines.sequence.downsets import least_peak
from gaus_jax.baselines.sequence.listed import RULES, sequential_only
from gaus_jax.core.problem import Problem
from gaus_jax.core.sequence import flow, footprints, starts
from gaus_jax.model.objective import Objective


@dataclass(frozen=True, kw_only=True)
class Downsets:
    """Dynamic programming over the sets of nodes that may have run, below the best of the rules."""

    name = "order_exact"
    sequential = True
    most_states: int = 300_000
    most_nodes: int = 5_000

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Objective S on graphs whose states fit in memory."""
        if problem.nodes > self.most_nodes:
            return f"{problem.name} has {problem.nodes} nodes, more than {self.most_nodes}"
        return sequential_only(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """Offer the rules' orders, then the best there is, unless the states do not suffice."""
        for rule in RULES.values():
            rule.run(attempt)
        view = flow(attempt.problem)
        with attempt.clock.stage("optimise"):
            known = min(footprints(view, r.order(view)).max(initial=0.0) for r in RULES.values())
            found = least_peak(view, 0.0, float(known), self.most_states)
        if found.order is not None:
            attempt.offer(starts(found.order))
        proved = attempt.objective.weights["footprint"] * found.bound
        attempt.bound(attempt.best_cost if found.proved else proved)


@dataclass(frozen=True, kw_only=True)
class CpSatOrder(CpSat):
    """All starts different, values as intervals, the footprint as a cumulative constraint."""

    name = "order_cpsat"
    sequential = True
    most_nodes: int = 2_000

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Objective S on graphs that the solver can take in."""
        if problem.nodes > self.most_nodes:
            return f"{problem.name} has {problem.nodes} nodes, more than {self.most_nodes}"
        return sequential_only(self.name, objective)

    def build(self, draft: Draft) -> Iterator[None]:
        """Places, what must come first, and an interval for each value and each workspace."""
        problem, window, model = draft.problem, draft.window, draft.model
        low, high, hint = window.asap.tolist(), window.alap.tolist(), draft.hint.start.tolist()
        start = [draft.integer(*at) for at in zip(low, high, hint, strict=True)]
        model.add_all_different(start)
        yield
        view = flow(problem)
        for node in range(problem.nodes):
            for i in view.before.item[view.before.first[node] : view.before.first[node + 1]]:
                model.add(start[node] >= start[int(i)] + 1)
        yield
        numbers, factor = draft.amounts(np.concatenate([problem.size, problem.workspace]))
        order = np.argsort(draft.hint.start)
        best = float(footprints(view, order).max(initial=0.0))
        peak = draft.peak(draft.weight("footprint"), numbers, factor, best)
        intervals = []
        for node in range(problem.nodes):
            readers = view.readers.item[view.readers.first[node] : view.readers.first[node + 1]]
            end = model.new_int_var(1, problem.nodes, "")
            model.add(end >= (problem.nodes if problem.output[node] else start[node] + 1))
            for reader in readers.tolist():
                model.add(end >= start[reader] + 1)
            length = model.new_int_var(1, problem.nodes, "")
            intervals.append(model.new_interval_var(start[node], length, end, ""))
        intervals += [model.new_fixed_size_interval_var(at, 1, "") for at in start]
        yield
        model.add_cumulative(intervals, numbers, peak)
        draft.starts = lambda solution: solution[: problem.nodes]
