"""What moves under resource limits need to know of a problem."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gaus_jax.core.graph import Groups, group, strong_components
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, horizon
from gaus_jax.core.reads import reads
from gaus_jax.core.window import Window
from gaus_jax.legalise.plan import Neighbours
from gaus_jax.linear.network import communication, dependences

TERMS = ("peak_usage", "communication", "peak_live", "latency")
# Chance of a step that neighbours have to give way to; see `gaus_jax.legalise.refine`.
BEYOND_MEMORY, BEYOND_MIXED = 0.3, 0.1


class LimitedPlan(NamedTuple):
    """What stays the same from move to move.

    Profiles are folded by a period ``P``: the II, or, without one, more steps than any schedule
    has, so that nothing meets another iteration.
    """

    movable: np.ndarray  # (F,) int64, nodes with mobility
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    period: int  # P, steps
    staged: bool  # whether there is an II, so that a node can go by whole periods
    steps: int  # T, columns of a profile that is not folded
    before: Neighbours  # predecessors, at the II
    after: Neighbours  # successors
    limited: Groups  # the uses of classes that have a limit, by node
    priced: Groups  # the uses that the usage term counts, by node
    use_class: np.ndarray  # (U,) int64
    use_demand: np.ndarray  # (U,) float64
    use_occupancy: np.ndarray  # (U,) int64, cycles
    limit: np.ndarray  # (R,) float64, units
    rivals: Groups  # the movable nodes that use each limited class
    component: np.ndarray  # (N,) int64, strongly connected component
    members: Groups  # the nodes of each component
    weight: np.ndarray  # (R + 1,) float64, of the peak of each profile: usages, then live
    pull: np.ndarray  # (N,) float64, weighted communication per step
    carried: float  # weighted communication of the distances, ``sum_e w_e k_e II``
    latency_weight: float
    duration: np.ndarray  # (N,) int64, cycles
    size: np.ndarray  # (N,) float64; 0 where nothing is held, or memory does not count
    ahead: np.ndarray  # (N,) int64, from start to birth, steps
    consumers: Neighbours  # of each value; `reach` is the distance in steps, k II
    values: Neighbours  # that each node consumes; `reach` as above
    floor: np.ndarray  # (N,) int64, the last step to which a value is held anyway; -1: none
    beyond: float  # chance of a step that others have to give way to

    @classmethod
    def of(
        cls,
        problem: Problem,
        window: Window,
        limit: np.ndarray,
        weights: Mapping[str, float],
        lifetime: Lifetime,
    ) -> "LimitedPlan":
        """Gather it from a problem, for the terms in `TERMS`; others do not count."""
        nodes, ii = problem.nodes, window.ii
        usage, wire, memory, latency = (float(weights.get(term, 0.0)) for term in TERMS)
        steps = max(horizon(problem, window.depth), window.depth) + 1
        tail, head, reach = dependences(problem, window)
        price = usage * problem.class_cost
        movable = window.mobility > 0
        capped = np.isfinite(limit)[problem.use_class] & (problem.use_occupancy > 0)
        priced = np.flatnonzero((price[problem.use_class] > 0) & (problem.use_occupancy > 0))
        read = reads(problem, ii, lifetime)
        rival = capped & movable[problem.use_node]
        value, consumer, shift = (part[: part.size * (memory > 0)] for part in read)
        kept = problem.output & (lifetime == "buffer") & (memory > 0)
        held = kept.copy()
        held[value] = True
        component = strong_components(nodes, tail, head)
        wires = communication(problem, window)
        return cls(
            movable=np.flatnonzero(movable),
            asap=window.asap,
            alap=window.alap,
            period=ii or steps,
            staged=ii is not None,
            steps=steps,
            before=Neighbours.of(group(nodes, head), tail, reach),
            after=Neighbours.of(group(nodes, tail), head, reach),
            limited=group(nodes, problem.use_node[capped], np.flatnonzero(capped)),
            priced=group(nodes, problem.use_node[priced], priced),
            use_class=problem.use_class,
            use_demand=problem.use_demand,
            use_occupancy=problem.use_occupancy,
            limit=np.array(
                limit, float
            ),  # a copy: kernels are compiled for arrays that can be written
            rivals=group(limit.size, problem.use_class[rival], problem.use_node[rival]),
            component=component,
            members=group(nodes, component),
            weight=np.append(price, memory),
            pull=wire * wires.cost,
            carried=wire * wires.constant,
            latency_weight=latency,
            duration=problem.duration,
            size=np.where(held, problem.size, 0.0),
            ahead=birth_delay(problem, lifetime),
            consumers=Neighbours.of(group(nodes, value), consumer, shift),
            values=Neighbours.of(group(nodes, consumer), value, shift),
            floor=np.where(kept, window.depth - 1, -1),
            beyond=BEYOND_MEMORY if usage == wire == latency == 0 else BEYOND_MIXED,
        )
