"""Gaussian positions: the means of a node's place in the order, by the gradient.

The axis of steps is measured coarsely first: a unit of it holds so many nodes, its grain. In units
a problem is scheduled for memory under one resource, of which every node takes one for one unit and
there are as many as the grain: means are spread, as crowding is the excess over it. A finer axis
goes on from the means of the coarser one.
"""

from dataclasses import replace

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.device import Device
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.objective import Objective
from gaus_jax.ordering.task import OrderTask
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.histogram import AUTO
from gaus_jax.relax.pack import Shape, pack, shape_of
from gaus_jax.task import Task

UNITS = (64, 512)  # of the axis, from coarse to fine; a graph of fewer nodes has a unit for each
BEGIN = 0.4  # point of the annealing at which a finer axis takes over
SHARE = 0.15  # of the seconds left, for one axis
STEPS = 300  # of the gradient, of a whole annealing


def positions(task: OrderTask, begin: np.ndarray, settings: Settings, clock: Clock) -> np.ndarray:
    """Means at which the expected footprint is low, from coarse to fine.

    Args:
        task: the problem.
        begin: (K, N) float64, steps; the first means of each lane.
        settings: of the relaxation and the gradient.
        clock: of the search.

    Returns:
        (C, N) float64, steps: the last and the best means of all lanes on every axis.
    """
    found, means = [], begin
    steps = min(settings.optimise.steps, STEPS)
    settings = replace(
        settings,
        optimise=replace(settings.optimise, steps=steps),
        relax=replace(settings.relax, evaluation=_evaluation(settings), hat_from=1.0),
    )
    grains = sorted({-(-task.problem.nodes // units) for units in UNITS}, reverse=True)
    with clock.stage("pack"):
        tasks = [_measured(task, grain) for grain in grains]
        shape = _common([shape_of(coarse.graph) for coarse in tasks])
    for k, (grain, coarse) in enumerate(zip(grains, tasks, strict=True)):
        with clock.stage("pack"):
            graph = pack([coarse.graph], [coarse.free], shape, settings.precision)
        device = Device(graph, [coarse], len(means), [settings], clock)
        point = BEGIN if k else 0.0
        device.compile(point)
        (pair,) = device.anneal([means / grain], point, SHARE * clock.left())
        means = grain * pair[1]
        found.append(grain * pair.reshape(-1, task.problem.nodes))
    return np.concatenate(found)


def _evaluation(settings: Settings) -> str:
    """As asked for; by itself the hat, as a unit of the axis is wide enough for a Gaussian."""
    asked = settings.relax.evaluation
    return "hat" if asked == AUTO else asked


def _common(shapes: list[Shape]) -> Shape:
    """The padded sizes that serve all axes, so that they share one compilation."""
    greatest = {name: max(getattr(s, name) for s in shapes) for name in Shape._fields}
    return Shape(**greatest)


def _measured(task: OrderTask, grain: int) -> Task:
    """The problem on an axis whose units hold ``grain`` nodes each."""
    problem, window = task.problem, task.window
    depth = -(-problem.nodes // grain)
    frame = Window(window.asap // grain, window.alap // grain, depth)
    coarse = coarsened(problem, grain)
    objective = Objective(
        name=task.objective.name,
        weights=task.objective.weights,
        constraints=(CONSTRAINTS["dependence"], CONSTRAINTS["resource"]),
        lifetime=task.objective.lifetime,
        depth=depth,
        ratio=None,
    )
    graph, free = flatten(coarse, frame, objective.lifetime, [1.0])
    first = Schedule(frame.asap, depth)
    return Task(coarse, objective, frame, graph, free, {}, task.seed, 0.0, 0.0, first)


def coarsened(problem: Problem, grain: int) -> Problem:
    """The same graph with one resource: units of an axis that hold ``grain`` nodes each.

    Within a unit a consumer may follow its producer, so that latencies are 0 unless it holds one.
    """
    forward = problem.distance == 0
    return make_problem(
        problem.ids,
        np.stack([problem.tail[forward], problem.head[forward]], axis=1),
        name=problem.name,
        latency=int(grain == 1),
        size=problem.size,
        output=problem.output,
        workspace=problem.workspace,
        classes=("unit",),
        limit=grain,
        is_data=problem.is_data[forward],
    )
