"""Terms and constraints at an initiation interval: exact on one-hot starts, true gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.terms import TERMS
from gaus_jax.relax.gaussian import relax
from tests import reference
from tests.contracts.packing import (
    LARGER,
    SHAPE,
    SMALL,
    one_hot,
    packed,
    soft_point,
    spread,
    term_gradients,
    terms,
)
from tests.strategies import pipelined

pytestmark = pytest.mark.usefixtures("x64")
COLD = 1e-6
FOLDING = SHAPE._replace(steps=96, edges=24, folds=True)
WIDER = LARGER._replace(steps=107, edges=27, folds=True)
CASES = pipelined(**SMALL, limited=True)


@jax.jit
def overuse(graph, mean, std) -> jax.Array:
    view = relax(graph, mean, std, last_temperature=1e-3)
    return CONSTRAINTS["resource"].residual(graph, view, "hinge")


@settings(max_examples=40)
@given(case=CASES, lifetime=st.sampled_from(LIFETIMES))
def test_smooth_is_exact_on_one_hot_starts(case, lifetime):
    problem, start, depth, ii = case
    # At an II an output may be read later than the depth, which the relaxation leaves out.
    assume(lifetime == "register" or not problem.output.any())
    here = packed(problem, depth, lifetime, FOLDING, ii)
    found = terms(here.graph, spread(here, start), one_hot(here), COLD, 1e-3)
    schedule = Schedule(start, depth, ii)
    for (name, term), smooth in zip(TERMS.items(), found, strict=True):
        exact = term.exact(problem, schedule, lifetime)
        assert float(smooth) == pytest.approx(exact, rel=1e-4, abs=1e-4), name


@settings(max_examples=40)
@given(case=CASES)
def test_overuse_on_one_hot_starts_is_the_oracles(case):
    problem, start, depth, ii = case
    here = packed(problem, depth, "register", FOLDING, ii)
    excess = 0.0
    for r, amounts in reference.modulo_usage(problem, start, ii).items():
        mine = problem.use_demand[problem.use_class == r]
        unit = mine.mean() if mine.sum() > 0 else 1.0
        excess += sum(max(0.0, a - problem.limit[r]) for a in amounts) / unit
    found = overuse(here.graph, spread(here, start), one_hot(here))
    assert float(found.sum()) == pytest.approx(excess, abs=1e-6)


@settings(max_examples=10)
@given(case=CASES, seed=st.integers(0, 10**6))
def test_padding_changes_nothing(case, seed):
    problem, _, depth, ii = case
    found = []
    for shape in (FOLDING, WIDER):
        here = packed(problem, depth + 2, "register", shape, ii)
        mean, std = soft_point(here, seed)
        values = terms(here.graph, mean, std, 1.0, 1.0)
        found.append([*np.asarray(values), float(overuse(here.graph, mean, std).sum())])
    np.testing.assert_allclose(*found, rtol=1e-9)


@settings(max_examples=5)
@given(case=CASES, seed=st.integers(0, 10**6))
def test_gradients_match_central_differences(case, seed):
    problem, _, depth, ii = case
    here = packed(problem, depth + 2, "register", FOLDING, ii)
    mean, std = soft_point(here, seed)
    cold, h = (1e-5, 1.0), 1e-6
    by_mean, _ = term_gradients(here.graph, mean, std, *cold)
    by_overuse = jax.jacrev(overuse, argnums=1)(here.graph, mean, std)
    for i in range(min(here.free.size, 3)):
        step = jnp.asarray(h * (np.arange(mean.size) == i))
        for of, gradient in (
            (lambda m: terms(here.graph, m, std, *cold), by_mean),
            (lambda m: overuse(here.graph, m, std), by_overuse),
        ):
            slope = (of(mean + step) - of(mean - step)) / (2 * h)
            np.testing.assert_allclose(gradient[:, i], slope, atol=1e-4)
