"""Every optimiser, method and start; one trace for equal shapes; lanes as if alone."""

from dataclasses import fields
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.settings import OptimiseSettings, RelaxSettings, Settings, override
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.terms import TERMS
from gaus_jax.optimise import loop
from gaus_jax.optimise.loop import Recipe, advance, initial, knobs_at, loss_and_gradient
from gaus_jax.optimise.methods import METHODS
from gaus_jax.optimise.numbers import Numbers, numbers, traced
from gaus_jax.optimise.optimisers import OPTIMISERS
from gaus_jax.optimise.starts import STARTS
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.gaussian import Params
from gaus_jax.relax.pack import pack, shape_of
from tests.strategies import problems

BASE = (TERMS["peak_usage"], TERMS["communication"])


class Made(NamedTuple):
    """What a loop is compiled for, and the settings that its numbers come from."""

    recipe: Recipe
    settings: Settings

    def numbers(self, count: int) -> Numbers:
        return numbers([self.settings] * count, jnp.float32)


def recipe(relax=(), terms=BASE, **optimise) -> Made:
    settings = Settings(relax=RelaxSettings(**dict(relax)), optimise=OptimiseSettings(**optimise))
    return Made(Recipe(terms, tuple(CONSTRAINTS.values()), *traced(settings)), settings)


def tree(seed: int, nodes: int = 7):
    rng = np.random.default_rng(seed)
    ends = [(int(rng.integers(0, j)), j) for j in range(1, nodes)]
    return make_problem(nodes, ends, uses=(range(nodes), 0, rng.integers(1, 4, nodes), 1))


def batch(found, slack: int = 4, weights=(1.0, 1.0)):
    flat = [flatten(p, window(p, asap_length(p) + slack), "register", weights) for p in found]
    shapes = {shape_of(graph) for graph, _ in flat}
    assert len(shapes) == 1
    return pack([g for g, _ in flat], [f for _, f in flat], shapes.pop(), jnp.float32).graph


def begin(graph, made, lanes: int = 2, seed: int = 0):
    count, free = graph.low.shape
    part = np.random.default_rng(seed).uniform(-0.2, 1.2, (count, lanes, free))
    low, high = (np.asarray(end)[:, None] for end in (graph.low, graph.high))
    mean = jnp.asarray(low + part * (high - low), jnp.float32)
    spread = jnp.full((count, lanes), 0.2, jnp.float32)
    return initial(graph, mean, spread, made.numbers(count), made.recipe)


def run(state, graph, made, evaluation: str = "hat", ends=(0.0, 1.0), steps: int = 20):
    arguments = (made.numbers(len(graph.low)), *(jnp.asarray(end, jnp.float32) for end in ends))
    return advance(state, graph, *arguments, recipe=made.recipe, evaluation=evaluation, steps=steps)


def check(graph, before: np.ndarray, state):
    mean = np.asarray(state.params.mean)
    low, high = (np.asarray(end)[:, None] for end in (graph.low, graph.high))
    assert np.isfinite(mean).all()
    assert np.isfinite(np.asarray(state.params.log_std)).all()
    assert ((mean >= low) & (mean <= high)).all()
    best = np.asarray(state.best.mean)
    assert ((best >= low) & (best <= high)).all()
    assert np.isfinite(np.asarray(state.best_merit)).all()
    assert np.abs(mean - before).max() > 1e-3
    assert not mean[:, :, ~np.asarray(graph.free_mask)[0]].any()


@pytest.mark.parametrize(
    "options",
    [{"optimiser": name} for name in OPTIMISERS]
    + [{"method": name} for name in METHODS]
    + [{"measure": "amount"}, {"measure": "probability"}, {"step_scale": "one"}],
    ids=lambda options: "-".join(options.values()),
)
def test_means_move_and_stay_in_their_windows(options):
    # One linear term alone, which compiles in half the time.
    graph = batch([tree(0)], weights=(1.0,))
    # Steps so long that they would leave the windows.
    made = recipe(terms=BASE[1:], learning_rate=1.0, **options)
    state = begin(graph, made)
    before = np.array(state.params.mean)
    check(graph, before, run(state, graph, made))


