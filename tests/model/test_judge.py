"""The only maker of results."""

import math

import pytest

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve

LOOP = make_problem(3, [(0, 1), (1, 2), (2, 0)], distance=[0, 0, 1], name="loop")


def judged(start, bound=0.0, **asked):
    objective, frame = resolve(ObjectiveSettings(ratio=1.0, **asked), LOOP)
    return judge(LOOP, Schedule(start, frame.depth), objective, lower_bound=bound)


def test_a_legal_schedule_is_measured():
    # Spans 1 + 3, one unit: 4 + 1.
    found = judged([0, 1, 4], depth=5)
    assert (found.status, found.value, found.legal) == ("feasible", 5, True)
    assert found.objective["terms"] == {"peak_usage": 1, "communication": 4}
    assert found.gap is None
    assert found.problem["left_out"] == 1
    assert judged([0, 1, 4], bound=4, depth=5).gap == 0.25


def test_the_bound_met_is_optimal():
    found = judged([0, 1, 2], bound=3)
    assert (found.status, found.gap, found.lower_bound) == ("optimal", 0.0, 3)


def test_a_bound_above_a_legal_cost_is_wrong():
    with pytest.raises(AssertionError, match=r"loop: cost 3.0 is below its lower bound 4"):
        judged([0, 1, 2], bound=4)


def test_illegal_schedules_are_never_optimal_and_may_undercut_the_bound():
    found = judged([0, 0, 1], bound=5)
    assert (found.status, found.legal) == ("illegal", False)
    assert [v.constraint for v in found.violations] == ["dependence"]
    assert found.lower_bound <= found.value


@pytest.mark.parametrize("start", [[0, 1], [0, -1, 2], [-9, 0, 1]])
def test_what_cannot_be_measured_costs_infinitely(start):
    found = judged(start)
    assert (found.status, found.value) == ("illegal", math.inf)


def test_tiny_amounts_are_not_optimal_for_being_tiny():
    problem = make_problem(4, [(0, 2), (1, 3)], size=1e-11, name="tiny")
    objective, _ = resolve(ObjectiveSettings(name="B", depth=4), problem)
    found = judge(problem, Schedule([0, 0, 2, 2], 4), objective, lower_bound=1e-11)
    assert (found.status, found.value) == ("feasible", 2e-11)
