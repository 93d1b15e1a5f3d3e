"""Swing modulo scheduling (Llosa, Gonzalez, Ayguade, Valero, PACT 1996)."""

import numpy as np
from numba import njit

from gaus_jax.baselines.modulo.swing_order import swing_order
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.reservation import add, fits, reservations
from gaus_jax.core.window import Window

NONE = 2**62


def swing_modulo(
    problem: Problem,
    window: Window,
    *,
    limit: np.ndarray | None = None,
    seed: int = 0,
    order: np.ndarray | None = None,
) -> np.ndarray | None:
    """Nodes in the order of the paper, each near the neighbours that are placed; none ever leaves.

    With placed producers alone a node goes as early as it fits, with placed consumers alone as
    late, with both between them; in each case within one turn of II. Where it does not fit the
    II is given up.

    Args:
        problem: the graph.
        window: its windows, at an II. A schedule that is longer than the depth does not count.
        limit: (R,) units available in place of the problem's own.
        seed: of no use, as nothing is drawn.
        order: that of `swing_order`, which is the same at every II, if it is known.
    """
    assert window.ii is not None, "modulo scheduling needs an II"
    table = reservations(problem, window, limit)
    order = swing_order(problem) if order is None else order
    reach = reach_at(problem, window.ii)
    start, placed = window.asap.copy(), np.zeros(problem.nodes, bool)
    done = _swing(
        table,
        order,
        *problem.entering,
        *problem.leaving,
        problem.tail,
        problem.head,
        reach,
        start,
        placed,
    )
    if not done:
        return None
    start -= start.min() if start.size else 0
    return start if (start <= window.alap).all() else None


@njit(cache=True, nogil=True)
def _swing(table, order, into_first, into, out_first, out, tail, head, reach, start, placed):
    """Whether all fit; steps may be negative, as all can be moved together."""
    slots = table.usage.shape[1]
    for node in order:
        low, high = -NONE, NONE
        for at in range(into_first[node], into_first[node + 1]):
            e = into[at]
            if placed[tail[e]]:
                low = max(low, start[tail[e]] + reach[e])
        for at in range(out_first[node], out_first[node + 1]):
            e = out[at]
            if placed[head[e]]:
                high = min(high, start[head[e]] - reach[e])
        step, stride = low, 1
        if low == -NONE:
            step = start[node]  # ASAP
            if high < NONE:
                step, stride = high, -1
        found = False
        for _ in range(slots):
            if step > high or step < low:
                break
            if fits(table, node, step):
                found = True
                break
            step += stride
        if not found:
            return False
        start[node], placed[node] = step, True
        add(table, node, step)
    return True
