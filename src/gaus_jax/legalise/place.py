"""Serial placement: nodes one by one into the least loaded step that is still open to them."""

import numpy as np
from numba import njit

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon
from gaus_jax.core.window import Window


def place(problem: Problem, window: Window, mean: np.ndarray, spread: float = 2.0) -> np.ndarray:
    """Starts by priority of the projected means, each in the least loaded step near its mean.

    A node's open steps run from its placed producers' results to its ALAP, which always leaves
    one; of those within ``spread`` steps of its mean it takes the one where the classes that it
    uses are least loaded (the nearest of equals).

    Returns:
        (N,) int64, steps; keeps every dependence and window.
    """
    order = np.lexsort((problem.rank, mean))
    first, use = problem.uses
    load = np.zeros((max(1, len(problem.classes)), horizon(problem, window.depth) + 1))
    return _place(
        order,
        *problem.incoming,
        problem.tail,
        problem.reach,
        window.asap,
        window.alap,
        mean,
        spread,
        first,
        problem.use_class[use],
        problem.use_demand[use],
        problem.use_occupancy[use],
        problem.class_cost,
        load,
    )


@njit(cache=True)
def _place(
    order, first, edge, tail, reach, asap, alap, mean, spread,
    use_first, use_class, use_demand, use_occupancy, cost, load,
):  # fmt: skip
    start = asap.copy()
    for node in order:
        low = asap[node]
        for at in range(first[node], first[node + 1]):
            e = edge[at]
            low = max(low, start[tail[e]] + reach[e])
        high = alap[node]
        near = min(max(mean[node], low), high)
        best_step, best_load, best_far = low, np.inf, np.inf
        left = max(low, int(np.floor(near - spread)))
        right = min(high, int(np.ceil(near + spread)))
        for step in range(left, right + 1):
            total = 0.0
            for u in range(use_first[node], use_first[node + 1]):
                for d in range(step, step + use_occupancy[u]):
                    total += cost[use_class[u]] * use_demand[u] * load[use_class[u], d]
            far = abs(step - near)
            if total < best_load or (total == best_load and far < best_far):
                best_step, best_load, best_far = step, total, far
        start[node] = best_step
        for u in range(use_first[node], use_first[node + 1]):
            for d in range(best_step, best_step + use_occupancy[u]):
                load[use_class[u], d] += use_demand[u]
    return start
