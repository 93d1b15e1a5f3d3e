"""Least cuts bound peak memory at any depth."""

from types import SimpleNamespace

import numpy as np
import pytest

from gaus_jax.bounds import bound as bounds
from gaus_jax.bounds import held as cutting
from gaus_jax.bounds import live_cuts
from gaus_jax.bounds.live_cuts import CUT_LIVE, LiveCuts
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window


def bound(problem, depth, lifetime, weight=1.0, seconds=10.0) -> float:
    frame = window(problem, depth)
    return CUT_LIVE.relax(problem, frame, {"peak_live": weight}, lifetime, seconds).value


def crossed(wide: int, latency=1):
    """Nodes that all of the next layer read, and one that reads this layer."""
    first, second = np.arange(wide), wide + np.arange(wide)
    edges = [(i, j) for i in first for j in second] + [(j, 2 * wide) for j in second]
    return make_problem(2 * wide + 1, edges, latency=latency, size=3)


@pytest.mark.parametrize("slack", [0, 40])
def test_a_layer_that_all_of_the_next_read_is_held_whole(slack):
    assert bound(crossed(5), 3 + slack, "register") == 15.0


def cut(problem, node) -> float:
    """The cut of one node."""
    cuts = LiveCuts(problem, window(problem, asap_length(problem)), "register", steps=False)
    cuts._most = np.where(np.arange(problem.nodes) == node, np.inf, 0.0)
    cuts.advance(np.inf, np.inf)
    return cuts.value


def test_without_a_clock_cuts_are_counted(monkeypatch):
    problem = crossed(5)
    seen, inner = [], live_cuts._cuts
    monkeypatch.setattr(live_cuts, "_cuts", lambda *own: seen.append(own[-3]) or inner(*own))
    monkeypatch.setattr(bounds, "UNTIMED_WORK", 2 * (problem.nodes + problem.edges))
    bound(problem, 3, "register", seconds=bounds.UNTIMED)
    assert sum(seen) == 2
    seen.clear()
    bound(problem, 3, "register", seconds=10.0)
    assert sum(seen) > 2


def test_an_interrupt_ends_the_cuts(monkeypatch):
    monkeypatch.setattr(cutting, "INTERRUPTS", SimpleNamespace(asked=True))
    assert bound(crossed(5), 3, "register") == 0


def test_chained_nodes_hold_nothing_between_them():
    # All latencies 0: everything may happen in one step.
    assert cut(crossed(5, latency=0), 10) == 0.0
    assert cut(crossed(5), 10) == 15.0
    late = make_problem(
        4, [(0, 1), (0, 2), (1, 3), (2, 3)], latency=[1, 0, 0, 0], size=[4, 3, 3, 0]
    )
    assert cut(late, 3) == 4.0  # 1 and 2 may share its step


def test_a_reader_brings_all_that_it_depends_on():
    # 3 may read 0 before step s_2 only after 4, which is then held for 5.
    edges = [(0, 1), (1, 2), (0, 3), (4, 3), (4, 5), (2, 5)]
    problem = make_problem(6, edges, size=[5, 1, 1, 1, 9, 1])
    assert cut(problem, 2) == 6.0


def test_values_that_are_born_late_do_not_count():
    assert bound(crossed(5, latency=3), 9, "register") == 0.0
    assert bound(crossed(5, latency=3), 9, "buffer") == 15.0


def test_no_seconds_no_bound():
    assert bound(crossed(5), 3, "register", seconds=0.0) == 0.0


def test_a_cut_stops_with_what_flows_within_its_effort(monkeypatch):
    whole = bound(crossed(5), 3, "register")
    monkeypatch.setattr(cutting, "EFFORT", 1e-9)
    assert bound(crossed(5), 3, "register") < whole


def test_without_time_no_network_is_built(monkeypatch):
    monkeypatch.setattr(live_cuts, "held_network", None)
    assert bound(crossed(5), 3, "register", seconds=0.0) == 0.0
