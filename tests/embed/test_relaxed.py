"""The relaxation as pure functions: inside jit, vmap and scan, and differentiable in the data."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

import gaus_jax as gj
from gaus_jax.core.build import make_problem
from gaus_jax.core.sequence import by_priority, flow, footprints
from gaus_jax.embed import TERMS, Data, Shape, relaxation
from tests import reference
from tests.strategies import scheduled
from tests.tensors import random_wired

PROBLEM = make_problem(
    7,
    [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (3, 5), (4, 5)],
    size=[4, 2, 5, 3, 1, 2, 6],
    workspace=[0, 1, 0, 4, 0, 0, 2],
    latency=[1, 2, 1, 1, 3, 1, 1],
    output=[0, 0, 1, 0, 0, 0, 0],
    weight=[1, 2, 1, 3, 1, 1, 2],
)


COLD = {"width": 1e-3, "temperature": 1e-5, "last_temperature": 1e-3}
ROOM = Shape(nodes=6, edges=12, reads=12, uses=12, classes=3, steps=48)


def test_an_order_has_a_footprint_and_room_for_one_node_a_step():
    relaxed, data = relaxation(PROBLEM, "S", **COLD)
    start = [0, 2, 1, 4, 3, 6, 5]  # 6 is alone
    found = relaxed.terms(data, jnp.asarray(start, jnp.float32))
    assert set(found) == set(TERMS)
    assert float(found["communication"]) == reference.communication(PROBLEM, start)
    wanted = reference.objective_S(PROBLEM, start)
    assert float(found["footprint"]) == pytest.approx(wanted, rel=1e-4)
    assert float(found["crowding"]) == pytest.approx(0, abs=1e-5)
    assert float(found["dependence"]) == 0
    crowded = relaxed.terms(data, jnp.asarray([0, 1, 1, 1, 2, 3, 3], jnp.float32))
    assert float(crowded["crowding"]) == pytest.approx(3)
    assert float(crowded["dependence"]) == 2


@jax.jit
def _terms(relaxed, data, mean):
    return relaxed.terms(data, mean)


@pytest.mark.parametrize("lifetime", ["register", "buffer"])
@given(scheduled(min_nodes=1, max_nodes=6, max_edges=12, workspace=True))
def test_terms_are_exact_on_narrow_whole_starts(lifetime, case):
    problem, start, depth = case
    asked = gj.ObjectiveSettings(name="A", depth=depth, lifetime=lifetime)
    relaxed, data = relaxation(problem, asked, shape=ROOM, evaluation="dense", **COLD)
    mean = jnp.zeros(ROOM.nodes).at[: problem.nodes].set(jnp.asarray(start, jnp.float32))
    found = {name: float(term) for name, term in _terms(relaxed, data, mean).items()}
    wanted = {
        "peak_usage": reference.peak_usage(problem, start),
        "communication": reference.communication(problem, start),
        "peak_live": reference.peak_live(problem, start, depth, lifetime),
        "footprint": reference.footprint(problem, start, depth, lifetime),
        "latency": reference.latency(problem, start),
        "crowding": 0.0,
        "dependence": 0.0,
    }
    assert found == pytest.approx(wanted, rel=1e-4, abs=1e-3)
    assert found.keys() == wanted.keys() == set(TERMS)


def test_usage_is_an_expectation():
    uses = [0, 1, 1, 2, 3], [0, 0, 1, 0, 1], [2.0, 1.0, 3.0, 2.5, 1.0], [1, 3, 2, 2, 4]
    costs = [2.0, 0.5]
    problem = make_problem(4, [(0, 1)], classes=("a", "b"), class_cost=costs, uses=uses)
    asked = gj.ObjectiveSettings(name="A", depth=8)
    relaxed, data = relaxation(problem, asked, width=0.7, temperature=1e-5)
    mean = [0.3, 2.2, 3.6, 5.1]
    found = _terms(relaxed, data, jnp.asarray(mean))["peak_usage"]
    profile = np.zeros((2, 12))
    for node, row, demand, occupancy in zip(*uses, strict=True):
        for step in range(8):
            chance = _cdf(step + 0.5, mean[node]) - _cdf(step - 0.5, mean[node])
            if step in (0, 7):  # the tails beyond belong to the end steps
                chance += _cdf(-0.5, mean[node]) if step == 0 else 1 - _cdf(7.5, mean[node])
            profile[row, step : step + occupancy] += demand * chance
    assert float(found) == pytest.approx(costs @ profile.max(axis=1), rel=1e-4)


def _cdf(step: float, mean: float) -> float:
    return 0.5 + 0.5 * math.erf((step - mean) / 0.7 / math.sqrt(2))


@pytest.mark.parametrize("evaluation", ["dense", "window"])
def test_gradients_match_central_differences_in_means_and_data(evaluation):
    with jax.enable_x64(True):
        asked = gj.ObjectiveSettings(name="B", kappa="1.5")
        how = {"evaluation": evaluation, "crowd": 1.3, "bins": 6}
        every = dict.fromkeys(TERMS, 1.0)
        relaxed, data = relaxation(PROBLEM, asked, "float64", weights=every, **how)
        mean = jnp.array([0.3, 1.2, 2.4, 4.6, 3.7, 6.3, 0.8])
        slopes = _checked_slopes(relaxed, data, mean)
        assert all(np.any(slope != 0) for slope in jax.tree.leaves(slopes))


@pytest.mark.parametrize("name", ["A", "B", "D", "S"])
def test_gradients_are_those_of_the_value_where_many_steps_are_near_the_peak(name):
    with jax.enable_x64(True):
        problem = make_problem(40, [(i, i + 1) for i in range(39)], size=5 + np.arange(40) % 3)
        kappa = "1.2" if name in "AB" else None
        asked = gj.ObjectiveSettings(name=name, kappa=kappa)
        relaxed, data = relaxation(problem, asked, "float64")
        mean = jnp.arange(40.0) + 0.2 * jnp.sin(jnp.arange(40.0))
        _checked_slopes(relaxed, data, mean, every=5)


def _checked_slopes(relaxed, data, mean, every: int = 1):
    """The gradient of the loss in data and means, compared with central differences."""
    point = (data, mean)
    loss = jax.jit(relaxed.loss)
    gradient = jax.jit(jax.grad(lambda p: relaxed.loss(*p)))(point)
    leaves, shape = jax.tree.flatten(point)
    slopes = jax.tree.leaves(gradient)
    for k, leaf in enumerate(leaves):
        for i in range(0, leaf.size, every):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [*leaves[:k], leaf.at[i].add(step), *leaves[k + 1 :]]
                ends.append(loss(*jax.tree.unflatten(shape, moved)))
            difference = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(slopes[k][i], difference, atol=1e-5, rtol=1e-5)
    return gradient


def test_steps_under_jit_vmap_and_scan_are_a_python_loop():
    relaxed, data = relaxation(PROBLEM, "S")
    sizes = jnp.stack([data.size, 2 * data.size, data.size[::-1]])
    batch = eqx.tree_at(lambda d: d.size, data, sizes)
    axes = eqx.tree_at(lambda d: d.size, jax.tree.map(lambda leaf: None, data), 0, is_leaf=_none)

    @jax.jit
    def descend(data: Data):
        state, losses = jax.lax.scan(
            lambda s, _: relaxed.step(data, s), relaxed.init(data), length=5
        )
        return relaxed.extract(state), losses

    jitted = jax.jit(relaxed.step)
    means, losses = jax.vmap(descend, in_axes=(axes,))(batch)
    for k in range(3):
        own = eqx.tree_at(lambda d: d.size, data, sizes[k])
        state, wanted = relaxed.init(own), []
        for _ in range(5):
            state, loss = jitted(own, state)
            wanted.append(loss)
        np.testing.assert_allclose(means[k], state.mean, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(losses[k], jnp.stack(wanted), rtol=1e-4)
        assert int(state.count) == 5


def _none(leaf) -> bool:
    return leaf is None


def test_descent_lowers_the_loss_and_orders_the_nodes():
    problem = random_wired(40, 0)
    relaxed, data = relaxation(problem, "S", width=1.5)
    state, losses = jax.lax.scan(lambda s, _: relaxed.step(data, s), relaxed.init(data), length=150)
    assert losses[-1] < 0.8 * losses[0]
    order = by_priority(flow(problem), np.asarray(relaxed.extract(state), float))
    begin = by_priority(flow(problem), np.asarray(relaxed.init(data).mean, float))
    view = flow(problem)
    assert footprints(view, order).max() < footprints(view, begin).max()
    assert np.all((state.mean >= relaxed.structure.low) & (state.mean <= relaxed.structure.high))


def test_the_example_learns():
    import importlib.util
    from pathlib import Path

    path = Path(__file__).resolve().parents[2] / "examples" / "learn_weights.py"
    spec = importlib.util.spec_from_file_location("learn_weights", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("standard"):
        before, after = module.main(30)
    assert after < before
