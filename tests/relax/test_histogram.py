"""Histograms of Gaussian times: mass, bounds and agreement of the three evaluations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from gaus_jax.relax.histogram import EVALUATIONS, Times, probabilities

pytestmark = pytest.mark.usefixtures("x64")
STEPS, ROWS, COUNT = 32, 2, 3


@st.composite
def times(draw, widest: float = 20.0, inside: bool = False):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    low = rng.integers(0, STEPS - 1, COUNT)
    high = np.minimum(low + rng.integers(0, STEPS, COUNT), STEPS - 1)
    ends = (0, 1) if inside else (-0.5, 1.5)
    mean = low + (high - low) * rng.uniform(*ends, COUNT)
    std = 10 ** rng.uniform(-3, np.log10(widest), COUNT)
    parts = [jnp.asarray(part, jnp.float64) for part in (mean, std, low, high)]
    return Times(*parts, jnp.asarray(rng.integers(0, ROWS, COUNT), jnp.int32))


@given(times())
def test_probabilities_sum_to_one_within_the_bounds(found):
    chance = np.asarray(probabilities(found, STEPS))
    np.testing.assert_allclose(chance.sum(axis=1), 1, atol=1e-12)
    assert (chance >= 0).all()
    step = np.arange(STEPS)
    low, high = np.asarray(found.low)[:, None], np.asarray(found.high)[:, None]
    outside = (step < low) | (step > high)
    assert not chance[outside].any()


@given(times(inside=True))
def test_probabilities_are_the_gaussians_between_the_bounds(found):
    chance = np.asarray(probabilities(found, STEPS))
    for m in range(COUNT):
        mean, std = float(found.mean[m]), float(found.std[m])
        for d in range(int(found.low[m]) + 1, int(found.high[m])):
            wanted = norm.cdf((d + 0.5 - mean) / std) - norm.cdf((d - 0.5 - mean) / std)
            assert chance[m, d] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("width", [1, 4, 8])
@pytest.mark.parametrize("evaluation", EVALUATIONS)
@given(found=times())
def test_every_evaluation_keeps_the_mass_of_each_row_within_its_bounds(evaluation, width, found):
    weight = jnp.asarray([1.0, 2.0, 5.0])
    rows = EVALUATIONS[evaluation].histogram(found, weight, ROWS, STEPS, width)
    wanted = np.bincount(np.asarray(found.row), np.asarray(weight), ROWS)
    np.testing.assert_allclose(np.asarray(rows).sum(axis=1), wanted, atol=1e-9)
    step = np.arange(STEPS)
    for r in range(ROWS):
        mine = [m for m in range(COUNT) if found.row[m] == r]
        reached = np.zeros(STEPS, bool)
        for m in mine:
            reached |= (step >= float(found.low[m])) & (step <= float(found.high[m]))
        assert not np.asarray(rows[r])[~reached].any()


@given(times(widest=0.6, inside=True))
def test_a_window_of_single_steps_is_dense(found):
    weight = jnp.ones(COUNT)
    window = EVALUATIONS["window"].histogram(found, weight, ROWS, STEPS, 8)
    dense = EVALUATIONS["dense"].histogram(found, weight, ROWS, STEPS, 8)
    np.testing.assert_allclose(window, dense, atol=1e-9)


@pytest.mark.parametrize("mean", [2.0, 3.25, 5.0])
def test_a_hat_pulls_on_a_mean_at_the_end_of_its_window_too(mean):
    def height(mean):
        ends = [jnp.asarray([end]) for end in (2.0, 5.0)]
        one = Times(mean[None], jnp.ones(1), *ends, jnp.zeros(1, jnp.int32))
        row = EVALUATIONS["hat"].histogram(one, jnp.ones(1), 1, STEPS, 8)[0]
        return row @ jnp.arange(STEPS, dtype=row.dtype) ** 2

    # (d + 1)^2 - d^2 for the step d that the mean is in; at the last one that before it.
    wanted = {2.0: 5, 3.25: 7, 5.0: 9}
    assert float(jax.grad(height)(jnp.asarray(mean))) == wanted[mean]


@given(times(inside=True))
def test_a_hat_has_the_mean(found):
    for m in range(COUNT):
        one = Times(*(part[m : m + 1] for part in found))._replace(row=jnp.zeros(1, jnp.int32))
        row = EVALUATIONS["hat"].histogram(one, jnp.ones(1), 1, STEPS, 8)[0]
        assert float(row @ jnp.arange(STEPS, dtype=row.dtype)) == pytest.approx(float(one.mean[0]))
        assert np.count_nonzero(np.asarray(row)) <= 2
