"""Least cuts of steps bound peak memory within windows."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.baselines.list_best import lists
from gaus_jax.bounds import bound as bounds
from gaus_jax.bounds import held as cutting
from gaus_jax.bounds import live_cuts
from gaus_jax.bounds.live_cuts import STEP_LIVE, LiveCuts
from gaus_jax.bounds.max_flow import max_flow, network
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered
from tests import brute, reference
from tests.strategies import problems


def bound(problem, depth, lifetime="register", weight=1.0, seconds=10.0) -> float:
    frame = window(problem, depth)
    return STEP_LIVE.relax(problem, frame, {"peak_live": weight}, lifetime, seconds).value


def least_in_a_step(problem, depth, step):
    """What the best schedule for one step alone holds in it."""
    held = lambda s: reference.live(problem, s, depth, "register")[step]  # noqa: E731
    best = brute.optimum(problem, depth, held)
    assert best is not None
    return best[0]


@settings(max_examples=100)
@given(problem=problems(min_nodes=2, max_nodes=5, max_edges=7), slack=st.integers(0, 2))
def test_a_cut_is_what_the_best_schedule_for_a_step_holds_in_it(problem, slack):
    depth = asap_length(problem) + slack
    late = problem.latency > 1
    if depth == 0 or late.any():  # such values are not counted
        return
    least = [least_in_a_step(problem, depth, step) for step in range(depth)]
    assert bound(problem, depth) == pytest.approx(max(least))


def stages(long: int):
    """Fixed nodes one after another, and values that the third of them reads."""
    edges = [(k, k + 1) for k in range(long)] + [(long + 1 + k, 3) for k in range(4)]
    return make_problem(long + 5, edges, size=[1] * (long + 1) + [5] * 4)


def test_windows_say_what_is_held():
    # Sources may start just before their reader, but in steps of their own before it: at step 2.
    assert bound(stages(6), 7) == 21.0
    assert bound(stages(6), 8) == 1.0  # in none of the steps for certain


def test_schedules_say_where_to_look(monkeypatch):
    problem = layered(300, 40, 0)
    frame = window(problem, 60)
    made, inner = [], live_cuts._cuts
    monkeypatch.setattr(live_cuts, "_cuts", lambda *own: made.append(1) or inner(*own))
    monkeypatch.setattr(cutting, "LOOK_WORK", 1)  # one cut between two looks
    found, needed = set(), []
    for heeded in (False, True):
        cuts = LiveCuts(problem, frame, "register", steps=True)
        for build in lists(problem, frame, memory=True):
            if heeded:
                cuts.heed(Schedule(build(), 60))
        made.clear()
        cuts.advance(np.inf, np.inf)
        assert cuts.done
        needed.append(len(made))
        found.add(cuts.value)
    assert len(found) == 1
    assert needed[1] < needed[0]


def test_what_is_alive_for_long_counts_wherever_it_is_cut():
    problem = layered(300, 40, 0)
    frame = window(problem, 40)
    cuts = LiveCuts(problem, frame, "register", steps=True)
    for _ in range(40):
        cuts.advance(np.inf, 1)  # in pieces
    assert cuts.done
    assert bound(problem, 40) == cuts.bound > 0


def test_without_a_clock_cuts_are_counted(monkeypatch):
    problem = layered(300, 40, 0)
    seen, inner = [], live_cuts._cuts
    monkeypatch.setattr(live_cuts, "_cuts", lambda *own: seen.append(own[8]) or inner(*own))
    monkeypatch.setattr(bounds, "UNTIMED_WORK", 2 * (problem.nodes + problem.edges))
    bound(problem, 40, seconds=bounds.UNTIMED)
    assert seen == [2]


def test_an_interrupt_ends_the_cuts(monkeypatch):
    monkeypatch.setattr(cutting, "INTERRUPTS", SimpleNamespace(asked=True))
    assert bound(stages(6), 7) == 0


def test_no_seconds_no_bound():
    assert bound(stages(6), 7, seconds=0.0) == 0.0


def test_values_that_are_born_late_do_not_count():
    problem = make_problem(3, [(0, 1), (1, 2)], latency=[3, 1, 1], size=[7, 0, 0])
    assert bound(problem, 5) == 0.0
    assert bound(problem, 5, "buffer") == 7.0


def test_a_flow_that_stops_early_is_below_the_greatest():
    rng = np.random.default_rng(0)
    tail, head = rng.integers(0, 200, 2000), rng.integers(0, 200, 2000)
    net = network(200, tail, head, rng.integers(1, 9, 2000).astype(float))
    source, sink = np.arange(200) < 20, np.arange(200) >= 180
    efforts = (0.0, 1e4, 3e4, np.inf)
    flows, left = zip(*(max_flow(net, source, sink, effort) for effort in efforts), strict=True)
    assert flows[0] == 0 < flows[1] < flows[-1]
    assert list(flows) == sorted(flows)
    assert [rest > 0 for rest in left] == [False, False, flows[2] == flows[3], True]


def test_a_cut_that_is_cut_short_is_made_again(monkeypatch):
    problem = make_problem(2, [(0, 1)], size=[3, 0])
    cuts = LiveCuts(problem, window(problem, 2), "register", steps=True)
    with monkeypatch.context() as patch:
        patch.setattr(cutting, "EFFORT", 1e-9)
        cuts.advance(time.perf_counter() + 60, np.inf)
    assert cuts.bound == 0.0
    assert not cuts.done
    cuts.advance(np.inf, np.inf)
    assert cuts.bound == 3.0
    assert cuts.done


def test_steps_that_take_too_long_keep_no_others_waiting():
    problem = layered(2000, 250, 0)
    cuts = LiveCuts(problem, window(problem, 300), "register", steps=True)
    cuts.advance(np.inf, 1)
    some = int(2 * cuts._net.head.size)  # too little for a whole cut
    given = cuts._net, live_cuts._sides(problem, cuts.window), True, cuts._most
    tried, waiting = np.zeros(300), np.arange(900)
    for _ in range(20):
        live_cuts._cuts(*given, tried, waiting, 300, 0.0, 1, some, 1e9)
    assert np.sum(tried > 0) == 20


def test_what_is_proved_already_is_not_cut_for():
    problem = layered(300, 40, 0)
    frame = window(problem, 60)
    assert not LiveCuts(problem, frame, "register", steps=True).done
    proved = LiveCuts(problem, frame, "register", steps=True, floor=float(problem.nodes))
    assert proved.done
    assert proved.bound == 0.0


def test_a_cut_that_takes_too_long_is_left(monkeypatch):
    problem = layered(300, 40, 0)
    monkeypatch.setattr(cutting, "LOOKS", 2)
    some, all_of_it = (
        LiveCuts(problem, window(problem, 60), "register", steps=True) for _ in range(2)
    )
    some.advance(np.inf, np.inf)
    assert some.done
    monkeypatch.undo()
    all_of_it.advance(np.inf, np.inf)
    assert 0 < some.value < all_of_it.value


def test_an_effort_holds():
    problem = layered(100_000, 12_500, 1)
    frame = window(problem, 18_750)
    bound(stages(6), 7)  # compiles
    cuts = LiveCuts(problem, frame, "register", steps=True)
    cuts.advance(np.inf, 1)  # gathers the network
    began = time.perf_counter()
    cuts.advance(began + 0.1, np.inf)
    assert time.perf_counter() - began < 1.0
