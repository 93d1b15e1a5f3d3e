"""List scheduling against the same rules in naive loops."""

import time
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.baselines.list_scheduling import list_schedule
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered
from tests.strategies import problems


def _slow(problem, frame, urgency):
    """Of the ready nodes the most urgent first: where it fits, or where its last step has come."""
    edges = list(zip(problem.tail, problem.head, problem.reach, problem.distance, strict=True))
    before = [[(i, reach) for i, j, reach, distance in edges if j == node and distance == 0]
              for node in range(problem.nodes)]  # fmt: skip
    uses = [[] for _ in range(problem.nodes)]
    for u, node in enumerate(problem.use_node):
        steps = range(problem.use_occupancy[u])
        uses[node].append((problem.use_class[u], problem.use_demand[u], steps))
    units = [float(np.ceil(work / frame.depth)) for work in problem.work]
    load, start = defaultdict(float), {}
    for step in range(frame.depth):
        refused = set()
        while True:
            ready = [
                i
                for i in range(problem.nodes)
                if i not in start and i not in refused
                if all(t in start and start[t] + reach <= step for t, reach in before[i])
            ]
            if not ready:
                break
            node = min(ready, key=lambda i: (urgency[i], problem.rank[i]))
            cells = [(r, step + k, demand) for r, demand, steps in uses[node] for k in steps]
            fits = all(load[r, d] + demand <= units[r] for r, d, demand in cells)
            if not fits and frame.alap[node] > step:
                refused.add(node)
                continue
            start[node] = step
            for r, d, demand in cells:
                load[r, d] += demand
                units[r] = max(units[r], load[r, d])
    return [start[i] for i in range(problem.nodes)]


@settings(max_examples=300)
@given(problems(min_nodes=1, max_nodes=10), st.integers(0, 4), st.randoms(use_true_random=False))
def test_it_is_what_naive_loops_find(problem, slack, random):
    frame = window(problem, max(1, asap_length(problem)) + slack)
    urgency = np.array([random.randrange(4) for _ in range(problem.nodes)])
    assert list_schedule(problem, frame, (urgency,)).tolist() == _slow(problem, frame, urgency)


def test_what_uses_nothing_goes_when_its_turn_comes():
    # 2, which is the least urgent, uses nothing; it makes 1 ready, the most urgent, too late.
    problem = make_problem(3, [(2, 1)], latency=[1, 1, 0], uses=([0, 1], 0, 1, 1))
    frame = window(problem, 2)
    assert list_schedule(problem, frame, (np.array([1, 0, 2]),)).tolist() == [0, 1, 0]


@given(problems(min_nodes=1), st.integers(0, 4), st.booleans())
def test_windows_and_dependences_are_kept(problem, slack, backward):
    frame = window(problem, max(1, asap_length(problem)) + slack)
    start = list_schedule(problem, frame, (frame.mobility,), backward)
    assert np.all(frame.asap <= start)
    assert np.all(start <= frame.alap)
    near = problem.distance == 0
    gap = start[problem.head] - start[problem.tail] - problem.reach
    assert np.all(gap[near] >= 0)


def waiting(kind: str):
    """Many nodes that wait for long for units of one of two classes, or of demands of all sizes."""
    problem = layered(200_000, 25_000, 0)
    rng = np.random.default_rng(0)
    if kind == "demands":
        return replace(problem, use_demand=rng.choice([0.0, 1.0, 8.0, 9.5], problem.nodes))
    if kind == "classes":
        own = np.minimum(np.arange(problem.nodes) % 1000, 1)
        two = {"classes": ("a", "b"), "class_cost": np.ones(2), "limit": np.full(2, np.inf)}
        return replace(problem, use_class=own, **two)
    return problem


@pytest.mark.parametrize("kind", ["plain", "demands", "classes"])
def test_who_waits_costs_nothing_at_every_step(kind):
    problem = waiting(kind)
    frame = window(problem, 37_500)  # as good as all wait, for long
    urgency = (frame.alap,)
    list_schedule(problem, window(problem, 25_000), urgency)  # compiles
    began = time.process_time()
    list_schedule(problem, frame, urgency)
    assert time.process_time() - began < 1.5
