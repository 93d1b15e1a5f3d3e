"""Force-directed scheduling: its graphs, its forces, and textbook answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.clock import Clock
from gaus_jax.baselines.force.graphs import begin, load, refresh
from gaus_jax.baselines.force.kernel import advance, ask, finish, place
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from tests import reference
from tests.baselines.attempts import run
from tests.strategies import problems

# HAL (Paulin and Knight 1989, figure 1): one step of Euler's method for y'' + 3xy' + 3y = 0.
HAL_CLASSES = ("multiplier", "adder", "subtracter", "comparator")
HAL_KIND = [0, 0, 0, 0, 0, 0, 2, 2, 1, 1, 3]
HAL_EDGES = [(0, 2), (1, 2), (2, 6), (3, 4), (4, 7), (6, 7), (5, 8), (9, 10)]


def hal():
    return make_problem(
        11, HAL_EDGES, classes=HAL_CLASSES, uses=(np.arange(11), HAL_KIND, 1, 1), name="hal"
    )


def graph(forces, problem, r: int) -> list[float]:
    """A distribution graph by its definition, from the windows."""
    steps = forces.bend.shape[1]
    total = [0.0] * steps
    for u in range(len(problem.use_node)):
        i = problem.use_node[u]
        low, high = int(forces.low[i]), int(forces.high[i])
        if problem.use_class[u] != r:
            continue
        amount = problem.use_demand[u] * problem.class_cost[r] / (high - low + 1)
        for start in range(low, high + 1):
            for d in range(start, start + problem.use_occupancy[u]):
                total[d] += amount
    return total


def force(problem, forces, i: int, step: int) -> float:
    """The force of a placement by its definition: over the node and its direct neighbours."""
    graphs = [graph(forces, problem, r) for r in range(len(problem.classes))]

    def met(j: int, low: int, high: int) -> float:
        total = 0.0
        for u in range(len(problem.use_node)):
            if problem.use_node[u] != j:
                continue
            r = problem.use_class[u]
            for start in range(low, high + 1):
                for d in range(start, start + problem.use_occupancy[u]):
                    share = problem.use_demand[u] * problem.class_cost[r] / (high - low + 1)
                    total += share * graphs[r][d]
        return total

    low, high = forces.low.tolist(), forces.high.tolist()
    total = met(i, step, step) - met(i, low[i], high[i])
    for edge in reference.edges_in_force(problem, None):
        j = edge.head if edge.tail == i else edge.tail
        cut_low, cut_high = low[j], high[j]
        if edge.tail == i:
            cut_low = max(cut_low, step + edge.gap)
        elif edge.head == i:
            cut_high = min(cut_high, step - edge.gap)
        else:
            continue
        total += met(j, cut_low, cut_high) - met(j, low[j], high[j])
    return total


@given(problem=problems(max_nodes=7), slack=st.integers(0, 4), data=st.data())
def test_graphs_and_forces_are_those_of_the_definition(problem, slack, data):
    frame = window(problem, asap_length(problem) + slack)
    forces = begin(problem, frame)
    for _ in range(3):
        for r in range(len(problem.classes)):
            wanted = graph(forces, problem, r)
            np.testing.assert_allclose(np.diff(forces.once[r]), wanted, atol=1e-9)
        free = np.flatnonzero(forces.low < forces.high)
        if not free.size:
            return
        i = int(data.draw(st.sampled_from(free.tolist())))
        options = range(forces.low[i], forces.high[i] + 1)
        wanted = [force(problem, forces, i, step) for step in options]
        least, step, _ = ask(forces, i)
        assert least == pytest.approx(min(wanted), abs=1e-6)
        assert wanted[step - forces.low[i]] == pytest.approx(min(wanted), abs=1e-6)
        place(forces, i, step)
        refresh(forces)
        # The windows left are those of the graph with this node fixed.
        assert forces.low[i] == forces.high[i] == step
        for edge in reference.edges_in_force(problem, None):
            assert forces.low[edge.head] >= forces.low[edge.tail] + edge.gap
            assert forces.high[edge.tail] <= forces.high[edge.head] - edge.gap
    assert load(forces, 0, forces.low[0], forces.high[0]) >= -1e-9


def test_hal_in_four_steps_takes_two_multipliers_and_one_of_each_other():
    made = run("force_directed", hal(), name="A", ratio=1.0)
    assert made.window.depth == 4
    assert made.best is not None
    used = reference.usage(hal(), made.best.start.tolist(), 4)
    assert [max(used[r]) for r in range(4)] == [2, 1, 1, 1]
    first = begin(hal(), made.window)
    # The distribution graph of the multiplications in the paper: 2.833, 2.333, 0.833, 0.
    np.testing.assert_allclose(np.diff(first.once[0])[:4], [17 / 6, 14 / 6, 5 / 6, 0], atol=1e-12)


def test_without_time_the_rest_is_placed_greedily():
    free = make_problem(12, [(0, 1)])
    made = run("force_directed", free, Clock(0.0), name="A", depth=6)
    assert made.best is not None
    assert reference.legal(free, made.best.start.tolist(), 6)
    assert reference.peak_usage(free, made.best.start.tolist()) == 2


@given(problem=problems(max_nodes=9), slack=st.integers(0, 4), every=st.integers(1, 9))
def test_pieces_of_work_do_not_change_the_schedule(problem, slack, every):
    frame = window(problem, asap_length(problem) + slack)
    found = []
    for budget in (1, 10**9):
        forces = begin(problem, frame)
        while advance(forces, every, budget):
            pass
        assert (forces.low == forces.high).all()
        finish(forces, np.zeros_like(forces.bend))
        found.append(forces.low.tolist())
    assert found[0] == found[1]
    assert reference.legal(problem, found[0], frame.depth)
