"""Intervals ruled out beyond MinII: recurrences whose nodes wait for the same units.

A recurrence of distance ``k`` leaves its nodes ``k II`` cycles in all. Held fast at one of them,
each other one has a window, within which the limits of one iteration must be kept as in any
schedule.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.bounds.limited import exclusive
from gaus_jax.bounds.refute import refuted
from gaus_jax.core.graph import group
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import positive_cycle
from gaus_jax.core.reservation import check_alone
from gaus_jax.core.rings import anchored, components, part
from gaus_jax.core.serial import serial_plan
from gaus_jax.core.window import Window

MOST_ANCHORS = 16  # of a component
MOST_NODES = 2000  # of a component
CELLS = 30_000_000  # that the search for a crowded interval may look at


class Refuter:
    """What the refutations of several intervals of one problem share.

    Args:
        problem: the graph, with its limits.
        expired: asked now and then; whether to give up, which refutes nothing.
    """

    def __init__(self, problem: Problem, expired: Callable[[], bool] = lambda: False) -> None:
        self._problem, self._expired = problem, expired
        self._kernels: list[_Kernel] = []

    @cached_property
    def _nodes(self) -> list[np.ndarray]:
        """Of each component, the largest first: they are the likeliest to be stuck."""
        found = [nodes for nodes in components(self._problem) if nodes.size <= MOST_NODES]
        return sorted(found, key=lambda nodes: -nodes.size)

    def _rings(self) -> Iterator["_Kernel"]:
        for k, nodes in enumerate(self._nodes):
            if self._expired():
                return
            if k == len(self._kernels):
                self._kernels.append(_Kernel(part(self._problem, nodes)))
            yield self._kernels[k]

    @cached_property
    def _whole(self) -> "_Kernel":
        return _Kernel(self._problem)

    def refutes(self, ii: int, frame: Window | None = None) -> bool:
        """Whether no schedule is legal at an II; False: not known.

        Args:
            ii: cycles.
            frame: windows at this II that schedules have to keep; None: nothing bounds the latency.
        """
        try:
            check_alone(self._problem, ii)
        except InfeasibleError:
            return True
        if positive_cycle(self._problem, ii):
            return True
        if frame is not None and self._whole.closed(frame):
            return True
        return any(ring.stuck(ii, self._expired) for ring in self._rings())


class _Kernel:
    """A problem, or a component of it, ready to be refuted within windows."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._plan = plan = serial_plan(problem)
        self._pairs = exclusive(plan)
        self._rows = group(plan.limit.size, plan.row)
        self._owner = np.repeat(np.arange(problem.nodes), np.diff(plan.first))

    def stuck(self, ii: int, expired: Callable[[], bool] = lambda: False) -> bool:
        """Whether a component alone, held fast at one or another node, cannot be scheduled."""
        users = np.unique(self._owner)
        step = max(1, users.size // MOST_ANCHORS)
        anchors = (np.array([a]) for a in users[::step])
        frames = (anchored(self._problem, ii, one) for one in anchors if not expired())
        return any(self.closed(frame) for frame in frames)

    def closed(self, frame: Window) -> bool:
        """Whether the windows leave no schedule of one iteration under the limits."""
        shift = int(frame.asap.min(initial=0))
        early, late = frame.asap - shift, frame.alap - shift
        load = self._plan.load(int(late.max(initial=0)))
        given = self._plan, self._pairs, self._rows, self._owner, self._problem.order
        return bool(refuted(*given, early, late, load, CELLS))
