"""Violations against the oracle, on legal and illegal schedules; their messages hold both sides."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import verify
from tests import reference
from tests.strategies import pipelined, problems, scheduled


@st.composite
def disturbed(draw):
    """A problem, an II or none, and starts moved away from legal ones."""
    problem, start, depth, ii = draw(pipelined(min_nodes=1, max_nodes=8))
    shifts = draw(st.lists(st.integers(-3, 3), min_size=len(start), max_size=len(start)))
    moved = [s + shift for s, shift in zip(start, shifts, strict=True)]
    return problem, moved, depth, draw(st.sampled_from([None, ii]))


@given(disturbed())
def test_dependence(case):
    problem, start, depth, ii = case
    found = CONSTRAINTS["dependence"].violations(problem, Schedule(start, depth, ii))
    edges = {e.index: e for e in reference.edges_in_force(problem, ii)}
    wanted = [
        f"edge {e} ({edges[e].tail}->{edges[e].head}): "
        f"value ready at {start[edges[e].tail] + edges[e].gap}, "
        f"consumer starts at {start[edges[e].head] + edges[e].shift}"
        for e in sorted(reference.dependence_violations(problem, start, ii))
    ]
    assert [v.message for v in found] == wanted
    assert {v.constraint for v in found} <= {"dependence"}


@given(disturbed())
def test_latency(case):
    problem, start, depth, ii = case
    found = CONSTRAINTS["latency"].violations(problem, Schedule(start, depth, ii))
    named = {int(re.match(r"node (\d+):", v.message)[1]) for v in found}
    assert named == reference.latency_violations(problem, start, depth)
    for violation in found:
        node = int(re.match(r"node (\d+):", violation.message)[1])
        if "first step" in violation.message:
            assert violation.message == f"node {node}: starts at {start[node]}, first step is 0"
        else:
            finish = start[node] + reference.duration(problem, node)
            assert violation.message == f"node {node}: finishes at {finish}, depth is {depth}"


@given(scheduled())
def test_legal_schedules_pass_and_the_least_push_breaks_them(case):
    problem, start, depth = case
    objective, frame = resolve(ObjectiveSettings(depth=depth), problem)
    assert verify(problem, Schedule(start, depth), objective) == ()
    for node in range(problem.nodes):
        pushed = np.array(frame.alap)
        pushed[node] += 1
        assert verify(problem, Schedule(pushed, depth), objective)
        pulled = np.array(frame.asap)
        pulled[node] -= 1
        assert verify(problem, Schedule(pulled, depth), objective)


@pytest.mark.parametrize("starts", [0, 2, 4])
def test_a_wrong_number_of_starts(starts):
    problem = make_problem(3)
    objective, _ = resolve(ObjectiveSettings(), problem)
    found = verify(problem, Schedule(np.zeros(starts, int), 1), objective)
    assert [str(v) for v in found] == [f"shape: {starts} starts for 3 nodes"]


@given(problems(loop_carried=True))
def test_loop_carried_edges_bind_only_at_an_interval(problem):
    objective, frame = resolve(ObjectiveSettings(), problem)
    assert verify(problem, Schedule(frame.asap, frame.depth), objective) == ()
    # What binds is the objective's interval, whatever the schedule says of its own.
    assert verify(problem, Schedule(frame.asap, frame.depth, 1), objective) == ()
    folded = verify(problem, Schedule(frame.asap, frame.depth), replace(objective, ii=1))
    assert bool(folded) == bool(reference.dependence_violations(problem, frame.asap.tolist(), 1))


def test_a_schedule_under_another_depth_is_held_to_the_objectives():
    problem = make_problem(2, [(0, 1)])
    objective, _ = resolve(ObjectiveSettings(depth=2), problem)
    found = verify(problem, Schedule([0, 7], 8), objective)
    assert [str(v) for v in found] == ["latency: node 1: finishes at 8, depth is 2"]


@pytest.mark.parametrize(
    ("start", "says"),
    [(-5, "node 1: starts at -5, first step is 0"), (10**9, "node 1: step 1000000000 is beyond")],
)
@pytest.mark.parametrize("name", ["C", "D"])
def test_starts_beyond_any_profile_are_violations(name, start, says):
    problem = make_problem(2, [(0, 1)], limit=1)
    objective, _ = resolve(ObjectiveSettings(name=name, ii=2 if name == "C" else None), problem)
    found = verify(problem, Schedule(np.array([0, start]), 4), objective)
    assert any(v.message.startswith(says) for v in found)
