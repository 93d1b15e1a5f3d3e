"""List scheduling against the same rules in naive loops."""

import time
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.baselines.list_scheduling import list_schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered
from tests.strategies import problems


def _slow(problem, frame, urgency):
    """Of the ready nodes the most urgent first: where it fits, or where its last step has come."""
    edges = list(zip(problem.tail, problem.head, problem.reach, problem.distance, strict=True))
    edges = [(i, j, reach) for i, j, reach, distance in edges if distance == 0]
    uses = list(zip(problem.use_node, problem.use_class, problem.use_demand, strict=True))
    blocks = problem.use_occupancy > 0
    units = [float(np.ceil(work / frame.depth)) for work in problem.work]
    start = {}
    for step in range(frame.depth):
        load, refused = [0.0] * len(units), set()
        while True:
            ready = [
                i
                for i in range(problem.nodes)
                if i not in start and i not in refused and frame.asap[i] <= step
                if all(t in start and start[t] + reach <= step for t, j, reach in edges if j == i)
            ]
            if not ready:
                break
            node = min(ready, key=lambda i: (urgency[i], problem.rank[i]))
            mine = [(r, a) for u, (i, r, a) in enumerate(uses) if i == node and blocks[u]]
            need = [sum(a for r, a in mine if r == k) for k in range(len(units))]
            alone = [max((a for r, a in mine if r == k), default=0.0) for k in range(len(units))]
            fits = all(load[k] + alone[k] <= units[k] for k in range(len(units)) if alone[k])
            if not fits and frame.alap[node] > step:
                refused.add(node)
                continue
            start[node] = step
            load = [have + more for have, more in zip(load, need, strict=True)]
            units = [max(pair) for pair in zip(units, load, strict=True)]
    return [start[i] for i in range(problem.nodes)]


@given(problems(min_nodes=1, max_nodes=10), st.integers(0, 4), st.randoms(use_true_random=False))
def test_it_is_what_naive_loops_find(problem, slack, random):
    problem = replace(problem, use_occupancy=np.minimum(problem.use_occupancy, 1))
    frame = window(problem, max(1, asap_length(problem)) + slack)
    urgency = np.array([random.randrange(4) for _ in range(problem.nodes)])
    assert list_schedule(problem, frame, (urgency,)).tolist() == _slow(problem, frame, urgency)


@given(problems(min_nodes=1), st.integers(0, 4), st.booleans())
def test_windows_and_dependences_are_kept_under_long_uses(problem, slack, backward):
    frame = window(problem, max(1, asap_length(problem)) + slack)
    start = list_schedule(problem, frame, (frame.mobility,), backward)
    assert np.all(frame.asap <= start)
    assert np.all(start <= frame.alap)
    near = problem.distance == 0
    gap = start[problem.head] - start[problem.tail] - problem.reach
    assert np.all(gap[near] >= 0)


def test_who_waits_costs_nothing_at_every_step():
    problem = layered(200_000, 25_000, 0)
    frame = window(problem, 37_500)  # as good as all wait, for long
    urgency = (frame.alap,)
    list_schedule(problem, window(problem, 25_000), urgency)  # compiles
    began = time.process_time()
    list_schedule(problem, frame, urgency)
    assert time.process_time() - began < 1
