"""The reservation table against naive loops: usage, fits, who is where, and nodes by themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError, InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.reservation import (
    add,
    check_alone,
    fits,
    nearest_free,
    remove,
    reservations,
)
from gaus_jax.core.window import window
from tests import reference
from tests.strategies import pipelined, scheduled

CASE = pipelined(min_nodes=1, max_nodes=8, limited=True)


def table_of(problem, frame):
    """An empty table, or None where a node does not fit by itself."""
    try:
        return reservations(problem, frame)
    except InfeasibleError:
        return None


def expected(problem, start, ii, steps):
    """Usage of the limited classes, those without a limit as 0; (R, S)."""
    if ii is None:
        used = reference.usage(problem, start, steps)
    else:
        used = reference.modulo_usage(problem, start, ii)
    rows = np.zeros((max(1, len(problem.classes)), steps))
    for r, amounts in used.items():
        if np.isfinite(problem.limit[r]):
            rows[r] = amounts
    return rows


def owners(table, r, slot):
    found, at, above = [], table.top[r, slot], -1
    while at >= 0:
        assert table.above[at] == above
        found.append(int(table.owner[at]))
        at, above = table.below[at], at
    return sorted(found)


def check(table, problem, start, placed, ii):
    """The table is that of the placed nodes."""
    slots = table.usage.shape[1]
    alone = [expected(problem_of(problem, [i]), start, ii, slots) for i in range(problem.nodes)]
    rows = sum((alone[i] for i in placed), np.zeros_like(table.usage))
    np.testing.assert_array_equal(table.usage, rows)
    for r in range(rows.shape[0]):
        for slot in range(slots):
            assert owners(table, r, slot) == sorted(i for i in placed if alone[i][r, slot] > 0)
    for i in set(range(problem.nodes)) - set(placed):
        room = (rows + alone[i])[: len(problem.classes)]
        taken = alone[i][: len(problem.classes)] > 0
        assert fits(table, i, start[i]) == bool((~taken | (room <= problem.limit[:, None])).all())


def problem_of(problem, nodes):
    """The same problem with the uses of some nodes alone."""
    mine = np.isin(problem.use_node, nodes)
    parts = (problem.use_node, problem.use_class, problem.use_demand, problem.use_occupancy)
    return make_problem(
        problem.ids,
        classes=problem.classes,
        limit=problem.limit,
        uses=tuple(part[mine] for part in parts),
    )


@given(CASE, st.data())
def test_the_table_is_that_of_the_oracle_whoever_comes_and_goes(case, data):
    problem, start, depth, ii = case
    table = table_of(problem, window(problem, depth, ii))
    if table is None:
        return
    placed = []
    for i in data.draw(st.lists(st.integers(0, problem.nodes - 1), max_size=12)):
        if i in placed:
            remove(table, i, start[i])
            placed.remove(i)
        else:
            add(table, i, start[i])
            placed.append(i)
        check(table, problem, start, placed, ii)


@given(scheduled(min_nodes=1, max_nodes=8, limited=True))
def test_without_an_ii_nothing_wraps(case):
    problem, start, depth = case
    table = table_of(problem, window(problem, depth))
    if table is None:
        return
    for i in range(problem.nodes):
        add(table, i, start[i])
    assert table.usage.shape[1] >= reference.busy_until(problem, start)
    check(table, problem, start, list(range(problem.nodes)), None)


@given(CASE, st.integers(0, 12), st.integers(0, 12), st.floats(-2, 14))
def test_the_nearest_free_step_is_the_nearest_of_all(case, low, high, mean):
    problem, start, depth, ii = case
    table = table_of(problem, window(problem, depth, ii))
    if table is None:
        return
    for i in range(1, problem.nodes):
        add(table, i, start[i])
    near = min(max(mean, low), high)
    free = [abs(step - near) for step in range(low, high + 1) if fits(table, 0, step)]
    found = nearest_free(table, 0, low, high, mean)
    assert (found < 0) == (not free)
    if free:
        assert low <= found <= high
        assert fits(table, 0, found)
        assert abs(found - near) == min(free)


def test_a_use_longer_than_ii_meets_itself():
    problem = make_problem(["a", "b"], limit=5, uses=([0, 0, 1], 0, [1, 1, 1], [5, 2, 0]))
    table = reservations(problem, window(problem, 9, 3))
    add(table, 0, 4)
    add(table, 1, 4)
    assert table.usage.tolist() == [[1, 3, 3]]  # 5 cycles from slot 1 on, and 2 of the other use
    remove(table, 0, 4)
    assert table.usage.tolist() == [[0, 0, 0]]


def test_thirds_fill_a_unit():
    problem = make_problem(3, limit=0.3, uses=(np.arange(3), 0, 0.1, 1))
    table = reservations(problem, window(problem, 1, 1))
    for i in range(3):
        assert fits(table, i, 0)
        add(table, i, 0)
    remove(table, 1, 0)
    assert fits(table, 1, 0)
    for i in (2, 0):
        remove(table, i, 0)
    assert table.usage.tolist() == [[0.0]]


@given(CASE)
def test_a_node_that_does_not_fit_by_itself_is_named(case):
    problem, _, _, ii = case
    lonely = []
    for i in range(problem.nodes):
        alone = problem_of(problem, [i])
        if reference.resource_violations(alone, [0] * problem.nodes, ii):
            lonely.append(i)
    if not lonely:
        check_alone(problem, ii)
        return
    with pytest.raises(InfeasibleError, match=f"node {lonely[0]} alone takes .* interval {ii}, "):
        check_alone(problem, ii)


def test_what_would_let_a_node_fit():
    problem = make_problem(["a", "b"], limit=3, uses=([0, 1], 0, [1, 2], [1, 7]))
    with pytest.raises(
        InfeasibleError,
        match=r"node b alone takes 4 of class op in one slot at initiation interval 4, of which "
        r"there are 3; raise the limit to 4, or the interval to 7$",
    ):
        check_alone(problem, 4)
    check_alone(problem, 7)
    check_alone(problem, 4, np.array([4.0]))
    with pytest.raises(InfeasibleError, match=r"takes 2 .* there are 1; raise the limit to 2$"):
        check_alone(problem, None, np.array([1.0]))


def test_a_table_of_too_many_entries_is_refused_before_it_is_made():
    many = make_problem(2000, limit=2000, uses=(np.arange(2000), 0, 1, 6000))
    said = "problem: its uses occupy 12000000 cycles together, beyond the 10000000 .* coarser unit"
    with pytest.raises(InputError, match=said):
        reservations(many, window(many, 9, 6000))
    assert reservations(many, window(many, 9, 600)).first[-1] == 2000 * 600  # folded over slots
