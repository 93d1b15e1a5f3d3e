"""Compile the sequential kernels before anyone's clock runs."""

import functools as ft

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.cone import project
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import window
from gaus_jax.legalise.evolve import shorten
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.limited.plan import TERMS
from gaus_jax.legalise.limited.refine import refine_limited
from gaus_jax.legalise.modulo.place import place_modulo
from gaus_jax.legalise.refine import SUPPORTED, refine
from gaus_jax.legalise.serial import near
from gaus_jax.linear.climb import Climb
from gaus_jax.linear.crowding import Cuts, crowds
from gaus_jax.linear.first_order import FirstOrder
from gaus_jax.linear.lifetimes import total_lifetime
from gaus_jax.linear.time_indexed import build
from gaus_jax.linear.tree import Tree


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
    method = FirstOrder(build(problem, frame, weights, "register"))
    tree = Tree(problem, frame, "register", method)
    tree.advance()
    tree.advance()
    Climb(problem, frame, weights, "register").advance()


@ft.cache
def warm_placing() -> None:
    """The same for those that place nodes under limits or caps."""
    problem = make_problem(3, [(0, 1), (0, 2)], limit=1)
    near(problem, window(problem, 3), np.array([0.0, 1.0, 0.0]))
    near(problem, window(problem, 2), np.zeros(3))  # fails, so that it tries to repair
    problem = make_problem(3, [(0, 1)], limit=1)
    near(problem, window(problem, 3), np.array([1.0, 2.0, 1.9]))  # the same, with success


@ft.cache
def warm_limited_kernels() -> None:
    """The same for those of resource limits and intervals, which few problems need."""
    warm_placing()
    problem = make_problem(3, [(0, 1), (0, 2)], limit=1)
    shorten(problem, [], seed=0, schedules=100)
    weights: dict[str, float] = dict.fromkeys(TERMS, 1.0)
    loop = make_problem(3, [(0, 1), (1, 0)], limit=1, distance=[0, 2])
    for owner, frame in ((problem, window(problem, 5)), (loop, window(loop, 9, 3))):
        start = place_modulo(owner, frame, np.zeros(3))
        assert start is not None
        refine_limited(
            owner,
            frame,
            Schedule(start, frame.depth, frame.ii),
            limit=owner.limit,
            weights=weights,
            lifetime="register",
            cost=lambda schedule: 0.0,
            moves=100,
            seed=0,
        )
        network = total_lifetime(owner, frame, "register")
        Cuts(network, crowds(owner, owner.limit)).broken(np.zeros(network.cost.size))
    project(loop, window(loop, 9, 3), np.zeros(3))
