"""After the device: legal schedules near the means, refined and judged."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gaus_jax.base.batch import BatchSettings
from gaus_jax.batch.prepare import Ready
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.craft import Craft, craft
from gaus_jax.model.judge import judge
from gaus_jax.prepare import begun_early
from gaus_jax.task import Task

SPREAD = 3.0  # from one refinement's heat to the next
LIMITED = 0.5  # of the moves, where limits or an interval are kept: each takes several times longer


def finished(
    ready: Ready,
    settings: BatchSettings,
    about: dict[str, Any],
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """The judged answer of a graph whose means are known, or that needs none.

    ``stop`` ends the refinement early, where nobody waits for the answer any more.
    """
    task, clock = ready.task, ready.clock
    worker = craft(task, settings.legalise)
    pool = list(task.hints.values())
    with clock.stage("legalise"):
        for lane, mean in enumerate(ready.means if ready.means is not None else ()):
            found = worker.legal(mean, _seed(task, 0, lane))
            if found is not None:
                task.offer(found, clock.used())
                pool.append(found)
    with clock.stage("refine"):
        refine(task, worker, pool, settings, stop)
    with clock.stage("verify"):
        return judge(
            task.problem,
            begun_early(task),
            task.objective,
            lower_bound=task.lower_bound,
            interval=task.about,
            timings=clock.timings,
            reason=ready.reason,
            **about,
        )


def refine(
    task: Task,
    worker: Craft,
    pool: list[Schedule],
    settings: BatchSettings,
    stop: Callable[[], bool],
) -> None:
    """Refine the best of the schedules found, as many as the settings say, within one budget."""
    count = min(settings.most_moves, settings.legalise.sweeps * task.free.size)
    count *= LIMITED if task.objective.limited else 1.0
    if not (worker.moves and settings.heat > 0 and count >= 1):
        return
    pool = sorted(pool, key=task.cost)
    every = settings.refinements
    for k in range(every):
        if task.solved or stop():
            return
        heat = settings.heat * SPREAD ** (k - (every - 1) / 2)
        how = heat, int(count / every), _seed(task, 1, k), float("inf"), stop
        task.offer(worker.refined(pool[k % len(pool)], *how), 0.0)


def _seed(task: Task, *words: int) -> int:
    return int(np.random.default_rng([task.seed, *words]).integers(2**31))
