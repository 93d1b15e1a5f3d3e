"""The kernels compute what they are named for; counts and paths are the published ones."""

import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.instances import dataflow
from gaus_jax.instances.trace import Units
from tests.instances.measures import critical_path, kinds, recurrence_bound

PUBLISHED = [
    # problem, operations, edges, cycles at mul 2 and add 1, cycles at mul 1 and add 1
    (dataflow.hal, {"mul": 6, "add": 2, "sub": 2, "less": 1}, 8, 6, 4),
    (dataflow.elliptic, {"add": 26, "mul": 8}, 47, 17, 14),
    (dataflow.autoregressive, {"mul": 16, "add": 12}, 30, 11, 8),
    (dataflow.dct, {"mul": 11, "add": 16, "sub": 13}, 53, 8, 6),
]


@pytest.mark.parametrize(
    ("build", "operations", "edges", "cycles", "steps"),
    PUBLISHED,
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_operations_and_critical_paths_are_the_published_ones(
    build, operations, edges, cycles, steps
):
    problem = build()
    assert kinds(problem) == operations
    assert problem.edges == edges
    assert critical_path(problem) == cycles
    assert critical_path(build(units=Units(mul=1))) == steps
    assert problem.loop_carried == 0
    assert (problem.use_occupancy == problem.latency).all()
    assert (build(units=Units(pipelined=True)).use_occupancy == 1).all()


@pytest.mark.parametrize(
    ("build", "cycles"),
    [(dataflow.hal, 6 + 2 * 6), (dataflow.elliptic, 17 + 2 * 16), (dataflow.autoregressive, 11)],
)
def test_unrolled_graphs_repeat_their_operations(build, cycles):
    one, three = kinds(build()), kinds(build(3))
    assert three == {kind: 3 * count for kind, count in one.items()}
    assert critical_path(build(3)) == cycles


def test_hal_takes_an_euler_step():
    x, y, u, step, bound = 0.5, 2.0, -1.0, 0.125, 0.6
    outputs, states = dataflow.HAL.body([step, bound], [x, y, u])
    assert outputs == [False]
    assert states == [x + step, y + u * step, u - 3 * x * u * step - 3 * y * step]


def test_the_elliptic_filter_is_linear_and_uses_every_state():
    rng = np.random.default_rng(0)
    a, b = rng.integers(-64, 64, (2, 8)) * 64.0

    def step(v):
        outputs, states = dataflow.ELLIPTIC.body([v[0]], list(v[1:]))
        return np.array(outputs + states)

    assert np.array_equal(step(a + b), step(a) + step(b))
    response = np.stack([step(unit) for unit in np.eye(8)])
    assert response.any(axis=1).all()
    assert response.any(axis=0).all()


def test_the_elliptic_filter_responds_as_the_benchmark(monkeypatch):
    """Rows: the input, then each state set to 1; columns: the output, then the next states.

    Numbers from the equations of the 1992 benchmark, whose multipliers are all 1.
    """
    monkeypatch.setattr(dataflow, "ELLIPTIC_MULTIPLIERS", (1,) * 8)
    wanted = [
        [1, 10, 11, 6, 4, 4, 2, 2],
        [1, 9, 11, 6, 4, 4, 2, 2],
        [1, 6, 8, 5, 4, 4, 2, 2],
        [0, 0, 2, 2, 0, 0, 0, 0],
        [1, 2, 3, 2, 3, 4, 2, 2],
        [3, 2, 3, 2, 4, 10, 5, 6],
        [0, 0, 0, 0, 0, 2, 2, 0],
        [5, 2, 3, 2, 4, 12, 6, 9],
    ]
    for unit, response in zip(np.eye(8, dtype=int).tolist(), wanted, strict=True):
        outputs, states = dataflow.ELLIPTIC.body(unit[:1], unit[1:])
        assert outputs + states == response


def test_the_autoregressive_filter_turns_the_plane():
    rng = np.random.default_rng(1)
    a, b, c, d, e, f = inputs = rng.normal(size=6)
    matrix = np.array([[0.8, 0.6], [0.6, 0.8]])
    lower = matrix @ [c, d] + [e, f]
    wanted = [*lower, *(matrix @ [a, b] + matrix @ matrix @ lower)]
    np.testing.assert_allclose(dataflow.AUTOREGRESSIVE.body(list(inputs), [])[0], wanted)


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize("taps", [1, 2, 7, 16])
def test_fir(taps, tree):
    x = np.random.default_rng(taps).normal(size=taps)
    found, _ = dataflow.fir_kernel(taps, tree=tree).body(list(x), [])
    np.testing.assert_allclose(found, [x @ (1 / np.arange(1, taps + 1))])
    problem = dataflow.fir(taps, tree=tree)
    assert kinds(problem).get("mul") == taps
    assert kinds(problem).get("add", 0) == taps - 1
    assert critical_path(problem) == 2 + ((taps - 1).bit_length() if tree else taps - 1)


def test_dct_is_the_cosine_transform():
    x = np.random.default_rng(2).normal(size=8)
    k = np.arange(8)[:, None]
    basis = np.cos((2 * np.arange(8) + 1) * k * np.pi / 16) * np.where(k, np.sqrt(2), 1)
    np.testing.assert_allclose(dataflow.DCT.body(list(x), [])[0], basis @ x, atol=1e-12)


@pytest.mark.parametrize("points", [1, 2, 8, 32])
def test_fft_is_the_fourier_transform(points):
    re, im = np.random.default_rng(points).normal(size=(2, points))
    found, _ = dataflow.fft_kernel(points).body(np.stack([re, im], 1).ravel().tolist(), [])
    wanted = np.fft.fft(re + 1j * im)
    np.testing.assert_allclose(found, np.stack([wanted.real, wanted.imag], 1).ravel(), atol=1e-12)


@pytest.mark.parametrize(("points", "stages"), [(2, 1), (8, 3), (64, 6)])
def test_fft_has_uniform_butterflies(points, stages):
    problem = dataflow.fft(points)
    assert problem.nodes == 10 * points // 2 * stages
    assert kinds(problem)["mul"] == 4 * points // 2 * stages
    assert critical_path(problem) == (2 + 1 + 1) * stages


@pytest.mark.parametrize("points", [0, 3, 12])
def test_fft_of_no_power_of_two_raises(points):
    with pytest.raises(InputError, match=f"fft of {points} points: take a power of two"):
        dataflow.fft(points)


@pytest.mark.parametrize("side", [1, 2, 5])
def test_matrix_product(side):
    a, b = np.random.default_rng(side).normal(size=(2, side, side))
    kernel = dataflow.matrix_product_kernel(side)
    found, _ = kernel.body([*a.ravel(), *b.ravel()], [])
    np.testing.assert_allclose(np.reshape(found, (side, side)), a @ b)
    problem = dataflow.matrix_product(side)
    assert problem.nodes == side**3 + side**2 * (side - 1)
    assert problem.output.sum() == side**2
    assert critical_path(problem) == 2 + (side - 1).bit_length()


def test_straight_line_graphs_have_no_recurrence():
    assert recurrence_bound(dataflow.elliptic()) == 0
