"""The gradient at several intervals of one loop: one compiled program, a lane for each of them.

The relaxation folds usage and live memory by slot (`gaus_jax.relax`), with an II for each problem
of a batch; a loop at several intervals is such a batch, padded to the steps of the longest.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.base.settings import Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.device import Device
from gaus_jax.feasible import Feasible
from gaus_jax.interval.ledger import Ledger
from gaus_jax.legalise.modulo.place import place_modulo
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.model.objective import Objective
from gaus_jax.optimise.starts import STARTS
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.pack import pack, roomiest, shape_of
from gaus_jax.relax.packed import Graph
from gaus_jax.rounds import lane_count

NAME = "gradient"  # the hint that such a schedule is
MEAN_SHARE = 0.5  # of the seconds, for the means; placing near them has the rest


class Site(NamedTuple):
    """One interval of the loop, as the gradient sees it."""

    problem: Problem
    objective: Objective
    window: Window
    graph: Graph
    free: np.ndarray  # (F,) int64


def guided(ledger: Ledger, intervals: Sequence[int], until: float) -> Feasible | None:
    """A schedule at the shortest interval where placing near the gradient's means finds one.

    Args:
        ledger: of the loop.
        intervals: where none was found so far, in order; of many the longest `guide_intervals`.
        until: seconds of the clock; those that compilation takes are beside them.
    """
    settings, clock = ledger.settings, ledger.clock
    with clock.stage("pack"):
        sites = _alike(_sites(ledger, intervals[-settings.guide_intervals :]))
    if not sites:
        return None
    begun = clock.used()
    means = _means(sites, settings, ledger, MEAN_SHARE * (until - begun))
    with clock.stage("legalise"):
        for site, near in zip(sites, means, strict=True):
            found = _placed(ledger, site, near, until)
            if found is not None:
                return found
    return None


def _sites(ledger: Ledger, intervals: Sequence[int]) -> list[Site]:
    found = []
    for ii in intervals:
        try:
            objective, frame = ledger.attempts.resolved(ii)
        except InfeasibleError:
            continue
        weights = list(objective.weights.values())
        graph, free = flatten(ledger.problem, frame, objective.lifetime, weights)
        if free.size:
            found.append(Site(ledger.problem, objective, frame, graph, free))
    return found


def _alike(sites: list[Site]) -> list[Site]:
    """Those whose programs can be one: a program is compiled for uses of one cycle, or for any."""
    spans = [site.graph.spans for site in sites]
    return [site for site in sites if site.graph.spans == max(spans, key=spans.count)]


def _means(
    sites: Sequence[Site], settings: Settings, ledger: Ledger, seconds: float
) -> list[np.ndarray]:
    """Means at each interval, the last and the best of each lane; B x (2 K, N), steps."""
    shape = roomiest([shape_of(site.graph) for site in sites])
    lanes = lane_count(settings, shape)
    graphs, frees = [site.graph for site in sites], [site.free for site in sites]
    with ledger.clock.stage("pack"):
        packed = pack(graphs, frees, shape, settings.precision)
        rng = np.random.default_rng(ledger.seed)
        starts = ["middle", *["random"] * (lanes - 1)]
        begin = [np.stack([STARTS[s].means(site.window, rng) for s in starts]) for site in sites]
    # One evaluation from begin to end: a second program would cost more than it is worth here.
    own = replace(settings, relax=replace(settings.relax, evaluation="hat"))
    device = Device(packed, sites, lanes, [own] * len(sites), ledger.clock)
    device.compile(0.0)
    found = device.anneal(begin, 0.0, seconds)
    return [points.reshape(-1, points.shape[-1]) for points in found]


def _placed(ledger: Ledger, site: Site, means: np.ndarray, until: float) -> Feasible | None:
    """The first legal schedule near some means at one interval."""
    late = lambda: ledger.late(until)  # noqa: E731
    plan = None
    for k, mean in enumerate(means):
        if late():
            break
        plan = plan or ModuloPlan.of(site.problem, site.window)
        how = {"seed": ledger.seed + k, "plan": plan, "expired": late}
        start = place_modulo(site.problem, site.window, mean, **how)
        if start is not None:
            hints = {NAME: Schedule(start, site.window.depth, site.window.ii)}
            return Feasible(site.objective, site.window, hints)
    return None
