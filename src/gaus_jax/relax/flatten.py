"""One graph as flat arrays: its variables, its edges that can bind, the events of its profiles.

NumPy throughout; `gaus_jax.relax.pack` pads what comes out and moves it to the device.
"""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# (a flattened graph holds NumPy arrays until it is packed)

from collections.abc import Sequence

import equinox as eqx
import numpy as np

from gaus_jax.core.lasts import possible_lasts
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, edges_in_force, horizon
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.window import Window
from gaus_jax.relax.packed import Events, Graph, Lasts


def flatten(
    problem: Problem, window: Window, lifetime: Lifetime, weights: Sequence[float]
) -> tuple[Graph, np.ndarray]:
    """One graph's arrays, unpadded, and the nodes that its variables stand for.

    Free nodes are sorted by ASAP, so that neighbours in time are neighbours in memory.
    """
    by_asap = np.argsort(window.asap, kind="stable")
    mobile = window.mobility > 0
    order = np.concatenate([by_asap[mobile[by_asap]], by_asap[~mobile[by_asap]]])
    place = np.empty(problem.nodes, np.int64)
    place[order] = np.arange(problem.nodes)
    free = order[: int(mobile.sum())]
    steps = _steps(problem, window, lifetime)
    tail, head, reach = _binding_edges(problem, window)
    usage, usage_base, spans = _usage(problem, window, mobile, steps)
    changes, lasts, live_base = _live(problem, window, mobile, steps, lifetime)
    used = _fixed_in_use(problem, mobile, lasts.consumer)
    slot = np.full(problem.nodes, -1, np.int64)
    slot[free] = np.arange(len(free))
    slot[used] = len(free) + np.arange(len(used))
    pull, ahead = problem.pull_at(window.ii), _carried(problem, window.ii)
    ii = window.ii or steps
    finish = np.max((window.asap + problem.duration)[~mobile], initial=0)
    graph = Graph(
        low=window.asap[free],
        high=window.alap[free],
        free_mask=np.ones(len(free), bool),
        fixed_start=window.asap[used],
        tail=slot[tail],
        head=slot[head],
        reach=reach,
        edge_mask=np.ones(len(tail), bool),
        pull=pull[free],
        communication_base=np.float64(pull[~mobile] @ window.asap[~mobile] + ahead),
        usage=eqx.tree_at(lambda e: e.node, usage, slot[usage.node]),
        usage_base=usage_base,
        usage_mask=np.arange(steps) < steps - 1,
        class_cost=problem.class_cost,
        limit=problem.limit,
        unit=_mean_demand(problem),
        changes=eqx.tree_at(lambda e: e.node, changes, slot[changes.node]),
        lasts=eqx.tree_at(lambda v: v.consumer, lasts, slot[lasts.consumer]),
        live_base=live_base,
        workspace=problem.workspace[free],
        workspace_base=_running(problem, window, mobile, steps),
        live_mask=np.arange(steps) < (window.ii or window.depth),
        slot=np.arange(steps) % ii,
        slot_mask=np.arange(steps) < (window.ii or steps - 1),
        duration=problem.duration[free],
        finish_base=np.float64(finish),
        term_weight=np.asarray(weights, float),
        spans=spans,
        folds=window.ii is not None,
    )
    return graph, free


def _steps(problem: Problem, window: Window, lifetime: Lifetime) -> int:
    """Steps in which anything happens, one more for the last death, and at least all slots."""
    steps = max(horizon(problem, window.depth), window.depth) + 1
    if window.ii is None:
        return steps
    carried = possible_lasts(problem, window, lifetime).shift
    return max(steps + int(np.max(carried, initial=0)), window.ii)


def _carried(problem: Problem, ii: int | None) -> float:
    """``sum_e w_e k_e II``, the communication of loop-carried edges that no schedule changes."""
    return 0.0 if ii is None else float(np.sum(problem.weight * problem.distance) * ii)


def _mean_demand(problem: Problem) -> np.ndarray:
    """The mean demand of a class's uses, 1 where it has none; (R,) float64, units."""
    count = np.bincount(problem.use_class, minlength=len(problem.classes))
    total = np.bincount(problem.use_class, problem.use_demand, len(problem.classes))
    return np.where(total > 0, total / np.maximum(count, 1), 1.0)


