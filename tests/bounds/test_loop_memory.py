"""Bounds of memory under limits: never above what brute force finds, and good for something."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.bounds import loop_memory
from gaus_jax.bounds.loop_memory import (
    certain_bound,
    mean_bound,
    memory_bound,
    slotted_bound,
)
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES, birth_delay
from gaus_jax.core.reads import reads
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered
from gaus_jax.linear.crowding import Cuts, _least_sums, crowds
from gaus_jax.linear.lifetimes import total_lifetime
from tests import brute, reference
from tests.strategies import problems


@st.composite
def crowded(draw):
    """All nodes on one class of one or two units."""
    found = draw(problems(min_nodes=3, max_nodes=5, max_edges=6, loop_carried=True))
    return make_problem(
        found.nodes,
        np.stack([found.tail, found.head], axis=1),
        size=found.size,
        output=found.output,
        distance=found.distance,
        is_data=found.is_data,
        uses=(np.arange(found.nodes), 0, 1, draw(st.integers(1, 2))),
        limit=draw(st.integers(1, 2)),
    )


LIMITED = st.one_of(crowded(), problems(max_nodes=5, max_edges=7, loop_carried=True, limited=True))


def least_peak(problem, depth, lifetime, ii) -> float:
    """Of all schedules that keep the limits; infinite without any."""

    def cost(start):
        if reference.resource_violations(problem, start, ii):
            return math.inf
        return reference.peak_live(problem, start, depth, lifetime, ii)

    found = brute.optimum(problem, depth, cost, ii)
    return math.inf if found is None else found[0]


@settings(max_examples=80)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(
    problem=LIMITED,
    more=st.integers(0, 3),
    slack=st.integers(0, 2),
    pipelined=st.booleans(),
)
def test_no_bound_is_above_the_optimum(lifetime, problem, more, slack, pipelined):
    ii = max(1, reference.recurrence_ii(problem)) + more if pipelined else None
    depth = asap_length(problem, ii) + slack
    frame = window(problem, depth, ii)
    best = least_peak(problem, depth, lifetime, ii)
    args = problem, frame, problem.limit, lifetime
    if best < math.inf:  # else a relaxation may be infeasible too, and its dual anything
        assert certain_bound(problem, frame, lifetime) <= best
        assert mean_bound(*args, 60.0) <= best
        assert slotted_bound(*args, 60.0) <= best
        assert memory_bound(*args, 60.0) <= best


@settings(max_examples=80)
@given(
    problem=crowded(),
    more=st.integers(0, 6),
    slack=st.integers(0, 3),
    point=st.lists(st.integers(0, 9), min_size=40, max_size=40),
)
def test_no_legal_schedule_breaks_a_cut(problem, more, slack, point):
    ii = max(1, reference.recurrence_ii(problem)) + more
    depth = asap_length(problem, ii) + slack
    network = total_lifetime(problem, window(problem, depth, ii), "register")
    cuts = Cuts(network, crowds(problem, problem.limit))
    count = network.cost.size
    matrix, least = cuts.broken(np.array(point[:count], float))
    if least.size == 0:
        return
    assert (matrix @ np.array(point[:count], float) < least).all()
    for start in brute.schedules(problem, depth, ii):
        if reference.resource_violations(problem, start, ii):
            continue
        full = np.append(start, network.low[problem.nodes :]).astype(np.int64)
        tops = network.head >= problem.nodes
        np.maximum.at(full, network.head[tops], (full[network.tail] + network.reach)[tops])
        assert (matrix @ full >= least - 1e-9).all()


def star(leaves: int, limit: float):
    """Values of one unit's nodes, all read by one node of no class."""
    edges = [(i, leaves) for i in range(leaves)]
    uses = (np.arange(leaves), 0, 1, 1)
    return make_problem(leaves + 1, edges, uses=uses, limit=limit)


