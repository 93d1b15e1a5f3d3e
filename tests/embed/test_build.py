"""Relaxations of problems: weights of the objective, refusals, padding, one program for several."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gaus_jax as gj
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.core.build import make_problem
from gaus_jax.embed import Shape, relaxation, relaxations
from gaus_jax.model.resolve import resolve
from tests.tensors import random_wired

LIMITED = make_problem(3, [(0, 1)], limit=2)
PLAIN = make_problem(5, [(0, 1), (1, 2), (0, 3)], size=[4, 2, 6, 1, 2], weight=[3, 1, 2])


def objective(name: str, **options) -> gj.ObjectiveSettings:
    return gj.ObjectiveSettings(name=name, **options)


@pytest.mark.parametrize(
    "asked",
    [
        objective("A", kappa="1.5"),
        objective("A", ratio=3.0),
        objective("B", kappa="2", lifetime="buffer"),
        objective("B", latency_weight=0.5),
        objective("D"),
        objective("S"),
        objective("mine", weights={"communication": 1, "latency": 2.5}, kappa="1.5"),
    ],
    ids=lambda asked: f"{asked.name}-{asked.ratio}-{asked.latency_weight}",
)
def test_the_loss_is_the_objective_and_penalties(asked):
    relaxed, data = relaxation(PLAIN, asked)
    found, frame = resolve(asked, PLAIN)
    penalties = {"dependence", "crowding"} if asked.name == "S" else {"dependence"}
    assert relaxed.weights.keys() - penalties == found.weights.keys()
    for term, weight in found.weights.items():
        assert float(relaxed.weights[term]) == pytest.approx(weight)
    assert all(float(relaxed.weights[term]) > 0 for term in penalties)
    mean = jnp.asarray(frame.asap, jnp.float32)
    terms = relaxed.terms(data, mean)
    wanted = sum(float(w) * float(terms[t]) for t, w in relaxed.weights.items())
    assert float(relaxed.loss(data, mean)) == pytest.approx(wanted, rel=1e-5)


def test_a_penalty_is_a_mean_amount_of_what_is_minimised():
    unit = float(relaxation(PLAIN, "S")[0].weights["dependence"])
    assert unit == pytest.approx(PLAIN.size.mean())
    asked = objective("A", ratio=2.0)
    unit = float(relaxation(PLAIN, asked, crowd=2)[0].weights["crowding"])
    assert unit == pytest.approx(2 * 6 / 5 + 2 * 1)  # two ends an edge, one unit a node


def test_overlapping_iterations_are_refused():
    with pytest.raises(SettingsError, match="objective C overlaps iterations; embed A, B, D or S"):
        relaxation(PLAIN, "C")


@pytest.mark.parametrize("problem", [LIMITED, PLAIN])
def test_limits_are_refused(problem):
    asked = "D" if problem is LIMITED else objective("A", limits={"op": 2.0})
    with pytest.raises(SettingsError, match="is under limits, of class 'op' for one"):
        relaxation(problem, asked)
    relaxation(LIMITED, "A")  # its constraints leave them out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": {"peak_liev": 1.0}}, "unknown term 'peak_liev'; known: communication, cr"),
        ({"evaluation": "sparse"}, "evaluation is 'sparse'; known: auto, dense"),
        ({"precision": "float16"}, "precision is 'float16'; known: float32, float64"),
        ({"precision": "float64"}, "precision float64 is switched off in JAX"),
        ({"shape": Shape(5, 2, 9, 9, 1, 9)}, "the shape has 2 edges, problem has 3"),
    ],
)
def test_mistakes_are_told(options, message):
    with pytest.raises(SettingsError, match=message):
        relaxation(PLAIN, "B", **options)


def test_weights_that_are_replaced_are_checked_too():
    relaxed, data = relaxation(PLAIN, "B")
    wrong = replace(relaxed, weights={"peak_liev": 1.0})
    with pytest.raises(SettingsError, match="unknown term 'peak_liev'"):
        wrong.loss(data, relaxed.init(data).mean)


def test_a_class_that_the_problem_lacks_is_told():
    with pytest.raises(InputError, match="a limit for class 'mul', which it lacks"):
        relaxation(PLAIN, objective("A", limits={"mul": 1.0}))


def test_a_long_axis_is_evaluated_by_windows():
    """Without a bound on the latency there are as many steps as all nodes take."""
    count = 300
    problem = make_problem(count, [(i, i + 1) for i in range(count - 1)], latency=40)
    relaxed, data = relaxation(problem, "D")
    assert relaxed.steps == 40 * count
    assert _floats_of_profiles(relaxed, data) < 50 * count * 16
    dense, _ = relaxation(problem, "D", evaluation="dense")
    assert _floats_of_profiles(dense, data) >= count * 40 * count


def _floats_of_profiles(relaxed, data) -> int:
    """The largest array in the program of a term that takes profiles."""
    jaxpr = jax.make_jaxpr(lambda mean: relaxed.terms(data, mean)["peak_live"])(data.size)
    sizes, stack = [0], [jaxpr.jaxpr]
    while stack:
        for equation in stack.pop().eqns:
            sizes += [var.aval.size for var in equation.outvars]
            inner = (getattr(part, "jaxpr", None) for part in equation.params.values())
            stack += [part for part in inner if part is not None]
    return max(sizes)


@jax.jit
def _terms_and_slopes(relaxed, data, mean):
    return relaxed.terms(data, mean), jax.grad(relaxed.loss, argnums=(0, 1))(data, mean)


@pytest.mark.parametrize("name", ["A", "B", "D", "S"])
def test_padding_changes_no_value_and_no_gradient(name):
    problem = random_wired(12, 3)
    relaxed, data = relaxation(problem, name, evaluation="dense")
    shape = Shape(*(size + 3 for size in relaxed.shape))
    wide, wide_data = relaxation(problem, name, shape=shape, evaluation="dense")
    assert wide.shape == shape
    mean = relaxed.init(data).mean + 0.3
    wide_mean = jnp.pad(mean, (0, 3))
    terms, wide_slope = _terms_and_slopes(wide, wide_data, wide_mean)
    wanted, slope = _terms_and_slopes(relaxed, data, mean)
    for term, value in wanted.items():
        np.testing.assert_allclose(terms[term], value, rtol=1e-5, atol=1e-5)
    for own, found in zip(jax.tree.leaves(slope), jax.tree.leaves(wide_slope), strict=True):
        scale = np.abs(own).max(initial=1.0)
        np.testing.assert_allclose(found[: own.size], own, rtol=1e-4, atol=1e-5 * scale)
        assert not found[own.size :].any()


def test_graphs_of_one_shape_compile_once_and_stack():
    problems = [random_wired(10, 0), random_wired(13, 1), random_wired(12, 2)]
    traces = []

    @jax.jit
    def descend(relaxed, data):
        traces.append(1)
        state, losses = jax.lax.scan(
            lambda s, _: relaxed.step(data, s), relaxed.init(data), length=5
        )
        return relaxed.extract(state), losses

    both, data = relaxations(problems, "S")
    each = [relaxation(problem, "S", shape=both.shape) for problem in problems]
    alone = [descend(*one) for one in each]
    assert len(traces) == 1
    means, losses = jax.vmap(descend)(both, data)
    assert means.shape == (3, 13)
    for k, (mean, loss) in enumerate(alone):
        np.testing.assert_allclose(means[k], mean, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(losses[k], loss, rtol=1e-4)


def test_numbers_are_arguments_of_a_program():
    relaxed, data = relaxation(PLAIN, "B")
    traces = []

    @jax.jit
    def loss(relaxed, data):
        traces.append(1)
        return relaxed.loss(data, relaxed.init(data).mean)

    warm = [loss(replace(relaxed, temperature=jnp.float32(t)), data) for t in (0.02, 0.2, 0.4)]
    assert len(traces) == 1
    assert float(warm[0]) < float(warm[1]) < float(warm[2])


def test_shapes_round_up_and_cover():
    shapes = [Shape(9, 20, 3, 9, 1, 40), Shape(11, 7, 4, 2, 2, 33)]
    assert Shape.covering(shapes) == (11, 20, 4, 9, 2, 40)
    assert Shape(9, 20, 3, 9, 1, 41).rounded() == (10, 20, 8, 10, 8, 48)


def test_of_no_problems_there_is_nothing_to_stack():
    with pytest.raises(InputError, match="no problems to stack"):
        relaxations([], "B")
