"""Every term: exact on one-hot starts, true gradients, and nothing from padding, order or batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length
from gaus_jax.model.terms import TERMS
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.histogram import EVALUATIONS
from gaus_jax.relax.pack import pack
from tests.contracts.packing import (
    LARGER,
    SHAPE,
    SMALL,
    one_hot,
    packed,
    permuted,
    rich,
    soft_point,
    spread,
    term_gradients,
    terms,
)
from tests.strategies import problems, scheduled

pytestmark = pytest.mark.usefixtures("x64")
COLD, SOFT = 1e-6, 1.0
SEED = st.integers(0, 10**6)
LIFETIME = st.sampled_from(LIFETIMES)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("evaluation", EVALUATIONS)
def test_smooth_is_exact_on_one_hot_starts_of_rich_graphs(evaluation, lifetime):
    for seed in range(12):
        problem, start, depth = rich(seed)
        here = packed(problem, depth, lifetime)
        found = terms(here.graph, spread(here, start), one_hot(here), COLD, 1e-3, evaluation)
        schedule = Schedule(start, depth)
        exact = [term.exact(problem, schedule, lifetime) for term in TERMS.values()]
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-4, err_msg=str(seed))


@settings(max_examples=12)
@pytest.mark.parametrize("evaluation", EVALUATIONS)
@given(case=scheduled(**SMALL, loop_carried=True), lifetime=LIFETIME)
def test_smooth_is_exact_on_one_hot_starts(evaluation, case, lifetime):
    problem, start, depth = case
    here = packed(problem, depth, lifetime)
    found = terms(here.graph, spread(here, start), one_hot(here), COLD, 1e-3, evaluation)
    schedule = Schedule(start, depth)
    for (name, term), smooth in zip(TERMS.items(), found, strict=True):
        exact = term.exact(problem, schedule, lifetime)
        assert float(smooth) == pytest.approx(exact, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize("evaluation", EVALUATIONS)
@pytest.mark.parametrize(("seed", "lifetime"), list(enumerate(2 * LIFETIMES)))
def test_gradients_match_central_differences(evaluation, lifetime, seed):
    problem, _, depth = rich(seed)
    case = packed(problem, depth, lifetime)
    mean, std = soft_point(case, seed)
    # Cold: the temperature's own slope, which the gradient leaves out on purpose, is small.
    cold = (1e-5, 1.0)
    by_mean, by_std = term_gradients(case.graph, mean, std, *cold, evaluation=evaluation)
    free = case.free.size
    h = 1e-6
    for wrt, gradient in ((0, by_mean), (1, by_std)):
        for i in range(free):
            step = jnp.asarray(h * (np.arange(mean.size) == i))
            ahead = (mean + step, std) if wrt == 0 else (mean, std + step)
            behind = (mean - step, std) if wrt == 0 else (mean, std - step)
            slope = terms(case.graph, *ahead, *cold, evaluation) - terms(
                case.graph, *behind, *cold, evaluation
            )
            np.testing.assert_allclose(gradient[:, i], slope / (2 * h), rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize(("seed", "lifetime"), list(enumerate(3 * LIFETIMES)))
def test_padding_changes_nothing(lifetime, seed):
    problem, _, depth = rich(seed)
    small, large = (packed(problem, depth, lifetime, s) for s in (SHAPE, LARGER))
    free = small.free.size
    point, wide = soft_point(small, seed), soft_point(large, seed)
    for temperature in (0.01, SOFT):
        a, b = (terms(c.graph, *p, temperature, 10.0) for c, p in ((small, point), (large, wide)))
        np.testing.assert_allclose(a, b, rtol=1e-12)
        for narrow, padded in zip(
            term_gradients(small.graph, *point, temperature, 10.0),
            term_gradients(large.graph, *wide, temperature, 10.0),
            strict=True,
        ):
            np.testing.assert_allclose(narrow[:, :free], padded[:, :free], rtol=1e-9, atol=1e-12)
            assert not narrow[:, free:].any()
            assert not padded[:, free:].any()


@settings(max_examples=12)
@given(problem=problems(**SMALL), lifetime=LIFETIME, seed=SEED, data=st.data())
def test_node_order_changes_nothing(problem, lifetime, seed, data):
    order = data.draw(st.permutations(range(problem.nodes)))
    other = permuted(problem, order)
    depth = asap_length(problem) + 2
    here, there = packed(problem, depth, lifetime), packed(other, depth, lifetime)
    rng = np.random.default_rng(seed)
    mean = here.frame.asap + rng.uniform(0, 1, problem.nodes) * here.frame.mobility
    std = rng.uniform(0.1, 2, problem.nodes)
    found = []
    for case, index in ((here, np.arange(problem.nodes)), (there, np.asarray(order, int))):
        wide = np.ones(case.graph.low.shape[0])
        wide[: case.free.size] = std[index][case.free]
        found.append(terms(case.graph, spread(case, mean[index]), jnp.asarray(wide), SOFT, 1.0))
    np.testing.assert_allclose(*found, rtol=1e-10)


def test_vmap_is_a_python_loop():
    rng = np.random.default_rng(3)
    cases = []
    for nodes in (2, 4, 6):
        ends = [(i, j) for j in range(nodes) for i in range(j) if rng.random() < 0.5]
        uses = (np.arange(nodes), rng.integers(0, 3, nodes), 1, rng.integers(0, 4, nodes))
        problem = make_problem(
            nodes, ends, classes=("a", "b", "c"), uses=uses, size=rng.integers(1, 5, nodes)
        )
        cases.append(packed(problem, asap_length(problem) + 3))
    assert len({c.graph.spans for c in cases}) == 1
    points = [soft_point(c, 5) for c in cases]
    flat = [flatten(c.problem, c.frame, "register", [1.0]) for c in cases]
    batch = pack([g for g, _ in flat], [f for _, f in flat], SHAPE, jnp.float64)
    means, stds = (jnp.stack(part) for part in zip(*points, strict=True))
    together = jax.vmap(lambda g, m, s: terms(g, m, s, 0.1, 0.5))(batch.graph, means, stds)
    for row, case, point in zip(together, cases, points, strict=True):
        np.testing.assert_allclose(row, terms(case.graph, *point, 0.1, 0.5), rtol=1e-12)


@settings(max_examples=12)
@given(problem=problems(**SMALL, min_nodes=1), lifetime=LIFETIME, seed=SEED)
def test_windowed_is_dense_where_the_window_covers_everything(problem, lifetime, seed):
    case = packed(problem, asap_length(problem) + 4, lifetime)
    assume(case.free.size)
    mean, std = soft_point(case, seed)
    args = (case.graph, mean, std, 0.1, 0.5)
    np.testing.assert_allclose(terms(*args, "window", 64), terms(*args, "dense"), rtol=1e-9)
