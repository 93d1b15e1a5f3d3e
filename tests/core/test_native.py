"""Kernels without counts of references."""

import numpy as np
import pytest
from numba import types
from numba.core.errors import TypingError

from gaus_jax.core.native import native


def total(values):
    found = 0.0
    for k in range(values.size):
        found += values[k]
    return found


def doubled(values):
    return values + values


def test_nothing_is_counted():
    kernel = native(total)
    assert kernel(np.ones(3)) == 3.0
    (signature,) = kernel.signatures
    assert signature == (types.float64[::1],)
    assert "NRT_incref" not in kernel.inspect_llvm(signature)


def test_what_makes_an_array_does_not_compile():
    with pytest.raises((TypingError, NotImplementedError)):
        native(doubled)(np.ones(3))
