"""Loops compute what they are named for, and their recurrences bound the interval as derived."""

import numpy as np
import pytest

from gaus_jax.instances import loops
from gaus_jax.instances.trace import Units
from tests.instances.measures import critical_path, kinds, recurrence_bound

SLOW = Units(mul=3, add=2, mem=2)


def play(kernel, samples, states=None):
    """The outputs of a kernel over an iteration for each row of samples, and the last states."""
    state = [0.0] * kernel.states if states is None else states
    rows = []
    for row in np.reshape(samples, (-1, kernel.inputs)):
        found, state = kernel.body(list(row), state)
        rows.append(found)
    return np.squeeze(np.array(rows)), state


def second_order(x):
    """``y_t = sum_k b_k x_(t-k) + sum_k a_k y_(t-k)``, the direct reading."""
    y = np.zeros(len(x) + 2)
    x = np.concatenate([[0, 0], x])
    for t in range(2, len(x)):
        y[t] = np.dot(loops.FORWARD, x[t - 2 : t + 1][::-1])
        y[t] += np.dot(loops.FEEDBACK, y[t - 2 : t][::-1])
    return y[2:]


@pytest.mark.parametrize("sections", [1, 2, 5])
def test_biquad(sections):
    x = np.random.default_rng(sections).normal(size=40)
    wanted = x
    for _ in range(sections):
        wanted = second_order(wanted)
    np.testing.assert_allclose(play(loops.biquad_kernel(sections), x)[0], wanted)
    problem = loops.biquad(sections)
    assert kinds(problem) == {"mul": 5 * sections, "add": 4 * sections, "load": 1, "store": 1}
    assert problem.distance.max() == 2
    assert recurrence_bound(problem) == 3
    assert recurrence_bound(loops.biquad(sections, units=SLOW)) == 5


@pytest.mark.parametrize("unrolled", [1, 3, 8])
def test_dot_product(unrolled):
    a, b = np.random.default_rng(unrolled).normal(size=(2, 6, unrolled))
    kernel = loops.dot_product_kernel(unrolled)
    found, _ = play(kernel, np.concatenate([a, b], axis=1))
    np.testing.assert_allclose(found, np.cumsum((a * b).sum(axis=1)))
    problem = loops.dot_product(unrolled)
    assert kinds(problem) == {"load": 2 * unrolled, "mul": unrolled, "add": unrolled}
    assert recurrence_bound(problem) == 1
    assert recurrence_bound(loops.dot_product(unrolled, units=SLOW)) == 2


@pytest.mark.parametrize(("taps", "levels"), [(1, 0), (2, 1), (5, 3), (8, 3)])
def test_lms(taps, levels):
    x, wanted = np.random.default_rng(taps).normal(size=(2, 30))
    weights, padded = np.zeros(taps), np.concatenate([np.zeros(taps - 1), x])
    errors = []
    for t in range(30):
        window = padded[t : t + taps][::-1]
        errors.append(wanted[t] - weights @ window)
        weights = weights + loops.STEP * errors[-1] * window
    found, states = play(loops.lms_kernel(taps), np.stack([x, wanted], axis=1))
    np.testing.assert_allclose(found, errors)
    np.testing.assert_allclose(states[:taps], weights)
    problem = loops.lms(taps)
    assert problem.nodes == (2 * taps + 1) + 2 * taps + 3
    assert problem.distance.max() == max(1, taps - 1)
    assert recurrence_bound(problem) == 2 + levels + 1 + 2 + 2 + 1
    assert recurrence_bound(loops.lms(taps, units=SLOW)) == 3 + 2 * levels + 2 + 3 + 3 + 2


@pytest.mark.parametrize("radius", [1, 2, 4])
def test_stencil(radius):
    x = np.random.default_rng(radius).normal(size=20)
    points = 2 * radius + 1
    found, _ = play(loops.stencil_kernel(radius), x)
    np.testing.assert_allclose(found, np.convolve(x, 1 / np.arange(1, points + 1))[:20])
    problem = loops.stencil(radius)
    assert kinds(problem) == {"load": 1, "mul": points, "add": points - 1, "store": 1}
    assert problem.distance.max() == 2 * radius
    assert recurrence_bound(problem) == 0


@pytest.mark.parametrize("width", [2, 5])
def test_sweep(width):
    """In place over a grid whose rows wrap into each other, as the line delays have it."""
    rng = np.random.default_rng(width)
    grid = rng.normal(size=6 * width)
    wanted = grid.copy()
    for t in range(width, 4 * width):
        wanted[t] = (wanted[t - width] + wanted[t - 1] + wanted[t + 1] + wanted[t + width]) / 4
    states = [*grid[width - 1 :: -1], *grid[2 * width - 1 : width : -1]]
    found, _ = play(loops.sweep_kernel(width), grid[2 * width : 5 * width], states)
    np.testing.assert_allclose(found, wanted[width : 4 * width])
    problem = loops.sweep(width)
    assert kinds(problem) == {"load": 1, "add": 3, "mul": 1, "store": 1}
    assert sorted(problem.distance[problem.distance > 0]) == sorted([1, width, width - 1])
    assert recurrence_bound(problem) == 3
    assert recurrence_bound(loops.sweep(width, units=SLOW)) == 5


def test_elliptic_loop_has_the_published_bound():
    """16 cycles an iteration at mul 2 and add 1; 17 are the latency of one."""
    problem = loops.elliptic_loop()
    assert critical_path(problem) == 17
    assert recurrence_bound(problem) == 16
    assert recurrence_bound(loops.elliptic_loop(2)) == 32


@pytest.mark.parametrize("build", [loops.biquad, loops.dot_product, loops.lms, loops.stencil])
def test_loops_run_on_limited_pipelined_units(build):
    problem = build(2)
    assert problem.classes == ("mul", "add", "mem")
    assert problem.limit.tolist() == [2, 2, 1]
    assert (problem.use_occupancy == 1).all()
    assert problem.loop_carried > 0
    assert not problem.output.any()