def test_a_crowded_class_costs_lifetime():
    # Eight producers, one at a time: lifetimes 1 + 2 + .. + 8 in 8 slots, instead of 8.
    frame = window(star(8, 1.0), 9, 8)
    assert mean_bound(star(8, math.inf), frame, np.array([math.inf]), "register", 60.0) == 1
    assert mean_bound(star(8, 1.0), frame, np.array([1.0]), "register", 60.0) == 5
    assert least_peak(star(4, 1.0), 5, "register", 4) == 4
    assert memory_bound(star(4, 1.0), window(star(4, 1.0), 5, 4), np.ones(1), "register", 60.0) >= 3


def test_cuts_are_sought_while_there_is_time():
    problem = make_problem(400, [(i, i + 1) for i in range(399)], limit=2)
    network = total_lifetime(problem, window(problem, 500, 200), "register")
    cuts, asked = Cuts(network, crowds(problem, problem.limit)), []
    cuts.broken(np.zeros(network.cost.size), lambda: bool(asked.append(0)) or len(asked) > 9)
    assert len(asked) == 10


def test_sizes_that_share_a_factor_round_up_to_it():
    pair = make_problem(3, [(0, 1), (0, 2)], size=4)
    frame = window(pair, 3, 8)
    assert mean_bound(pair, frame, np.array([math.inf]), "register", 60.0) == 4


def test_copies_of_a_long_life_are_certain():
    # The value of 0 is read five cycles later; at an II of 2 two copies are always alive.
    late = make_problem(2, [(0, 1)], latency=1, delay=4)
    assert certain_bound(late, window(late, 12, 2), "register") == 2


@settings(max_examples=150)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(
    problem=problems(max_nodes=6, max_edges=9, loop_carried=True),
    more=st.integers(0, 6),
    slack=st.integers(0, 9),
    pipelined=st.booleans(),
)
def test_what_is_certain_is_counted_slot_by_slot(lifetime, problem, more, slack, pipelined):
    ii = max(1, reference.recurrence_ii(problem)) + more if pipelined else None
    frame = window(problem, asap_length(problem, ii) + slack, ii)
    period = ii or frame.depth + 1
    born = frame.alap + birth_delay(problem, lifetime)
    kept = problem.output & (lifetime == "buffer") & (problem.size > 0)
    copies = loop_memory._least_lifetime(problem, frame, lifetime, kept) // period
    ends = {i: [frame.depth - 1] for i in np.flatnonzero(kept)}
    for value, consumer, shift in zip(*reads(problem, ii, lifetime), strict=True):
        ends.setdefault(value, []).append(frame.asap[consumer] + shift)
    held = [0.0] * period
    for i, last in ends.items():
        sure = [step % period for step in range(born[i], max(last) + 1)]
        for slot in range(period):
            held[slot] += problem.size[i] * max(copies[i], sure.count(slot))
    assert certain_bound(problem, frame, lifetime) == pytest.approx(max(held), rel=1e-6)


def test_what_is_certain_takes_no_longer_in_deep_graphs():
    deep = layered(20_000, 6_000, 0)
    frame, began = window(deep, asap_length(deep)), time.perf_counter()
    assert certain_bound(deep, frame, "register") > 0
    assert time.perf_counter() - began < 0.5  # a pass over the steps for each value takes seconds


def test_without_time_what_is_certain_and_least_lifetimes_count():
    frame = window(star(8, 1.0), 9, 8)
    assert certain_bound(star(8, 1.0), frame, "register") == 0
    assert memory_bound(star(8, 1.0), frame, np.ones(1), "register", 0.0) == 1


@pytest.mark.parametrize(
    ("distance", "many", "apart", "sums"),
    [
        ([5, 1], 1, 1, [5, 6]),
        ([1, 5, 1], 1, 2, [1, 6, 9]),
        ([2, 2, 2, 0], 2, 3, [2, 4, 9, 10]),
    ],
)
def test_least_sums_of_starts_are_those_of_the_earliest_first(distance, many, apart, sums):
    assert _least_sums(np.array(distance), many, apart).tolist() == sums