def test_learned_widths_move_within_their_bounds():
    graph = batch([tree(0)])
    made = recipe({"widths": "learned"}, measure="amount")
    state = begin(graph, made)
    before, wide = np.array(state.params.mean), np.array(state.params.log_std)
    state = run(state, graph, made, steps=50)
    check(graph, before, state)
    std = np.exp(np.asarray(state.params.log_std))
    real = np.asarray(graph.free_mask)[0]
    assert np.abs(std - np.exp(wide))[..., real].max() > 1e-3
    most = np.maximum(np.asarray(graph.mobility), 1)[:, None]
    assert (std >= loop.LEAST_STD * 0.999).all()
    assert (std <= most * 1.001).all()


def test_steps_lower_the_loss():
    # Communication pulls the head of a long edge to its tail.
    graph = batch([make_problem(2, [(0, 1)], weight=5)], slack=8)
    made = recipe()
    state = begin(graph, made)
    slot = np.asarray(graph.tail)[0, 0], np.asarray(graph.head)[0, 0]
    span = np.asarray(state.params.mean)[..., slot[1]] - np.asarray(state.params.mean)[..., slot[0]]
    state = run(state, graph, made, steps=200)
    after = (
        np.asarray(state.params.mean)[..., slot[1]] - np.asarray(state.params.mean)[..., slot[0]]
    )
    assert (np.abs(after - 1) < np.maximum(np.abs(span - 1), 0.3)).all()


def test_lanes_and_problems_run_as_if_alone():
    made = recipe()
    found = [tree(seed) for seed in range(3)]
    graph = batch(found)
    together = run(begin(graph, made, lanes=2), graph, made)
    start = begin(graph, made, lanes=2)
    for b in range(3):
        one = jax.tree.map(lambda leaf, b=b: leaf[b : b + 1], graph)
        for k in range(2):
            lane = jax.tree.map(lambda leaf, b=b, k=k: leaf[b : b + 1, k : k + 1], start)
            alone = run(lane, one, made)
            np.testing.assert_allclose(
                together.params.mean[b, k], alone.params.mean[0, 0], atol=1e-4
            )


def test_one_trace_for_equal_shapes(monkeypatch):
    traces = []
    step = loop._step
    monkeypatch.setattr(loop, "_step", lambda *args: traces.append(1) or step(*args))
    made = recipe({"window": 11})  # a recipe of its own, that nothing else has compiled
    shapes = (tree(1), tree(2), make_problem(7, [(0, 1)]), make_problem(6, [(0, 3), (1, 3)]))
    for problem in shapes:
        graph = batch([problem], slack=9 - asap_length(problem))
        for ends in ((0.0, 0.5), (0.5, 1.0)):
            run(begin(graph, made), graph, made, ends=ends)
    assert len(traces) == 1
    graph = batch([tree(1)], slack=9 - asap_length(tree(1)))
    run(begin(graph, made), graph, made, steps=21)
    assert len(traces) == 2


OTHER = {
    "relax": {"width_end": 0.5, "peak_start": 0.3, "peak_end": 0.02},
    "optimise": {"learning_rate": 0.3, "penalty_start": 2.0, "penalty_end": 40.0},
}


def test_numbers_are_each_problems_own():
    # One problem under many settings at once, as under each of them everywhere.
    made = recipe({"window": 13})
    names = [(section, name) for section, tree in OTHER.items() for name in tree]
    assert {name for _, name in names} == {field.name for field in fields(Numbers)}
    every = [override(made.settings, {a: {b: OTHER[a][b]}}, "") for a, b in names]
    graph = batch([tree(0)] * len(every))

    def under(chosen):
        state = begin(graph, made)
        mean = state.params.mean[:1].repeat(len(every), 0)
        spread = jnp.full((len(every), 2), 0.2, jnp.float32)
        own = numbers(chosen, jnp.float32)
        ends = jnp.zeros((), jnp.float32), jnp.ones((), jnp.float32)
        state = initial(graph, mean, spread, own, made.recipe)
        state = advance(state, graph, own, *ends, recipe=made.recipe, evaluation="hat", steps=20)
        return np.asarray(state.params.mean)

    together, plain = under(every), under([made.settings] * len(every))
    for b, own in enumerate(every):
        np.testing.assert_array_equal(together[b], under([own] * len(every))[b])
        assert not np.array_equal(together[b], plain[b])


