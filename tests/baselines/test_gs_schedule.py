"""GS-Schedule: its samples, the gradient through them, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaus_jax
from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.baselines.gumbel import sample, terms
from gaus_jax.baselines.gumbel_layout import layout, padded_steps
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length
from gaus_jax.model.resolve import resolve
from tests import reference
from tests.strategies import problems

ALL = {"peak_usage": 1.0, "communication": 1.0, "peak_live": 1.0, "latency": 1.0}


def laid_out(problem, slack, lifetime="register"):
    asked = ObjectiveSettings(depth=asap_length(problem) + slack, weights=ALL, lifetime=lifetime)
    objective, frame = resolve(asked, problem)
    graph = layout(problem, frame, objective)
    shape = (graph.row.size, padded_steps(frame.depth))
    keys = jax.random.split(jax.random.key(0), 3)
    tables = [jax.random.normal(key, shape, jnp.float32) for key in keys]
    return objective, frame, jax.tree.map(jnp.asarray, graph), tables


def in_order(graph, problem, rows):
    real = np.flatnonzero(np.asarray(graph.row) < problem.nodes)
    values = np.empty(problem.nodes, np.int64)
    values[np.asarray(graph.row)[real]] = np.asarray(rows)[real]
    return values


@settings(max_examples=10)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(problem=problems(loop_carried=True), slack=st.integers(0, 3))
def test_samples_are_legal_and_cost_what_the_oracle_says(lifetime, problem, slack):
    _, frame, graph, (logits, noise, _) = laid_out(problem, slack, lifetime)
    drawn = jax.jit(sample)(logits, noise, graph, 1.0)
    start = in_order(graph, problem, drawn.start).tolist()
    assert reference.legal(problem, start, frame.depth)
    found = jax.jit(terms, static_argnames="asked")(drawn, graph, 1e-3, (True,) * 4)
    wanted = [
        reference.peak_usage(problem, start),
        reference.communication(problem, start),
        reference.peak_live(problem, start, frame.depth, lifetime),
        reference.latency(problem, start),
    ]
    np.testing.assert_allclose(found, wanted, rtol=0.02, atol=0.02)


def test_the_reverse_pass_is_that_of_products_of_running_sums():
    # Chains, a join, parallel edges, delays and latencies of 0 and 2.
    edges = [(0, 2), (1, 2), (1, 2), (2, 3), (0, 3), (4, 3)]
    problem = make_problem(5, edges, latency=[1, 0, 2, 1, 1], delay=[0, 1, 0, 0, 3, 0])
    _, frame, graph, (logits, noise, slope) = laid_out(problem, 4)
    steps = logits.shape[1]
    row = {int(node): at for at, node in enumerate(np.asarray(graph.row)) if node < problem.nodes}

    def naive(logits):
        score = jax.nn.softmax(logits + noise, axis=1)
        step, begun, total = jnp.arange(steps), {}, 0.0
        for j in problem.order.tolist():
            at = row[j]
            low, high = int(frame.asap[j]), int(frame.alap[j])
            early = jnp.log((steps + 1 - jnp.maximum(step - low, 0)).astype(jnp.float32))
            opened = ((step >= low) & (step <= high)).astype(jnp.float32)
            ready = opened
            for e in np.flatnonzero(problem.head == j):
                shift = int(problem.reach[e])
                later = jnp.pad(begun[int(problem.tail[e])], (shift, 0))[:steps]
                opened, ready = opened * later, ready * jax.lax.stop_gradient(later)
            soft = jax.nn.softmax(score[at] * early * opened)
            start = jnp.argmax(jnp.where(ready > 0.5, score[at] * early, -1.0))
            chosen = jax.nn.one_hot(start, steps) + soft - jax.lax.stop_gradient(soft)
            begun[j] = jnp.cumsum(chosen)
            total = total + chosen @ slope[at]
        return total

    # Padded rows are drawn too, and change nothing.
    real = jnp.asarray(graph.row < problem.nodes)[:, None]
    gradient = jax.jit(
        jax.grad(lambda x: jnp.sum(jnp.where(real, sample(x, noise, graph, 1.0).chosen * slope, 0)))
    )(logits)
    np.testing.assert_allclose(gradient, jax.grad(naive)(logits), atol=1e-5)


def test_it_levels_what_asap_piles_up_and_compiles_off_the_clock():
    problem = make_problem(6)
    objective, frame = resolve(ObjectiveSettings(depth=6, weights={"peak_usage": 1.0}), problem)
    attempt = Attempt(problem, objective, frame, Clock(1.0))
    BASELINES["gs_schedule"].run(attempt)
    assert attempt.best_cost <= 2
    assert attempt.clock.timings["compile"] > 0
    assert attempt.clock.timings["optimise"] < 2


def test_tables_that_do_not_fit_are_refused(bench):
    problem = gaus_jax.load(bench / "epfl" / "div.aig")
    objective, _ = resolve(ObjectiveSettings(name="B"), problem)
    reason = BASELINES["gs_schedule"].supports(problem, objective)
    assert "tables of 57,375 nodes by 4,373 steps" in reason
