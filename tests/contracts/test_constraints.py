"""Every constraint and measure: zero where legal, true gradients, nothing from padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length
from gaus_jax.model.constraints.dependence import MEASURES
from tests import reference
from tests.contracts.packing import LARGER, SMALL, one_hot, packed, residuals, soft_point, spread
from tests.strategies import problems, scheduled

pytestmark = pytest.mark.usefixtures("x64")
SEED = st.integers(0, 10**6)
SURE = {"hinge": lambda v: v, "amount": lambda v: v, "probability": lambda v: float(v >= 1)}


def test_every_measure_says_what_it_is_on_integers():
    assert set(MEASURES) == set(SURE)


@pytest.mark.parametrize("measure", MEASURES)
@given(case=scheduled(**SMALL))
def test_legal_one_hot_starts_have_no_residual(measure, case):
    problem, start, depth = case
    here = packed(problem, depth)
    found = residuals(here.graph, spread(here, start), one_hot(here), measure)
    np.testing.assert_allclose(found, 0, atol=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
@given(problem=problems(**SMALL, min_nodes=2), seed=SEED)
def test_residuals_on_integers_are_the_oracles_violations(measure, problem, seed):
    here = packed(problem, asap_length(problem) + 3)
    rng = np.random.default_rng(seed)
    start = here.frame.asap + rng.integers(0, here.frame.mobility + 1)
    worst: dict[tuple[int, int], int] = {}
    for e in reference.edges_in_force(problem, None):
        excess = max(0, int(start[e.tail] + e.gap - start[e.head]))
        worst[e.tail, e.head] = max(worst.get((e.tail, e.head), 0), excess)
    wanted = sum(SURE[measure](v) for v in worst.values())
    found = residuals(here.graph, spread(here, start), one_hot(here), measure)
    assert float(found.sum()) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("measure", MEASURES)
@given(problem=problems(**SMALL, min_nodes=2), seed=SEED)
def test_gradients_match_central_differences(measure, problem, seed):
    case = packed(problem, asap_length(problem) + 3)
    mean, std = soft_point(case, seed)
    gradients = jax.jacrev(residuals, argnums=(1, 2))(case.graph, mean, std, measure)
    h = 1e-6
    for i in range(min(case.free.size, 3)):
        step = jnp.asarray(h * (np.arange(mean.size) == i))
        slope = residuals(case.graph, mean + step, std, measure)
        slope -= residuals(case.graph, mean - step, std, measure)
        np.testing.assert_allclose(gradients[0][:, i], slope / (2 * h), atol=1e-6)
        slope = residuals(case.graph, mean, std + step, measure)
        slope -= residuals(case.graph, mean, std - step, measure)
        np.testing.assert_allclose(gradients[1][:, i], slope / (2 * h), atol=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
@given(problem=problems(**SMALL), seed=SEED)
def test_padding_changes_nothing(measure, problem, seed):
    depth = asap_length(problem) + 3
    found = []
    for shape in (None, LARGER):
        case = packed(problem, depth) if shape is None else packed(problem, depth, shape=shape)
        residual = residuals(case.graph, *soft_point(case, seed), measure)
        edges = int(case.graph.edge_mask.sum())
        assert not residual[edges:].any()
        found.append(np.asarray(residual[:edges]))
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_the_closed_forms_against_samples():
    # Edge of reach 2 between N(1, 0.8^2) and N(2.5, 0.6^2): v ~ N(0.5, 1).
    case = packed(make_problem(2, [(0, 1)], latency=2), 7)
    mean, std = spread(case, [1.0, 2.5]), spread(case, [0.8, 0.6])
    v = 0.5 + np.random.default_rng(0).standard_normal(400_000)
    wanted = {"hinge": 0.5, "amount": np.maximum(v, 0).mean(), "probability": (v > 0.5).mean()}
    for measure, value in wanted.items():
        found = float(residuals(case.graph, mean, std, measure)[0])
        assert found == pytest.approx(value, abs=5e-3)
