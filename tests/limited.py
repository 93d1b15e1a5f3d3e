"""Problems with limits that are hard to keep, and schedules that keep them, for several tests."""

import math
from dataclasses import replace

import numpy as np

from tests import reference


def legal(problem, start, depth, ii):
    """Whether a schedule keeps dependences, depth and limits, by the oracle."""
    start = start.tolist()
    kept = reference.legal(problem, start, depth, ii)
    return kept and not reference.resource_violations(problem, start, ii)


def exists(schedules, problem, ii):
    """Whether one of some schedules keeps the limits."""
    return any(not reference.resource_violations(problem, start, ii) for start in schedules)


def fit_alone(problem, ii):
    """Whether each node by itself keeps the limits."""
    for i in range(problem.nodes):
        mine = problem.use_node == i
        alone = replace(problem, use_demand=np.where(mine, problem.use_demand, 0))
        if reference.resource_violations(alone, [0] * problem.nodes, ii):
            return False
    return True


def tight(problem, steps):
    """The same problem with no more units than all work takes in so many steps, or one use."""
    limit = [0] * len(problem.classes)
    work = [0.0] * len(problem.classes)
    parts = (problem.use_class, problem.use_demand, problem.use_occupancy)
    for r, demand, occupancy in zip(*(part.tolist() for part in parts), strict=True):
        work[r] += demand * occupancy
        limit[r] = max(limit[r], math.ceil(demand * math.ceil(occupancy / max(steps, 1))))
    limit = [max(a, math.ceil(w / max(steps, 1))) for a, w in zip(limit, work, strict=True)]
    return replace(problem, limit=np.array(limit, float))


def anywhere(problem, depth, seed):
    """Means that heed no dependence."""
    return np.random.default_rng(seed).uniform(0, depth, problem.nodes)
