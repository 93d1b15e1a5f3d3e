"""CP-SAT with a Boolean for each node and step."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gaus_jax.baselines.consumers import consumers
from gaus_jax.baselines.cpsat import CpSat
from gaus_jax.baselines.draft import Draft
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import birth_delay, horizon, live, usage
from gaus_jax.core.window import Window, window
from gaus_jax.model.objective import Objective


class Times(NamedTuple):
    """Moments in order encoding: the literal ``first_v + t - low_v`` says that ``time_v <= t``.

    It exists for ``low_v <= t < high_v``; before it is false, after it is true. The first ``N``
    moments are the nodes' starts, the others last reads of values with several consumers.
    """

    low: np.ndarray  # (V,) int64, steps
    high: np.ndarray  # (V,) int64, steps
    last: np.ndarray  # (N,) int64, the moment of a value's last read; -1: never read
    before: np.ndarray  # (P, 3) int64: time_v >= time_u + reach as (u, v, reach)

    @property
    def first(self) -> np.ndarray:
        """Index of the first literal of each moment; (V + 1,) int64."""
        return np.concatenate([[0], np.cumsum(self.high - self.low)])


class Changes(NamedTuple):
    """Amounts that come, or go where negative, so many steps after a moment; (M,) int64 each."""

    moment: np.ndarray
    delay: np.ndarray  # steps
    amount: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CpSatStep(CpSat):
    """The order encoding ``x_it = [s_i <= t]``: dependences are implications.

    Usage and live values of each step are sums of literals, at most the peak; communication is
    linear in the literals, as ``s_i = ALAP_i - sum_t x_it``.
    """

    name = "cpsat_step"
    most_literals: int = 2_000_000
    most_presolved: int = 100_000

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Graphs whose model fits in memory."""
        frame = window(problem, objective.depth)
        literals = int(times(problem, frame, objective).first[-1])
        if literals <= self.most_literals:
            return ""
        return (
            f"{problem.name} would take {literals:,} literals in the step encoding, more than "
            f"{self.most_literals:,}"
        )

    def presolves(self, draft: Draft) -> bool:
        """Not with communication, nor where it would outlast short limits: worse at 10 s."""
        small = len(draft.model.proto.variables) <= self.most_presolved
        return small and draft.weight("communication") == 0

    def build(self, draft: Draft) -> Iterator[None]:
        """Literals and implications, then one part for each term."""
        problem = draft.problem
        moments = times(problem, draft.window, draft.objective)
        hints = _hints(problem, moments, draft.hint.start)
        literals = [draft.boolean(hint) for hint in hints.tolist()]
        yield
        yield from _implications(draft, moments, literals)
        first, count = moments.first[: problem.nodes + 1], problem.nodes
        if draft.weight("communication") > 0:
            _communication(draft, first, literals)
        if draft.weight("latency") > 0:
            _latency(draft, first, literals)
        yield
        if draft.weight("peak_usage") > 0:
            yield from _usage(draft, moments, literals)
        if draft.weight("peak_live") > 0:
            yield from _live(draft, moments, literals)
        alap = draft.window.alap
        owner = np.repeat(np.arange(count), np.diff(first))
        draft.starts = lambda solution: (
            alap - np.bincount(owner, solution[: first[-1]], count).astype(np.int64)
        )


def times(problem: Problem, frame: Window, objective: Objective) -> Times:
    """The moments that the objective asks for, and their order."""
    edges = problem.forward
    before = [np.stack([problem.tail[edges], problem.head[edges], problem.reach[edges]], axis=1)]
    low, high = frame.asap.tolist(), frame.alap.tolist()
    last = np.full(problem.nodes, -1, np.int64)
    if objective.weights.get("peak_live", 0.0) > 0:
        for node, readers in enumerate(consumers(problem)):
            if len(readers) == 1:
                last[node] = readers[0]
            elif readers and problem.size[node] > 0:
                last[node] = len(low)
                before.append(np.array([(j, len(low), 0) for j in readers]))
                low.append(max(low[j] for j in readers))
                high.append(max(high[j] for j in readers))
    return Times(np.array(low, np.int64), np.array(high, np.int64), last, np.concatenate(before))


def _hints(problem: Problem, moments: Times, start: np.ndarray) -> np.ndarray:
    """The value of each literal in a schedule; bool."""
    time = np.concatenate([start, np.zeros(moments.low.size - start.size, np.int64)])
    tail, head, _ = moments.before.T
    reads = head >= problem.nodes
    np.maximum.at(time, head[reads], start[tail[reads]])
    owner, step = _literals(moments)
    return time[owner] <= step


def _literals(moments: Times) -> tuple[np.ndarray, np.ndarray]:
    """The moment and the step of each literal."""
    length = moments.high - moments.low
    owner = np.repeat(np.arange(length.size), length)
    return owner, np.arange(owner.size) - moments.first[owner] + moments.low[owner]


