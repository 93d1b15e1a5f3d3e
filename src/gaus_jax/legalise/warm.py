"""Compile the sequential kernels before anyone's clock runs."""

import functools as ft

import numpy as np

from gaus_jax.core.problem import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import window
from gaus_jax.legalise.evolve import shorten
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.refine import SUPPORTED, refine
from gaus_jax.legalise.serial import near
from gaus_jax.linear.climb import Climb


@ft.cache
def warm_kernels() -> None:
    """Run every kernel once on a graph of three nodes; numba keeps the result on disk.

    The first time after an installation this takes seconds, which no time limit should pay for.
    """
    problem = make_problem(3, [(0, 1), (1, 2)])
    frame = window(problem, 5)
    cost = lambda schedule: 0.0  # noqa: E731
    schedule = legalise(problem, frame, np.zeros(3), cost=cost, thresholds=1)
    weights: dict[str, float] = dict.fromkeys(SUPPORTED, 1.0)
    start = Schedule(schedule.start, frame.depth)
    refine(
        problem, frame, start, weights=weights, lifetime="register", cost=cost, moves=100, seed=0
    )
    Climb(problem, frame, weights, "register").advance()


@ft.cache
def warm_serial_kernels() -> None:
    """The same for those of resource limits, which only problems with limits need."""
    problem = make_problem(3, [(0, 1)], limit=1)
    near(problem, window(problem, 3), np.array([0.0, 1.0, 0.0]))
    near(problem, window(problem, 2), np.zeros(3))  # fails, so that it tries to repair
    shorten(problem, [], seed=0, schedules=100)
