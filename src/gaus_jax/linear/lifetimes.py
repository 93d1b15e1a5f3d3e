"""The least total lifetime of all values, weighted by their sizes: a network programme."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, readers
from gaus_jax.core.window import Window
from gaus_jax.linear.network import Network, communication


def total_lifetime(problem: Problem, window: Window, lifetime: Lifetime) -> Network:
    """``min sum_i m_i (last_i + 1 - birth_i)`` over the values that are held.

    ``last_i`` is the start of the only consumer, or a variable of its own that is at least the
    start of each; of a value that is held to the last step it is ``D - 1``, and of one that
    nothing reads (under `buffer`) the start of its producer.
    """
    starts = communication(problem, window)
    size, cost = problem.size, np.zeros(problem.nodes)
    kept = problem.output & (lifetime == "buffer")
    value, consumer = readers(problem)
    counts = ~kept[value] & (size[value] > 0)
    value, consumer = value[counts], consumer[counts]
    count = np.bincount(value, minlength=problem.nodes)
    read, alone = count > 0, count[value] == 1
    np.add.at(cost, consumer[alone], size[value[alone]])
    cost[read | kept] -= size[read | kept]
    constant = size[read] @ (1.0 - birth_delay(problem, lifetime)[read])
    constant += size[kept].sum() * window.depth
    if lifetime == "buffer":
        constant += size[~read & ~kept].sum()
    shared = np.flatnonzero(count > 1)
    name = np.full(problem.nodes, -1, np.int64)
    name[shared] = problem.nodes + np.arange(shared.size)
    last, reader = name[value[~alone]], consumer[~alone]
    low, high = np.zeros(shared.size, np.int64), np.zeros(shared.size, np.int64)
    np.maximum.at(low, last - problem.nodes, window.asap[reader])
    np.maximum.at(high, last - problem.nodes, window.alap[reader])
    return Network(
        np.append(cost, size[shared]),
        np.append(starts.tail, reader),
        np.append(starts.head, last),
        np.append(starts.reach, np.zeros(last.size, np.int64)),
        np.append(window.asap, low),
        np.append(window.alap, high),
        float(constant),
    )


def held_steps(problem: Problem, window: Window, lifetime: Lifetime) -> int:
    """How many steps can hold anything: from the first possible birth to the last step."""
    birth = window.asap + birth_delay(problem, lifetime)
    return window.depth - int(birth[problem.size > 0].min(initial=window.depth))
