"""Limits, initiation intervals and latency bounds in objectives, against the oracle."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem, with_limits
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import verify
from tests import reference
from tests.strategies import problems

LOOPS = problems(min_nodes=1, max_nodes=7, loop_carried=True, limited=True)
C, D = ObjectiveSettings(name="C"), ObjectiveSettings(name="D")


def drawn(data, problem, ii=None) -> Schedule:
    """Any starts, legal or not, that keep the dependences more often than not."""
    least = reference.asap(problem, ii)
    late = data.draw(st.lists(st.integers(0, 3), min_size=problem.nodes, max_size=problem.nodes))
    return Schedule(np.add(least, late), 99, ii)


@given(LOOPS, st.data())
def test_d_is_latency_under_the_limits(problem, data):
    objective, frame = resolve(D, problem)
    assert not objective.bounded
    assert objective.ii is None
    schedule = drawn(data, problem)
    expected = reference.objective_D(problem, schedule.start.tolist())
    found = judge(problem, schedule, objective)
    assert found.legal == (expected < math.inf)
    assert found.value == reference.latency(problem, schedule.start.tolist())
    # All nodes one after the other fit into the frame, in any order that dependences leave.
    assert frame.depth >= reference.depth(problem, 1)


@given(LOOPS, st.integers(0, 3), st.data())
def test_c_is_memory_over_slots_under_recurrences_and_modulo_limits(problem, more, data):
    ii = int(reference.min_ii(problem)) + more
    objective, _ = resolve(ObjectiveSettings(name="C", ii=ii), problem)
    assert objective.ii == ii
    schedule = drawn(data, problem, ii)
    expected = reference.objective_C(problem, schedule.start.tolist(), None, ii)
    found = judge(problem, schedule, objective)
    assert found.legal == (expected < math.inf)
    assert found.value == reference.peak_live(
        problem, schedule.start.tolist(), None, "register", ii
    )
    assert resolve(C, problem)[0].ii == reference.min_ii(problem)


@given(LOOPS, st.data())
def test_resource_violations_are_those_of_the_oracle(problem, data):
    for ii in (None, int(reference.min_ii(problem))):
        objective, _ = resolve(ObjectiveSettings(name="C", ii=ii) if ii else D, problem)
        schedule = drawn(data, problem, ii)
        broken = reference.resource_violations(problem, schedule.start.tolist(), ii)
        said = [v for v in verify(problem, schedule, objective) if v.constraint == "resource"]
        assert len(said) == len(broken)


def three(limit: float):
    """Three multiplications in parallel on a few units."""
    return make_problem(3, classes=("mul",), limit=limit, latency=2)


def test_a_broken_limit_says_class_step_and_both_numbers():
    objective, _ = resolve(D, three(2))
    (said,) = verify(three(2), Schedule([0, 0, 0], 9), objective)
    assert str(said) == "resource: class mul: 3 used in step 0, limit is 2"
    assert not verify(three(2), Schedule([0, 0, 1], 9), objective)
    pipelined, _ = resolve(ObjectiveSettings(name="C", ii=2), three(2))
    (said,) = verify(three(2), Schedule([0, 2, 4], 9), pipelined)
    assert str(said) == "resource: class mul: 3 used in slot 0, limit is 2"


def test_a_limit_of_ones_own_replaces_the_problems():
    free = three(np.inf)
    objective, _ = resolve(
        ObjectiveSettings(name="B", limits={"mul": 1}), with_limits(free, {"mul": 1})
    )
    assert objective.limited
    assert [c.name for c in objective.constraints] == ["dependence", "latency", "resource"]
    with pytest.raises(InputError, match="class 'div', which it lacks; its classes: mul"):
        with_limits(free, {"div": 1})
    with pytest.raises(InputError, match="limit"):
        with_limits(free, {"mul": -1})


@pytest.mark.parametrize(
    "units", ["x", "3", None, [3], {}, True, -1, math.nan, pytest.param(10**400, id="huge")]
)
def test_a_limit_that_is_no_number_is_told_with_its_class(units):
    with pytest.raises(InputError, match=r"problem: the limit of class 'mul' is .*; it must be"):
        with_limits(three(1), {"mul": units})


def test_a_bound_on_the_latency_is_asked_for_or_not():
    chain = make_problem(3, [(0, 1), (1, 2)])
    assert resolve(D, chain)[0].bounded is False
    bounded, frame = resolve(ObjectiveSettings(name="C", kappa="1.5", ii=2), chain)
    assert (bounded.bounded, bounded.depth, frame.depth) == (True, 5, 5)
    assert resolve(ObjectiveSettings(name="B"), chain)[0].depth == 3
    found = judge(chain, Schedule([0, 1, 4], 9), resolve(D, chain)[0])
    assert found.legal
    assert found.schedule.depth == 5
    found = judge(chain, Schedule([0, 1, 4], 9), resolve(ObjectiveSettings(name="B"), chain)[0])
    assert not found.legal


def test_an_ii_that_cannot_be_says_who_asks_for_more():
    loop = make_problem(list("ab"), [(0, 1), (1, 0)], latency=3, distance=[0, 1])
    with pytest.raises(InfeasibleError, match=r"interval 5 is below 6, .* recurrence a -> b -> a"):
        resolve(ObjectiveSettings(name="C", ii=5), loop)
    with pytest.raises(InfeasibleError, match=r"1 is below 2, .* the 2 units of class mul allow"):
        resolve(ObjectiveSettings(name="C", ii=1), three(2))
    with pytest.raises(InfeasibleError, match="limit of class mul is 0"):
        resolve(C, three(0))
    for ii in (0, -3, "soon"):
        with pytest.raises(SettingsError, match="must be a whole number"):
            resolve(ObjectiveSettings(name="C", ii=ii), three(2))


def test_a_weight_on_latency_joins_the_others():
    objective, _ = resolve(ObjectiveSettings(name="C", latency_weight=2.5), three(2))
    assert dict(objective.weights) == {"peak_live": 1.0, "latency": 2.5}


def test_a_weight_on_latency_adds_to_one_that_is_there():
    objective, _ = resolve(ObjectiveSettings(name="D", latency_weight=5.0), three(2))
    assert dict(objective.weights) == {"latency": 6.0}
    mix = ObjectiveSettings(name="mine", weights={"latency": 2.0}, latency_weight=1.0)
    assert dict(resolve(mix, three(2))[0].weights) == {"latency": 3.0}


@pytest.mark.parametrize("name", ["A", "B", "mine"])
def test_an_ii_brings_the_limits_with_it(name):
    chain = make_problem(3, [(0, 1), (1, 2)], limit=1)
    weights = {"peak_live": 1.0} if name == "mine" else {}
    asked = ObjectiveSettings(name=name, weights=weights, kappa="2", ii=3)
    objective, _ = resolve(asked, chain)
    assert "resource" in [c.name for c in objective.constraints]
    assert not verify(chain, Schedule(np.array([0, 1, 2]), 6, 3), objective)
    with pytest.raises(InfeasibleError, match="the 1 units of class op allow"):
        resolve(replace(asked, ii=1), chain)
