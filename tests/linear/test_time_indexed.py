"""The relaxation says what the formulation says; its prices prove what a solver finds."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gaus_jax.core.build import make_problem
from gaus_jax.core.lasts import possible_lasts
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length, window
from gaus_jax.linear.climb import Climb
from gaus_jax.linear.first_order import FirstOrder
from gaus_jax.linear.nearby import narrowed, reshaped
from gaus_jax.linear.time_indexed import build, size, thresholds
from tests import brute, reference
from tests.strategies import problems, scheduled

MIX = {"peak_usage": 2.0, "communication": 0.5, "peak_live": 1.5}


def weighed(problem, start, depth, lifetime, weights) -> float:
    """The oracle's value of a weighted sum."""
    terms = {
        "peak_usage": lambda: reference.peak_usage(problem, start),
        "communication": lambda: reference.communication(problem, start),
        "peak_live": lambda: reference.peak_live(problem, start, depth, lifetime),
    }
    return sum(weight * terms[term]() for term, weight in weights.items())


def one_hot(model, problem, frame, lifetime, start) -> np.ndarray:
    """The point of a schedule: every entity has started or ended by its step."""
    ends = possible_lasts(problem, frame, lifetime)
    last = ends.latest.copy()
    np.maximum.at(last, ends.value, start[ends.consumer])
    several = np.flatnonzero(np.bincount(ends.value, minlength=problem.nodes) > 1)
    step = np.concatenate([start, last[several]])[: model.low.size]
    entity = np.repeat(np.arange(model.low.size), np.diff(model.first))
    column = np.arange(model.variables) - model.first[entity] + model.low[entity]
    return (column * model.stride >= step[entity]).astype(float)


def value(model, x) -> float:
    rows = model.base.copy()
    for part, row, count, amount in zip(
        model.part, model.part_row, model.part_size, model.amount, strict=True
    ):
        rows[row : row + count] += amount * x[part : part + count]
    peaks = [rows[a:b].max() for a, b in zip(model.peak, model.peak[1:], strict=False)]
    return model.constant + model.slope @ x + model.peak_weight @ np.array(peaks)


def pairs(model) -> tuple[np.ndarray, np.ndarray]:
    """The variables on the left and on the right of every comparison."""
    count = np.diff(model.row)
    within = np.arange(model.row[-1]) - np.repeat(model.row[:-1], count)
    return np.repeat(model.less, count) + within, np.repeat(model.more, count) + within


@settings(max_examples=60)
@given(drawn=scheduled(loop_carried=True), lifetime=st.sampled_from(LIFETIMES))
def test_a_schedule_is_a_point_of_the_same_value(drawn, lifetime):
    problem, start, depth = drawn[0], np.array(drawn[1], np.int64), drawn[2]
    frame = window(problem, depth)
    model = build(problem, frame, MIX, lifetime)
    x = one_hot(model, problem, frame, lifetime, start)
    less, more = pairs(model)
    assert np.all(x[less] <= x[more])
    assert value(model, x) == pytest.approx(weighed(problem, start, depth, lifetime, MIX))
    cut = thresholds(model, x.astype(np.float32), np.array([0.5]))
    np.testing.assert_array_equal(cut[0], start)


@settings(max_examples=60)
@given(
    drawn=scheduled(loop_carried=True, max_slack=6),
    lifetime=st.sampled_from(LIFETIMES),
    stride=st.integers(2, 5),
)
def test_a_stride_relaxes_memory(drawn, lifetime, stride):
    problem, start, depth = drawn[0], np.array(drawn[1], np.int64), drawn[2]
    frame = window(problem, depth)
    model = build(problem, frame, {"peak_live": 1.5}, lifetime, stride)
    assert model.valid
    x = one_hot(model, problem, frame, lifetime, start)
    less, more = pairs(model)
    assert np.all(x[less] <= x[more])
    assert value(model, x) <= weighed(problem, start, depth, lifetime, {"peak_live": 1.5}) + 1e-9


def optimum(model) -> float:
    """The linear optimum by HiGHS."""
    less, more = pairs(model)
    peaks, count = model.peak_weight.size, model.variables
    order = np.zeros((less.size, count + peaks))
    order[np.arange(less.size), less] += 1
    order[np.arange(less.size), more] -= 1
    above = np.zeros((model.base.size, count + peaks))
    for part, row, length, amount in zip(
        model.part, model.part_row, model.part_size, model.amount, strict=True
    ):
        above[row + np.arange(length), part + np.arange(length)] += amount
    above[np.arange(model.base.size), count + np.repeat(np.arange(peaks), np.diff(model.peak))] = -1
    found = linprog(
        np.concatenate([model.slope, model.peak_weight]),
        A_ub=np.concatenate([order, above]),
        b_ub=np.concatenate([np.zeros(less.size), -model.base]),
        bounds=[(0, 1)] * count + [(None, None)] * peaks,
    )
    return found.fun + model.constant


