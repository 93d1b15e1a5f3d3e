"""Sums that padding does not change."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gaus_jax.relax.sums import prefix, total


def results(values, weight, size):
    """Sum, prefix sums and the gradient of their weighted sum, of an axis padded to a size."""
    grown = [jnp.pad(jnp.asarray(part), (0, size - part.size)) for part in (values, weight)]
    weighed = jax.grad(lambda x, w: total(prefix(x) * w))
    found = jax.jit(lambda x, w: (total(x), prefix(x), weighed(x, w)))(*grown)
    return [np.asarray(part)[..., : values.size] if part.ndim else part for part in found]


@pytest.mark.parametrize("size", [1, 7, 100, 333])
def test_padding_changes_no_bit(size):
    rng = np.random.default_rng(size)
    values, weight = rng.normal(size=(2, size)).astype(np.float32)
    first = results(values, weight, size)
    for more in (1, 8, 300):
        for part, other in zip(first, results(values, weight, size + more), strict=True):
            np.testing.assert_array_equal(part, other)
    whole, sums, pull = first
    np.testing.assert_allclose(whole, values.sum(dtype=float), atol=1e-4)
    np.testing.assert_allclose(sums, np.cumsum(values, dtype=float), atol=1e-4)
    np.testing.assert_allclose(pull, np.cumsum(weight[::-1], dtype=float)[::-1], atol=1e-4)


def test_rows_are_summed_apart():
    rows = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(total(rows), rows.sum(axis=1))
    np.testing.assert_array_equal(prefix(rows), rows.cumsum(axis=1))
    pull = jax.grad(lambda x: jnp.sum(prefix(x) * rows))(rows)
    np.testing.assert_array_equal(pull, rows[:, ::-1].cumsum(axis=1)[:, ::-1])
    assert total(np.zeros((2, 0), np.float32)).tolist() == [0.0, 0.0]
