"""The least total lifetime of all values, weighted by their sizes: a network programme."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.reads import reads
from gaus_jax.core.safe import safe
from gaus_jax.core.window import Window
from gaus_jax.linear.network import Network, dependences


def total_lifetime(problem: Problem, window: Window, lifetime: Lifetime) -> Network:
    """``min sum_i m_i (last_i + 1 - birth_i)`` over the values that are held.

    ``last_i`` is the step in which the only consumer reads, or a variable of its own that is at
    least that of each; of a value that is held to the last step it is at least ``D - 1``.
    """
    size, cost = problem.size, np.zeros(problem.nodes)
    value, consumer, shift = reads(problem, window.ii, lifetime)
    kept = problem.output & (lifetime == "buffer") & (size > 0)
    held = kept.copy()
    held[value] = True
    # What nobody reads after the last step ends there.
    later = ~kept[value] | (window.alap[consumer] + shift >= window.depth)
    value, consumer, shift = value[later], consumer[later], shift[later]
    count = np.bincount(value, minlength=problem.nodes)
    alone = (count[value] == 1) & ~kept[value]
    np.add.at(cost, consumer[alone], size[value[alone]])
    cost[held] -= size[held]
    constant = size[held] @ (1.0 - birth_delay(problem, lifetime)[held])
    constant += size[value[alone]] @ shift[alone]
    constant += size[kept & (count == 0)].sum() * (window.depth - 1)
    shared = np.flatnonzero((count > 1) | (kept & (count > 0)))
    name = np.full(problem.nodes, -1, np.int64)
    name[shared] = problem.nodes + np.arange(shared.size)
    last, reader, shift = name[value[~alone]], consumer[~alone], shift[~alone]
    low = np.where(kept[shared], window.depth - 1, 0)
    high = low.copy()
    np.maximum.at(low, last - problem.nodes, window.asap[reader] + shift)
    np.maximum.at(high, last - problem.nodes, window.alap[reader] + shift)
    tail, head, reach = dependences(problem, window)
    return Network(
        np.append(cost, size[shared]),
        np.append(tail, reader),
        np.append(head, last),
        np.append(reach, shift),
        np.append(window.asap, low),
        np.append(window.alap, high),
        float(constant),
    )


def held_steps(problem: Problem, window: Window, lifetime: Lifetime) -> int:
    """How many steps can hold anything: from the first possible birth to the last step."""
    birth = window.asap + birth_delay(problem, lifetime)
    return window.depth - int(birth[problem.size > 0].min(initial=window.depth))


def mean_live(
    problem: Problem, window: Window, lifetime: Lifetime, value: float, scale: float
) -> float:
    """What some step holds at least, bits or bytes: memory-time lies in a known number of steps.

    Args:
        problem: the graph.
        window: its windows.
        lifetime: of the values.
        value: a lower bound on the total lifetime.
        scale: the magnitude of the sums that made it.
    """
    steps = held_steps(problem, window, lifetime)
    if steps <= 0:
        return 0.0
    mean = safe(value, problem.size, scale) / steps
    return safe(mean, problem.size, mean)
