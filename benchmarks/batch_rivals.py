"""The same graphs by CP-SAT and one by one: a line for each graph, gone on with where it ended."""

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gaus_jax.base.batch import BatchSettings
from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError
from gaus_jax.base.settings import ObjectiveSettings, override
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.batch.items import Item
from gaus_jax.batch.solve import solve_batch
from gaus_jax.batch.summary import Solved
from gaus_jax.interval.least import automatic
from gaus_jax.model.resolve import resolve

LIMIT = 4.0  # seconds of CP-SAT a graph
BY = {"A": "cpsat_step", "B": "cpsat_step", "C": "cpsat_modulo", "D": "cpsat_latency"}

Record = dict[str, Any]


def sample(items: Sequence[Item], count: int) -> list[Item]:
    """So many of the items, drawn evenly from the list."""
    places = np.linspace(0, len(items) - 1, min(count, len(items)))
    return [items[k] for k in places.astype(int)]


def cpsat(items: Sequence[Item], seconds: float) -> Iterator[Record]:
    """What CP-SAT and the batch find for each; the batch's answers do not depend on its others."""
    until = time.perf_counter() + seconds
    ours = {s.name: s for s in solve_batch(items, settings=BatchSettings())}
    for item in items:
        if time.perf_counter() > until:
            return
        yield {"part": "cpsat", "name": item.name} | _answer(ours[item.name]) | _rival(item)


def single(items: Sequence[Item], seconds: float) -> Iterator[Record]:
    """Each in a batch of its own, in one process with warm kernels."""
    until = time.perf_counter() + seconds
    batch = {s.name: s for s in solve_batch(items, settings=BatchSettings())}
    for item in items:
        if time.perf_counter() > until:
            return
        began = time.perf_counter()
        (alone,) = solve_batch([item], settings=BatchSettings())
        spent = time.perf_counter() - began
        about = {"part": "single", "name": item.name, "seconds": spent}
        yield about | {"same": _answer(alone) == _answer(batch[item.name])} | _answer(alone)


def _answer(solved: Solved) -> Record:
    result = solved.result
    if result is None or result.schedule is None:
        return {"value": None, "ii": None, "status": solved.status}
    return {"value": result.value, "ii": result.schedule.ii, "status": solved.status}


def _rival(item: Item) -> Record:
    """Cost, interval and seconds of CP-SAT, building its models included, loading left out."""
    asked = override(ObjectiveSettings(), dict(item.objective), item.name)
    problem = item.load()
    about: Record = {"objective": asked.name, "cpsat": None, "cpsat_ii": None, "bound": None}
    began = time.perf_counter()
    try:
        objective, window = resolve(asked, problem)
    except InfeasibleError:
        return about | {"seconds": time.perf_counter() - began}
    auto = asked if automatic(asked) else None
    attempt = Attempt(problem, objective, window, Clock(LIMIT), asked=auto)
    with contextlib.suppress(InfeasibleError):
        BASELINES[BY[asked.name]].run(attempt)
    seconds = time.perf_counter() - began - attempt.clock.of("compile")
    if attempt.best is not None and math.isfinite(attempt.best_cost):
        about |= {"cpsat": attempt.best_cost, "cpsat_ii": attempt.objective.ii}
        about |= {"bound": attempt.lower_bound}
    return about | {"seconds": seconds}


def missing(records: Sequence[Record], part: str, items: Sequence[Item]) -> list[Item]:
    """The items of which a part has no line yet."""
    done = {r["name"] for r in records if r["part"] == part}
    return [item for item in items if item.name not in done]
