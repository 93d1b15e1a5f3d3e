"""Caps on usage: legal, never beyond what was asked, worth it on circuits, on time."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaus_jax.legalise.capped as capped_module
from gaus_jax import prepare
from gaus_jax.base.settings import ObjectiveSettings, Settings, override
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances import generate
from gaus_jax.legalise.capped import capped
from gaus_jax.linear.network import communication, solve
from gaus_jax.model.resolve import resolve
from gaus_jax.solve import solve as search
from tests import reference
from tests.strategies import problems


def flow(problem, frame) -> np.ndarray:
    point = solve(communication(problem, frame), 10.0).point
    assert point is not None
    return point[: problem.nodes]


def asked(problem, **about):
    objective, frame = resolve(ObjectiveSettings(name="A", **about), problem)
    return frame, lambda schedule: objective.exact(problem, schedule)


@given(problem=problems(max_nodes=8, max_edges=10), slack=st.integers(0, 4))
def test_what_is_found_is_legal(problem, slack):
    frame = window(problem, asap_length(problem) + slack)
    objective, _ = resolve(ObjectiveSettings(name="A", ratio=1.0), problem)
    cost = lambda schedule: objective.exact(problem, schedule)  # noqa: E731
    found = capped(problem, frame, flow(problem, frame), cost, 10.0)
    if found is not None:
        assert reference.legal(problem, found.start.tolist(), frame.depth)


@pytest.mark.parametrize(
    ("kind", "kappa"), [("maximum", "1"), ("maximum", "1.5"), ("square_root", "1.5")]
)
def test_on_circuits_caps_are_worth_it(kind, kappa):
    problem = generate(kind)
    frame, cost = asked(problem, kappa=kappa)
    start = flow(problem, frame)
    found = capped(problem, frame, start, cost, 10.0)
    assert found is not None
    assert cost(found) < 0.8 * cost(Schedule(start.astype(np.int64), frame.depth))


def test_a_node_with_two_uses_of_a_class_fits_under_every_cap():
    # Three of them, and one step of each takes 5 units.
    problem = make_problem(
        3, uses=([0, 0, 1, 1, 2, 2], 0, [2.0, 3.0, 2.0, 3.0, 2.0, 3.0], 1), size=0
    )
    frame, cost = asked(problem, kappa="3", ratio=1.0)
    found = capped(problem, frame, np.zeros(3), cost, 10.0)
    assert found is not None
    assert cost(found) == 5.0


def test_starts_that_leave_room_before_them_are_tried_sooner_too(monkeypatch):
    # The least communication of equal weights is found at the latest steps, with none to give way.
    goals, near = [], capped_module.near
    monkeypatch.setattr(
        capped_module,
        "near",
        lambda p, w, goal, *cap, **how: goals.append(goal) or near(p, w, goal, *cap, **how),
    )
    problem = generate("maximum", 6)
    frame, cost = asked(problem, kappa="1.5")
    start = flow(problem, frame)
    assert start.min() > 0
    assert capped(problem, frame, start, cost, 10.0) is not None
    tried = {tuple(goal.tolist()) for goal in goals}
    assert tried == {tuple(start.tolist()), tuple((start - start.min()).tolist())}


def test_no_cap_is_below_what_whole_demands_can_reach():
    demand = [1.0, 2.0, 0.5]
    problem = make_problem(
        9,
        classes=("x", "y", "z"),
        uses=(range(9), np.repeat([0, 1, 2], 3), np.repeat(demand, 3), 1),
    )
    assert capped_module._least(problem, 2).tolist() == [2.0, 3.0, 0.75]


def test_more_steps_than_a_load_can_hold_are_no_error():
    problem = make_problem(3000, np.stack([np.arange(2999), np.arange(1, 3000)], 1), latency=9)
    wide = make_problem(
        3000,
        np.stack([np.arange(2990), np.arange(10, 3000)], 1),
        latency=20_000,
        uses=(range(3000), 0, 1, 1),
    )
    for one in (problem, wide):
        frame, cost = asked(one, kappa="1.1")
        found = capped(one, frame, frame.asap, cost, 5.0)
        assert found is None or reference.legal(one, found.start.tolist(), frame.depth)


def test_nothing_to_cap_is_nothing():
    problem = make_problem(2, [(0, 1)])
    frame, cost = asked(problem, kappa="1")
    assert capped(problem, frame, np.array([0, 1]), cost, 10.0) is None
    free = make_problem(2, uses=([], [], [], []))
    frame, cost = asked(free, kappa="2")
    assert capped(free, frame, np.zeros(2), cost, 10.0) is None


def test_no_cap_is_begun_without_time():
    problem = generate("multiplier", 12)
    frame, cost = asked(problem, kappa="1.5")
    began = time.perf_counter()
    assert capped(problem, frame, flow(problem, frame), cost, 0.0) is None
    assert time.perf_counter() - began < 2


def test_the_search_begins_with_it_where_usage_and_communication_count(monkeypatch):
    problem = generate("maximum", 6)
    quiet = {"optimise": {"steps": 0}, "legalise": {"sweeps": 0.0}, "search": {"climb": False}}
    tree = quiet | {"objective": {"name": "A", "kappa": "1.5"}, "rounds": 1}
    ways = []
    for way in (prepare.capped, lambda *given: None):
        monkeypatch.setattr(prepare, "capped", way)
        ways.append(search(problem, settings=override(Settings(), tree, "test")).objective["value"])
    assert ways[0] < 0.9 * ways[1]


def test_caps_begin_at_the_optimum_itself(monkeypatch):
    problem, seen = generate("maximum"), []
    monkeypatch.setattr(
        prepare, "capped", lambda problem, frame, start, *how: seen.append(start.copy())
    )
    tree = {"objective": {"name": "A", "kappa": "1.5"}, "time_limit": 1.0}
    search(problem, settings=override(Settings(), tree, "test"))
    _, frame = resolve(ObjectiveSettings(name="A", kappa="1.5"), problem)
    assert seen[0].tolist() == flow(problem, frame).tolist()