def _implications(draft: Draft, moments: Times, literals: list[Any]) -> Iterator[None]:
    """``[time_v <= t]`` implies ``[time_u <= t - reach]`` and ``[time_v <= t + 1]``."""
    every = np.arange(moments.low.size)
    chain = np.stack([every, every, np.full(every.size, -1)], axis=1)
    earlier, later, reach = np.concatenate([chain, moments.before]).T
    until = np.minimum(moments.high[later], moments.high[earlier] + reach)
    length = np.maximum(until - moments.low[later], 0)
    pair = np.repeat(np.arange(length.size), length)
    offset = np.arange(pair.size) - np.repeat(np.cumsum(length) - length, length)
    step = moments.low[later][pair] + offset
    first = moments.first[:-1] - moments.low
    cause, effect = first[later][pair] + step, first[earlier][pair] + step - reach[pair]
    order = np.argsort(cause, kind="stable")
    effects = effect[order].tolist()
    where = np.concatenate([[0], np.cumsum(np.bincount(cause, minlength=len(literals)))]).tolist()
    for literal, (begin, end) in enumerate(pairwise(where)):
        if begin < end:
            implied = [literals[at] for at in effects[begin:end]]
            draft.model.add_bool_and(implied).only_enforce_if(literals[literal])
        if literal % 1024 == 0:
            yield


def _communication(draft: Draft, first: np.ndarray, literals: list[Any]) -> None:
    """``sum_i pull_i (ALAP_i - sum_t x_it)``."""
    pull, factor = draft.pull()
    alap = draft.window.alap.tolist()
    per_literal = np.repeat(pull, np.diff(first)).tolist()
    span = sum(p * a for p, a in zip(pull, alap, strict=True)) - draft.weighted_sum(
        literals[: len(per_literal)], per_literal
    )
    most = sum(abs(p) * a for p, a in zip(pull, alap, strict=True))
    draft.charge(draft.weight("communication") / factor, span, most)


def _latency(draft: Draft, first: np.ndarray, literals: list[Any]) -> None:
    """The last step ``>= ALAP_i - sum_t x_it + duration_i``."""
    problem, window = draft.problem, draft.window
    finish = int(np.max(draft.hint.start + problem.duration, initial=0))
    last = draft.integer(0, window.depth, finish)
    for i, latest in enumerate((window.alap + problem.duration).tolist()):
        draft.model.add(last >= latest - sum(literals[first[i] : first[i + 1]]))
    draft.charge(draft.weight("latency"), last, window.depth)


def _usage(draft: Draft, moments: Times, literals: list[Any]) -> Iterator[None]:
    """The units of each class that costs, step by step."""
    problem = draft.problem
    peaks = usage(problem, draft.hint).max(axis=1, initial=0)
    steps = horizon(problem, draft.window.depth)
    for r in np.flatnonzero(problem.class_cost > 0).tolist():
        mine = (problem.use_class == r) & (problem.use_demand > 0) & (problem.use_occupancy > 0)
        node, length = problem.use_node[mine], problem.use_occupancy[mine]
        numbers, factor = draft.amounts(problem.use_demand[mine])
        weight = draft.weight("peak_usage") * float(problem.class_cost[r])
        peak = draft.peak(weight, numbers, factor, float(peaks[r]))
        amount = np.array(numbers, np.int64)
        changes = Changes(
            np.concatenate([node, node]),
            np.concatenate([np.zeros_like(length), length]),
            np.concatenate([amount, -amount]),
        )
        yield from _rows(draft, moments, literals, changes, steps, peak)


def _live(draft: Draft, moments: Times, literals: list[Any]) -> Iterator[None]:
    """The values held, step by step."""
    problem, lifetime = draft.problem, draft.objective.lifetime
    numbers, factor = draft.amounts(problem.size)
    hint = float(live(problem, draft.hint, lifetime).max(initial=0))
    peak = draft.peak(draft.weight("peak_live"), numbers, factor, hint)
    amount, node = np.array(numbers, np.int64), np.arange(problem.nodes)
    last, ahead = moments.last, birth_delay(problem, lifetime)
    if lifetime == "register":
        born = dies = (last >= 0) & (amount > 0)
    else:
        last = np.where(last >= 0, last, node)
        born = amount > 0
        dies = born & ~problem.output
    changes = Changes(
        np.concatenate([node[born], last[dies]]),
        np.concatenate([ahead[born], np.ones(np.count_nonzero(dies), np.int64)]),
        np.concatenate([amount[born], -amount[dies]]),
    )
    yield from _rows(draft, moments, literals, changes, draft.window.depth, peak)


def _rows(
    draft: Draft, moments: Times, literals: list[Any], changes: Changes, steps: int, peak: Any
) -> Iterator[None]:
    """At most the peak in each step of what has come and not gone."""
    moment, delay, amount = changes
    certain = np.zeros(steps + 1, np.int64)
    np.add.at(certain, np.minimum(moments.high[moment] + delay, steps), amount)
    certain = np.cumsum(certain)[:steps].tolist()
    length = moments.high[moment] - moments.low[moment]
    change = np.repeat(np.arange(moment.size), length)
    offset = np.arange(change.size) - np.repeat(np.cumsum(length) - length, length)
    step = (moments.low[moment] + delay)[change] + offset
    literal = moments.first[moment][change] + offset
    within = step < steps
    step, literal, change = step[within], literal[within], change[within]
    # A literal that comes in and goes in the same step, or twice, counts once with the sum.
    key, where = np.unique(step * max(1, len(literals)) + literal, return_inverse=True)
    sums = np.zeros(key.size, np.int64)
    np.add.at(sums, where, amount[change])
    step, literal = np.divmod(key, max(1, len(literals)))
    for d, (begin, end) in enumerate(pairwise(np.searchsorted(step, np.arange(steps + 1)))):
        row = [literals[at] for at in literal[begin:end].tolist()]
        total = draft.weighted_sum(row, sums[begin:end].tolist())
        draft.model.add(total + certain[d] <= peak)
        yield