def _binding_edges(problem: Problem, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges that some pair of starts in the windows would break; one for parallel ones."""
    tail, head, reach = problem.tail, problem.head, reach_at(problem, window.ii)
    chosen = edges_in_force(problem, window.ii)
    binds = (window.alap[tail] + reach > window.asap[head]) & (tail != head)
    chosen = chosen[binds[chosen]]
    # Of parallel edges the longest binds; sorting by it last keeps it on top.
    chosen = chosen[np.lexsort((-reach[chosen], head[chosen], tail[chosen]))]
    pair = tail[chosen] * np.int64(problem.nodes) + head[chosen]
    chosen = chosen[np.diff(pair, prepend=-1) != 0]
    return tail[chosen], head[chosen], reach[chosen]


def _usage(
    problem: Problem, window: Window, mobile: np.ndarray, steps: int
) -> tuple[Events, np.ndarray, bool]:
    """Events of the uses, as starts where all take one cycle, else as steps up and down."""
    active = (problem.use_occupancy > 0) & (problem.use_demand > 0)
    node, row = problem.use_node[active], problem.use_class[active]
    demand, occupancy = problem.use_demand[active], problem.use_occupancy[active]
    base = np.zeros((max(1, len(problem.classes)), steps))
    still = ~mobile[node]
    begin = window.asap[node[still]]
    np.add.at(base, (row[still], begin), demand[still])
    np.subtract.at(base, (row[still], begin + occupancy[still]), demand[still])
    base = np.cumsum(base, axis=1)
    node, row = node[~still], row[~still]
    demand, occupancy = demand[~still], occupancy[~still]
    spans = bool(np.any(occupancy != 1))
    offset = np.zeros_like(node)
    if spans:
        node, row = np.tile(node, 2), np.tile(row, 2)
        offset = np.concatenate([offset, occupancy])
        demand = np.concatenate([demand, -demand])
    return _merged(window, node, offset, row, demand), base, spans


def _running(problem: Problem, window: Window, mobile: np.ndarray, steps: int) -> np.ndarray:
    """The workspaces of fixed nodes; (T,) float64, bytes."""
    base = np.zeros(steps)  # of floats, which a bincount of nothing is not
    base += np.bincount(window.asap[~mobile], problem.workspace[~mobile], steps)
    return base


def _live(
    problem: Problem, window: Window, mobile: np.ndarray, steps: int, lifetime: Lifetime
) -> tuple[Events, Lasts, np.ndarray]:
    """Births and deaths of the values; those that are certain are added up in the base."""
    ahead = birth_delay(problem, lifetime)
    held, value, consumer, latest, shift, copies = possible_lasts(problem, window, lifetime)
    kept = problem.output & (lifetime == "buffer")
    base = np.zeros(steps)
    sure = held & ~mobile
    np.add.at(base, window.asap[sure] + ahead[sure], problem.size[sure])
    base[window.depth] -= problem.size[kept].sum()
    count = np.bincount(value, minlength=problem.nodes)
    alone = count[value] == 1
    settled = alone & ~mobile[consumer]
    death = window.asap[consumer[settled]] + shift[settled] + 1
    np.subtract.at(base, death, problem.size[value[settled]])
    single = alone & mobile[consumer]
    born = np.flatnonzero(held & mobile)
    changes = _merged(
        window,
        np.concatenate([born, consumer[single]]),
        np.concatenate([ahead[born], shift[single] + 1]),
        np.zeros(born.size + int(single.sum()), np.int64),
        np.concatenate([problem.size[born], -problem.size[value[single]]]),
    )
    value, consumer, shift = value[~alone], consumer[~alone], shift[~alone]
    several, index = np.unique(value, return_inverse=True)
    highest = np.zeros(problem.nodes, np.int64)
    np.maximum.at(highest, value, window.alap[consumer] + shift)
    lasts = Lasts(
        weight=problem.size[several],
        low=latest[several] + 1.0,
        high=highest[several] + 1.0,
        mask=np.ones(several.size, bool),
        value=index,
        consumer=consumer,
        offset=shift + 1.0,
        consumer_mask=np.ones(consumer.size, bool),
    )
    base = np.cumsum(base)
    # Whole copies, once for each slot: the first II steps are as good as any.
    base[: window.ii or 0] += float(problem.size @ copies)
    return changes, lasts, base


def _merged(window: Window, node, offset, row, weight) -> Events:
    """Events, those of one node, offset and row added up; none where they cancel."""
    rank = np.lexsort((row, offset, node, window.asap[node] + offset))
    node, offset, row, weight = node[rank], offset[rank], row[rank], weight[rank]
    fresh = np.ones(node.size, bool)
    fresh[1:] = (np.diff(node) != 0) | (np.diff(offset) != 0) | (np.diff(row) != 0)
    total = np.bincount(np.cumsum(fresh) - 1, weight, int(fresh.sum())).astype(float)
    kept = np.flatnonzero(fresh)[total != 0]
    node, offset, row = node[kept], offset[kept], row[kept]
    return Events(
        node=node,
        offset=offset.astype(float),
        low=(window.asap[node] + offset).astype(float),
        high=(window.alap[node] + offset).astype(float),
        weight=total[total != 0],
        row=row,
        mask=np.ones(node.size, bool),
    )


def _fixed_in_use(problem: Problem, mobile: np.ndarray, consumers: np.ndarray) -> np.ndarray:
    used = np.zeros(problem.nodes, bool)
    used[consumers] = True
    return np.flatnonzero(used & ~mobile)
