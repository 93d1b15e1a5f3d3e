"""List scheduling for the least latency under resource limits: priority rules, both directions.

The rules are the usual ones of project scheduling (Kolisch, Serial and parallel
resource-constrained project scheduling methods revisited, 1996), each by the serial scheme. One
that looks at the way to the end looks, backward, at the way from the beginning.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.core.problem import Problem
from gaus_jax.core.serial import SerialPlan, mirrored, scheduled, serial_plan
from gaus_jax.model.objective import Objective

MOST_NODES = 20_000  # of which all that follow each are counted: an eighth of a byte for a pair


class Ways(NamedTuple):
    """The longest ways through each node of a plan."""

    early: np.ndarray  # (N,) int64, earliest start, steps
    tail: np.ndarray  # (N,) int64, from the start to the end, steps


def latest_start(plan: SerialPlan, ways: Ways) -> np.ndarray:
    """The least latest start, ALAP, first."""
    return -ways.tail


def latest_finish(plan: SerialPlan, ways: Ways) -> np.ndarray:
    """The least latest finish first."""
    return plan.duration - ways.tail


def slack(plan: SerialPlan, ways: Ways) -> np.ndarray:
    """The least mobility, ``ALAP - ASAP``, first."""
    return -ways.tail - ways.early


def followers(plan: SerialPlan, ways: Ways) -> np.ndarray:
    """The most nodes that depend on it, near or far, first; by latest start for many nodes."""
    if plan.rank.size > MOST_NODES:
        return latest_start(plan, ways)
    return -_followers(plan, np.argsort(plan.rank))


def work(plan: SerialPlan, ways: Ways) -> np.ndarray:
    """The greatest work first: shares of the limits, times cycles."""
    share = plan.amount * (plan.end - plan.begin) / np.maximum(plan.limit[plan.row], 1)
    node = np.repeat(np.arange(plan.rank.size), np.diff(plan.first))
    return -np.bincount(node, share, plan.rank.size)


RULES: tuple[Callable[[SerialPlan, Ways], np.ndarray], ...] = (
    latest_finish,
    latest_start,
    slack,
    followers,
    work,
)


class ListLatency:
    """The shortest of the list schedules by every rule, forward and backward."""

    name = "list_latency"
    limited = True

    def supports(self, problem: Problem, objective: Objective) -> str:
        """What is neither pipelined nor without any use for short schedules."""
        return latency_alone(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """As many of the schedules as there is time for."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            offer_shortest(attempt)


def latency_alone(name: str, objective: Objective) -> str:
    """A refusal of an II, and of objectives without latency; empty for others."""
    if objective.ii is not None:
        return f"{name} knows no initiation interval"
    if not objective.limited and objective.weights.get("latency", 0.0) == 0:
        return f"{name} shortens schedules, which neither a limit nor the latency asks for"
    return ""


def offer_shortest(attempt: Attempt) -> None:
    """Offer the list schedules that keep the depth, until time is up."""
    problem, depth = attempt.problem, attempt.window.depth
    for _, start in list_schedules(problem, attempt.limit):
        if np.max(start + problem.duration, initial=0) <= depth:
            attempt.offer(start)
        if attempt.clock.expired():
            return


def list_schedules(
    problem: Problem, limit: np.ndarray | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """A schedule by each rule forward, then by each rule backward, with the rule's name.

    Args:
        problem: the graph; its loop-carried edges are left out.
        limit: (R,) float64, units, in place of the problem's own; inf for none.

    Yields:
        A name such as ``slack`` or ``slack_backward`` and (N,) int64 steps that keep every
        dependence and limit.

    Raises:
        InfeasibleError: a node that blocks more than a limit by itself.
    """
    plan = serial_plan(problem, limit)
    back = mirrored(plan)
    for rule in RULES:
        yield rule.__name__, scheduled(plan, rule(plan, longest_ways(plan)))[0]
    for rule in RULES:
        start, length = scheduled(back, rule(back, longest_ways(back)))
        yield f"{rule.__name__}_backward", length - problem.duration - start


def shortest_list(problem: Problem, limit: np.ndarray | None = None) -> np.ndarray:
    """The shortest of the list schedules; (N,) int64, steps. Errors as of `list_schedules`."""
    every = (start for _, start in list_schedules(problem, limit))
    return min(every, key=lambda start: int(np.max(start + problem.duration, initial=0)))


def longest_ways(plan: SerialPlan) -> Ways:
    """The longest ways of a plan, forward or mirrored, without limits."""
    return Ways(*_longest_ways(plan, np.argsort(plan.rank)))


@njit(cache=True)
def _longest_ways(plan, order):
    early = np.zeros(order.size, np.int64)
    tail = plan.duration.copy()
    for node in order:
        for at in range(plan.before.first[node], plan.before.first[node + 1]):
            early[node] = max(early[node], early[plan.before.node[at]] + plan.before.reach[at])
    for k in range(order.size - 1, -1, -1):
        node = order[k]
        for at in range(plan.after.first[node], plan.after.first[node + 1]):
            tail[node] = max(tail[node], tail[plan.after.node[at]] + plan.after.reach[at])
    return early, tail


@njit(cache=True)
def _followers(plan, order):
    """How many nodes depend on each; (N,) int64, by sets of bits."""
    nodes = order.size
    after = np.zeros((nodes, (nodes + 63) // 64), np.uint64)
    found = np.zeros(nodes, np.int64)
    for k in range(nodes - 1, -1, -1):
        node = order[k]
        for at in range(plan.after.first[node], plan.after.first[node + 1]):
            j = plan.after.node[at]
            after[node] |= after[j]
            after[node, j // 64] |= np.uint64(1) << np.uint64(j % 64)
        for word in after[node]:
            while word:
                word &= word - np.uint64(1)
                found[node] += 1
    return found
