"""CP-SAT's answer on an II: that of brute force, legal by the oracle once lifted."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings

from gaus_jax.core.build import make_problem
from gaus_jax.core.rings import within_components
from gaus_jax.core.window import window
from gaus_jax.exact import Effort, decide, fillers
from gaus_jax.instances.loops import lms
from tests import brute, reference
from tests.limited import fit_alone, tight
from tests.strategies import pipelined

pytest.importorskip("ortools")
PLENTY = Effort(seconds=20.0)


@settings(max_examples=40)
@given(pipelined(max_nodes=4, max_edges=6, max_slack=3))
def test_answers_are_those_of_brute_force(case):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii) or reference.min_ii(problem) > ii:
        return
    cost = lambda s: 1e999 if reference.resource_violations(problem, s, ii) else 0.0  # noqa: E731
    possible = brute.optimum(problem, depth, cost, ii) is not None
    within = decide(problem, ii, window(problem, depth, ii), PLENTY, 0)
    assert within.status == ("found" if possible else "infeasible")
    free = decide(problem, ii, None, PLENTY, 0)
    assert free.status == "found" or not possible
    for start in (within.start, free.start):
        if start is not None:
            end = int(max(start + problem.duration, default=0))
            assert reference.legal(problem, start.tolist(), end, ii)
            assert not reference.resource_violations(problem, start.tolist(), ii)


def test_whatever_the_latency_the_filter_waits_for_a_cycle():
    assert decide(lms(4), 10, None, PLENTY, 0).status == "infeasible"
    found = decide(lms(4), 11, None, PLENTY, 0)
    assert found.status == "found"
    assert not reference.resource_violations(lms(4), found.start.tolist(), 11)


def test_what_fills_the_room_that_others_leave():
    loop = make_problem(
        5,
        [(0, 0), (3, 4)],
        distance=[1, 0],
        classes=("x", "y"),
        limit=[2, 1.5],
        uses=([0, 1, 2, 3, 3, 4], [0, 0, 0, 0, 1, 1], [1, 1, 2, 1, 1, 1], 1),
    )
    # 0 lies on a loop, 2 takes two units, 3 has two uses, 4 is on a class with half a unit.
    assert fillers(within_components(loop)).tolist() == [False, True, False, False, False]


def test_nothing_is_known_without_time_or_solver(monkeypatch):
    assert decide(lms(4), 10, None, Effort(seconds=0.0), 0).status == "unknown"
    many = make_problem(600, [(i, i) for i in range(600)], limit=1, distance=1)
    assert decide(many, 600, None, PLENTY, 0).status == "unknown"
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    assert decide(lms(4), 10, None, PLENTY, 0).status == "unknown"


def test_one_worker_one_answer():
    found = [decide(lms(4), 12, None, Effort(work=5.0), 3).start for _ in range(2)]
    np.testing.assert_array_equal(*found)
