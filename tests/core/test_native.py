"""Kernels without counts of references."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from gaus_jax.core.build import make_problem
from gaus_jax.core.native import OPTIONS, native
from gaus_jax.core.window import window
from gaus_jax.legalise.drag import drag
from gaus_jax.legalise.plan import MovePlan, begin


def test_nothing_is_counted():
    problem = make_problem(3, [(0, 1), (1, 2)])
    frame = window(problem, 4)
    plan = MovePlan.of(problem, frame, "register", memory_only=False, beyond=1.0)
    state = begin(plan, frame.asap, np.ones(3), 5, 1)
    kernel = njit(**(OPTIONS | {"cache": False}))(drag.py_func)  # what is cached shows no code
    assert kernel(plan, state, 0, 1, False) == 3
    assert "call void @NRT_incref" not in kernel.inspect_llvm(kernel.signatures[0])


def test_what_makes_an_array_does_not_compile():
    def doubled(values):
        return values + values

    with pytest.raises((TypingError, NotImplementedError)):
        native(doubled)(np.ones(3))
