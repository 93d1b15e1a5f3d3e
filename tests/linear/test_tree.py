"""A tree of windows proves more than the relaxation does, and never too much."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.lasts import possible_lasts
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length, window
from gaus_jax.linear.first_order import FirstOrder
from gaus_jax.linear.nearby import narrowed
from gaus_jax.linear.time_indexed import build
from gaus_jax.linear.tree import Tree
from tests import brute, reference
from tests.strategies import problems, scheduled

MIX = {"peak_usage": 2.0, "communication": 0.5, "peak_live": 1.5}
A = {"peak_usage": 4.0, "communication": 1.0}
B = {"peak_live": 1.0}


def cost_of(problem, depth, lifetime, weights):
    """The oracle's value of a weighted sum, of a schedule."""
    terms = {
        "peak_usage": lambda s: reference.peak_usage(problem, s),
        "communication": lambda s: reference.communication(problem, s),
        "peak_live": lambda s: reference.peak_live(problem, s, depth, lifetime),
    }
    return lambda start: sum(w * terms[t](start) for t, w in weights.items())


def grown(problem, depth, lifetime, weights, count, iterations=300, **about) -> Tree:
    """A tree after so many leaves."""
    frame = window(problem, depth)
    method = FirstOrder(build(problem, frame, weights, lifetime))
    method.advance(iterations)
    tree = Tree(problem, frame, lifetime, method, **about)
    for _ in range(count):
        tree.advance()
    return tree


@settings(max_examples=60)
@given(
    problem=problems(max_nodes=5, max_edges=6),
    lifetime=st.sampled_from(LIFETIMES),
    slack=st.integers(0, 2),
    weights=st.sampled_from([MIX, A, B]),
    count=st.sampled_from([1, 4, 30]),
    iterations=st.sampled_from([0, 1, 200]),
)
def test_no_legal_schedule_is_better(problem, lifetime, slack, weights, count, iterations):
    depth = asap_length(problem) + slack
    best = brute.optimum(problem, depth, cost_of(problem, depth, lifetime, weights))
    assert best is not None
    tree = grown(problem, depth, lifetime, weights, count, iterations)
    assert tree.value - 1e-9 * tree.scale <= best[0] + 1e-9


@settings(max_examples=25)
@given(
    problem=problems(min_nodes=2, max_nodes=4, max_edges=4),
    lifetime=st.sampled_from(LIFETIMES),
    slack=st.integers(0, 1),
    weights=st.sampled_from([MIX, A, B]),
)
def test_a_tree_that_is_done_has_found_the_optimum(problem, lifetime, slack, weights):
    depth = asap_length(problem) + slack
    best = brute.optimum(problem, depth, cost_of(problem, depth, lifetime, weights))
    assert best is not None
    tree = grown(problem, depth, lifetime, weights, 3000)
    assert tree.done
    assert tree.value == pytest.approx(best[0], rel=0.05, abs=0.05)


@settings(max_examples=60)
@given(
    drawn=scheduled(min_nodes=2, max_slack=4),
    lifetime=st.sampled_from(LIFETIMES),
    width=st.integers(0, 2),
)
def test_what_is_left_to_the_ends_of_values_holds_their_schedule(drawn, lifetime, width):
    problem, start, depth = drawn[0], np.array(drawn[1], np.int64), drawn[2]
    tree = grown(problem, depth, lifetime, MIX, 0, 0)
    loose = np.zeros(start.size, bool)
    frame = window(problem, depth)
    near = narrowed(problem, frame, start, width, loose)
    begin, end = tree._ranges(near.asap, near.alap)
    ends = possible_lasts(problem, frame, lifetime)
    last = ends.latest.copy()
    np.maximum.at(last, ends.value, start[ends.consumer])
    several = np.flatnonzero(np.bincount(ends.value, minlength=problem.nodes) > 1)
    model = tree.method.model
    own = np.clip(np.concatenate([start, last[several]]) - model.low, 0, np.diff(model.first))
    assert np.all((begin <= own) & (own <= end))
    if width == 0:
        np.testing.assert_array_equal(begin, end)


def layers(wide: int, long: int):
    """Chains side by side, tied into one body by a first and a last node."""
    chains = np.arange(wide * long).reshape(wide, long) + 2
    along = np.stack([chains[:, :-1].ravel(), chains[:, 1:].ravel()], axis=1)
    first = np.stack([np.zeros(wide, int), chains[:, 0]], axis=1)
    last = np.stack([chains[:, -1], np.ones(wide, int)], axis=1)
    return make_problem(wide * long + 2, np.concatenate([along, first, last]))


def test_it_forbids_mixes_of_one_schedule_begun_at_different_steps():
    problem = layers(6, 2)
    depth = asap_length(problem) + 4
    roots = grown(problem, depth, "register", A, 0, 3000)
    tree = grown(problem, depth, "register", A, 200, 3000)
    # Six chains of two nodes: twelve that use 6 at once, or wait and communicate.
    assert tree.value > 1.15 * roots.value


def test_a_cutoff_closes_leaves_and_no_room_ends_it():
    problem = layers(6, 2)
    depth = asap_length(problem) + 4
    tree = grown(problem, depth, "register", A, 0)
    least = tree.value
    for _ in range(2000):
        tree.advance(cutoff=1.05 * least)
    assert tree.done
    assert 1.05 * least <= tree.value
    assert len(tree._heap) == 0
    small = grown(problem, depth, "register", A, 50, room=0.0)
    assert small.done
    assert small.value < tree.value


def test_no_seconds_leave_the_bound_as_it_is():
    problem = layers(4, 2)
    tree = grown(problem, asap_length(problem) + 3, "register", A, 0)
    before = tree.value
    for _ in range(5):
        tree.advance(lambda: 0.0)
    assert tree.value >= before
    assert not tree.done
