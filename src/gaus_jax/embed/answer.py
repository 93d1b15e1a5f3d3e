"""From means to an answer: a legal schedule near them."""

import functools as ft

import numpy as np
from numpy.typing import ArrayLike

from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import by_priority, flow, starts
from gaus_jax.embed.build import settled
from gaus_jax.legalise import legalise as rounding


def legalise(
    problem: Problem,
    objective: ObjectiveSettings | str,
    means: ArrayLike,
    thresholds: int = 8,
) -> Schedule:
    """The cheapest of several legal schedules near the means; the same for the same means.

    Means are rounded and pushed until dependences hold, projected onto the dependences and rounded
    at several thresholds, and placed node by node where classes are least loaded. Under S the order
    is the topological one that goes by the means. Starts that are legal already cost no more
    afterwards.

    Args:
        problem: the graph; its loop-carried edges are left out.
        objective: as for `relaxation`; it decides which schedule is the cheapest.
        means: (N,) steps; one that is not finite counts as the middle of its window.
        thresholds: how many roundings of the projected means to try.

    Raises:
        InputError: not as many means as nodes.
        SettingsError: as `relaxation`.
    """
    found, frame = settled(problem, objective)
    mean = np.asarray(means, float)
    if mean.shape != (problem.nodes,):
        raise InputError(
            f"{problem.name}: means of shape {mean.shape} for {problem.nodes} nodes; of padded "
            f"ones give means[:{problem.nodes}]"
        )
    if found.sequential:
        priority = np.where(np.isfinite(mean), mean, (frame.asap + frame.alap) / 2)
        return Schedule(starts(by_priority(flow(problem), priority)), frame.depth)
    cost = ft.partial(found.exact, problem)
    schedule = rounding.legalise(problem, frame, mean, cost=cost, thresholds=thresholds)
    return found.framed(problem, schedule)