@pytest.mark.parametrize("method", METHODS)
def test_methods_cost_nothing_where_nothing_is_violated(method):
    weight = jnp.asarray(3.0)
    zero, some = jnp.zeros(3), jnp.asarray([0.0, 1.0, 2.0])
    entry = METHODS[method]
    assert float(entry.cost(zero, jnp.asarray([1.0, 2.0, 3.0]), weight)) == 0
    multiplier = entry.update(zero, jnp.ones(3), weight)
    assert multiplier.tolist() == [1, 1, 1]
    costs = [float(entry.cost(some, jnp.zeros(3), jnp.asarray(w))) for w in (1.0, 2.0)]
    assert 0 < costs[0] < costs[1]
    assert (entry.update(some, jnp.ones(3), weight) >= 1).all()


def test_methods_by_hand():
    some, weight = jnp.asarray([0.0, 1.0, 2.0]), jnp.asarray(4.0)
    multiplier = jnp.asarray([1.0, 2.0, 3.0])
    assert float(METHODS["penalty"].cost(some, multiplier, weight)) == 4 * 3
    assert float(METHODS["augmented"].cost(some, multiplier, weight)) == 2 + 6 + 0.5 * 4 * 5
    assert METHODS["penalty"].update(some, multiplier, weight).tolist() == [1, 2, 3]
    assert METHODS["augmented"].update(some, multiplier, weight).tolist() == [1, 6, 11]


def test_the_objectives_gradient_is_measured_in_its_own_mean():
    graph = jax.tree.map(lambda leaf: leaf[0], batch([tree(3)]))
    scaled = jax.tree.map(lambda leaf: leaf, graph)
    scaled = type(graph)(**{**vars(graph), "term_weight": 1000 * graph.term_weight})
    made = recipe()
    mean = (graph.low + graph.high) / 2
    params = Params(mean, jnp.zeros_like(mean))
    own = jax.tree.map(lambda leaf: leaf[0], made.numbers(1))
    knobs = knobs_at(own, params, jnp.asarray(0.0), made.recipe)
    zero = jnp.zeros(graph.edge_mask.shape)
    slope = jax.jit(lambda g: loss_and_gradient(g, params, zero, knobs, made.recipe, "dense"))
    small, large = slope(graph), slope(scaled)
    assert float(large[0]) == pytest.approx(1000 * float(small[0]), rel=1e-5)
    np.testing.assert_allclose(small[1].mean, large[1].mean, rtol=1e-4, atol=1e-6)


def test_knobs_fall_from_their_start_to_their_end():
    graph = jax.tree.map(lambda leaf: leaf[0], batch([tree(3)]))
    r, o = RelaxSettings(), OptimiseSettings()
    params = Params(graph.low, jnp.full_like(graph.low, np.log(2.0)))
    own = jax.tree.map(lambda leaf: leaf[0], recipe().numbers(1))
    ends = (jnp.asarray(0.0), jnp.asarray(1.0))
    first, last = (knobs_at(own, params, end, recipe().recipe) for end in ends)
    for knobs, std, peak, final, penalty in (
        (first, 2.0, r.peak_start, r.last_start, o.penalty_start),
        (last, r.width_end, r.peak_end, r.last_end, o.penalty_end),
    ):
        np.testing.assert_allclose(knobs.std, std, rtol=1e-5)
        found = [float(v) for v in (knobs.peak, knobs.last, knobs.penalty)]
        np.testing.assert_allclose(found, [peak, final, penalty], rtol=1e-5)


@pytest.mark.parametrize("start", STARTS)
@given(problem=problems(loop_carried=True), slack=st.integers(0, 6), seed=st.integers(0, 99))
def test_starts_lie_in_their_windows(start, problem, slack, seed):
    frame = window(problem, asap_length(problem) + slack)
    found, again = (STARTS[start].means(frame, np.random.default_rng(seed)) for _ in range(2))
    assert found.dtype == np.float64
    assert found.shape == (problem.nodes,)
    assert ((found >= frame.asap) & (found <= frame.alap)).all()
    np.testing.assert_array_equal(found, again)
