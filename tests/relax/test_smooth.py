"""Smooth maxima: limits, masks and gradients."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gaus_jax.relax.smooth import peak, segment_peak

pytestmark = pytest.mark.usefixtures("x64")
PROFILE = np.array([3.0, 7.0, 6.5, 0.0])
EVERY = np.ones(4, bool)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 1.0])
def test_peak_lies_between_the_maximum_and_its_bound(temperature):
    found = float(peak(PROFILE, temperature, EVERY))
    tau = temperature * 7
    assert 7 <= found <= 7 + tau * np.log(4)
    assert found == pytest.approx(tau * np.log(np.exp(PROFILE / tau).sum()))


def test_peak_scales_with_its_profile_and_ignores_masked_steps():
    found = float(peak(PROFILE, 0.3, EVERY))
    assert float(peak(1e6 * PROFILE, 0.3, EVERY)) == pytest.approx(1e6 * found)
    padded = np.append(PROFILE, [1e9, 0.0])
    mask = np.append(EVERY, [False, False])
    assert float(peak(padded, 0.3, mask)) == pytest.approx(found)
    assert not jax.grad(peak)(padded, 0.3, mask)[4:].any()


def test_the_gradient_of_a_peak_is_a_softmax_at_a_frozen_temperature():
    found = jax.grad(peak)(PROFILE, 0.1, EVERY)
    share = np.exp((PROFILE - 7) / 0.7)
    np.testing.assert_allclose(found, share / share.sum(), rtol=1e-9)


def test_a_temperature_that_follows_the_peak_is_in_the_gradient():
    flat = 5 + np.sin(np.arange(40.0)) / 20  # many entries near the peak
    free = functools.partial(peak, temperature=0.02, mask=np.ones(40, bool), held=False)
    found = jax.grad(free)(flat)
    for i in range(40):
        step = np.zeros(40)
        step[i] = 1e-6
        difference = (free(flat + step) - free(flat - step)) / 2e-6
        np.testing.assert_allclose(found[i], difference, rtol=1e-6, atol=1e-9)
    assert float(flat @ found) == pytest.approx(float(free(flat)))  # of degree 1


def test_the_peak_of_nothing_is_nothing_with_finite_gradients():
    flat = np.zeros(4)
    assert float(peak(flat, 1e-3, EVERY)) == pytest.approx(0, abs=2e-3)
    assert np.isfinite(jax.grad(peak)(flat, 1e-3, EVERY)).all()


def test_segment_peak_is_exact_on_ties_and_single_entries():
    values = np.array([5.0, 5.0, 5.0, -2.0, 9.0, 1.0])
    segment = np.array([0, 0, 0, 1, 3, 3])
    mask = np.array([True, True, True, True, False, True])
    found, share = segment_peak(values, segment, 4, 2.0, mask)
    np.testing.assert_allclose(found, [5, -2, 0, 1], atol=1e-12)
    np.testing.assert_allclose(share, [1 / 3, 1 / 3, 1 / 3, 1, 0, 1], atol=1e-12)


def test_segment_peak_is_a_boltzmann_mean_with_its_gradient():
    values, temperature = np.array([2.0, 3.0, 10.0, 10.5]), 0.5
    segment, mask = np.array([0, 0, 1, 1]), EVERY

    def naive(x):
        share = np.exp(x / temperature)
        return (x * share).sum() / share.sum()

    found, _ = segment_peak(values, segment, 2, temperature, mask)
    np.testing.assert_allclose(found, [naive(values[:2]), naive(values[2:])])
    slope = jax.jacrev(lambda x: segment_peak(x, segment, 2, temperature, mask)[0])(
        jnp.asarray(values)
    )
    h = 1e-6
    for i in range(4):
        step = h * (np.arange(4) == i)
        pair = slice(0, 2) if i < 2 else slice(2, 4)
        wanted = (naive((values + step)[pair]) - naive((values - step)[pair])) / (2 * h)
        assert slope[i // 2, i] == pytest.approx(wanted, abs=1e-6)


def test_the_peak_of_no_step_is_zero_with_a_gradient_of_zero():
    none = np.zeros(4, bool)
    assert float(peak(PROFILE, 0.1, none)) == 0
    assert not jax.grad(peak)(PROFILE, 0.1, none).any()
