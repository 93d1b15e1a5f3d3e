"""The relaxation as pure functions: inside jit, vmap and scan, and differentiable in the data."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gaus_jax as gj
from gaus_jax.base.errors import SettingsError
from gaus_jax.core.build import make_problem
from gaus_jax.core.sequence import by_priority, flow, footprints
from gaus_jax.embed import TERMS, Data, relaxation
from tests import reference
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


def test_terms_are_exact_on_narrow_whole_starts():
    relaxed, data = relaxation(PROBLEM, "S", width=1e-3, temperature=1e-5, last_temperature=1e-3)
    start = [0, 2, 1, 4, 3, 6, 5]  # 6 is alone
    found = relaxed.terms(data, jnp.asarray(start, jnp.float32))
    assert set(found) == set(TERMS)
    assert float(found["communication"]) == reference.communication(PROBLEM, start)
    assert float(found["peak_live"]) == pytest.approx(
        reference.objective_S(PROBLEM, start), rel=1e-4
    )
    assert float(found["crowding"]) == pytest.approx(0, abs=1e-5)
    assert float(found["dependence"]) == 0
    crowded = relaxed.terms(data, jnp.asarray([0, 1, 1, 1, 2, 3, 3], jnp.float32))
    assert float(crowded["crowding"]) == pytest.approx(3)
    assert float(crowded["dependence"]) == 2


@pytest.mark.parametrize("lifetime", ["register", "buffer"])
def test_terms_are_exact_under_a_latency_bound(lifetime):
    asked = gj.ObjectiveSettings(name="B", kappa="1.5", lifetime=lifetime)
    cold = {"width": 1e-3, "temperature": 1e-5, "last_temperature": 1e-3}
    relaxed, data = relaxation(PROBLEM, asked, **cold)
    start = [0, 1, 2, 4, 3, 7, 0]
    found = relaxed.terms(data, jnp.asarray(start, jnp.float32))
    wanted = reference.peak_live(PROBLEM, start, relaxed.steps, lifetime)
    assert float(found["peak_live"]) == pytest.approx(wanted, rel=1e-4)
    assert float(found["crowding"]) == float(found["dependence"]) == 0


@pytest.mark.parametrize("evaluation", ["dense", "window"])
def test_gradients_match_central_differences_in_means_and_data(evaluation):
    with jax.enable_x64(True):
        asked = gj.ObjectiveSettings(name="B", kappa="1.5")
        how = {"evaluation": evaluation, "temperature": 1e-3, "crowd": 1.3}
        every = dict.fromkeys(TERMS, 1.0)
        relaxed, data = relaxation(PROBLEM, asked, "float64", weights=every, **how)
        point = (data, jnp.array([0.3, 1.2, 2.4, 4.6, 3.7, 6.3, 0.8]))
        loss = jax.jit(relaxed.loss)
        gradient = jax.jit(jax.grad(lambda p: relaxed.loss(*p)))(point)
        leaves, shape = jax.tree.flatten(point)
        slopes = jax.tree.leaves(gradient)
        for k, leaf in enumerate(leaves):
            for i in range(leaf.size):
                ends = []
                for step in (1e-6, -1e-6):
                    moved = [*leaves[:k], leaf.at[i].add(step), *leaves[k + 1 :]]
                    ends.append(loss(*jax.tree.unflatten(shape, moved)))
                np.testing.assert_allclose(slopes[k][i], (ends[0] - ends[1]) / 2e-6, atol=1e-5)
        assert all(np.any(slope != 0) for slope in jax.tree.leaves(gradient[0]))


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


def test_overlapping_iterations_are_refused():
    with pytest.raises(SettingsError, match="objective C overlaps iterations; embed A, B, D or S"):
        relaxation(PROBLEM, "C")


def test_the_example_learns():
    import importlib.util
    from pathlib import Path

    path = Path(__file__).resolve().parents[1] / "examples" / "learn_weights.py"
    spec = importlib.util.spec_from_file_location("learn_weights", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("standard"):
        before, after = module.main(30)
    assert after < before