@settings(max_examples=25)
@given(
    problem=problems(min_nodes=3),
    lifetime=st.sampled_from(LIFETIMES),
    slack=st.integers(0, 4),
    stride=st.sampled_from([1, 1, 2]),
)
def test_prices_prove_the_linear_optimum(problem, lifetime, slack, stride):
    frame = window(problem, asap_length(problem) + slack)
    weights = MIX if stride == 1 else {"peak_live": 1.0}
    model = build(problem, frame, weights, lifetime, stride)
    assume(model.variables)
    best = optimum(model)
    method = FirstOrder(model)
    proved = []
    for count in (0, 1, 20, 2000):
        method.advance(count)
        dual = method.dual()
        assert dual.value <= best + 1e-9 * dual.scale + 1e-9
        proved.append(dual.value)
    assert proved[-1] == pytest.approx(best, rel=2e-3, abs=2e-2)


@settings(max_examples=25)
@given(
    problem=problems(max_nodes=5, max_edges=6),
    lifetime=st.sampled_from(LIFETIMES),
    slack=st.integers(0, 2),
)
def test_a_climb_stays_below_the_optimum(problem, lifetime, slack):
    depth = asap_length(problem) + slack
    frame = window(problem, depth)
    for weights in (MIX, {"peak_live": 1.0}):
        climb = Climb(problem, frame, weights, lifetime)
        for _ in range(3):
            climb.advance()
        best, _ = brute.optimum(
            problem, depth, lambda s, w=weights: weighed(problem, s, depth, lifetime, w)
        )
        assert climb.value - 1e-9 * climb.scale <= best


def test_the_relaxation_is_tight_where_the_critical_path_fills_the_window():
    # Nothing can move but q, which may follow its producer or precede its consumer.
    problem = make_problem(
        ["a", "b", "c", "d", "q"], [(0, 1), (1, 2), (2, 3), (0, 4), (4, 3)], size=[3, 1, 1, 1, 2]
    )
    climb = Climb(problem, window(problem, 4), {"peak_live": 1.0}, "register")
    while not climb.done:
        climb.advance()
    # q at step 2: a is live in steps 1 and 2 beside b; at 1: q's 2 beside b or c.
    best, _ = brute.optimum(problem, 4, lambda s: reference.peak_live(problem, s, 4, "register"))
    assert climb.value == pytest.approx(best, rel=1e-3)


def test_coarse_strides_come_first_where_windows_are_long():
    chain = 3000
    edges = [(i, i + 1) for i in range(chain - 1)]
    loose = [(0, chain + k) for k in range(90)]
    problem = make_problem(chain + 90, edges + loose)
    frame = window(problem, chain)
    assert size(frame) > 200_000
    climb = Climb(problem, frame, {"peak_live": 1.0}, "register")
    climb.advance()
    assert climb.stride == 4
    alone = Climb(problem, frame, {"peak_live": 1.0, "communication": 1.0}, "register")
    alone.advance()
    assert alone.stride == 1


def test_a_finer_iterate_begins_where_the_coarser_one_ended():
    problem = make_problem(41, [(i, i + 1) for i in range(39)] + [(0, 40)], size=2)
    frame = window(problem, 60)
    weights = {"peak_live": 1.0}
    coarse = FirstOrder(build(problem, frame, weights, "register", 4))
    coarse.advance(500)
    fine = FirstOrder(build(problem, frame, weights, "register", 1), coarse)
    before = thresholds(coarse.model, coarse.started(), np.array([0.5]))[0]
    after = thresholds(fine.model, fine.started(), np.array([0.5]))[0]
    assert np.all(np.abs(before - after) < 4)
    assert fine.dual().value >= 0.9 * FirstOrder(fine.model).dual().value


@settings(max_examples=40)
@given(data=st.data(), drawn=scheduled(min_nodes=1), width=st.integers(0, 3))
def test_a_neighbourhood_holds_its_schedule_and_gives_legal_ones(data, drawn, width):
    problem, start, depth = drawn[0], np.array(drawn[1], np.int64), drawn[2]
    loose = np.array(data.draw(st.lists(st.booleans(), min_size=start.size, max_size=start.size)))
    whole = window(problem, depth)
    frame = narrowed(problem, whole, start, width, loose)
    assert np.all((frame.asap <= start) & (start <= frame.alap))
    assert np.all((whole.asap <= frame.asap) & (frame.alap <= whole.alap))
    assert np.all(loose | (np.abs(frame.asap - start) <= width))
    found = reshaped(problem, frame, MIX, "register", 20, np.random.default_rng(0))
    for near in found:
        assert reference.legal(problem, near.tolist(), depth)
        assert np.all((frame.asap <= near) & (near <= frame.alap))
    assert found.shape[0] == (11 if size(frame) else 0)


def test_equal_seeds_reshape_alike():
    problem = make_problem(30, [(i, i + 7) for i in range(23)], size=range(1, 31))
    frame = window(problem, 9)
    found = [
        reshaped(problem, frame, {"peak_live": 1.0}, "register", 30, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.any(found[0] != found[2])
