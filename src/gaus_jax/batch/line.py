"""The line of a batch: items in, outcomes out as they finish.

Threads load, prepare, legalise and refine; the caller's thread keeps the devices busy. Every queue
between them is bounded, so that memory does not grow with the number of graphs.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from gaus_jax.base.batch import BatchSettings, answers
from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.batch.buckets import Bucket, Buckets
from gaus_jax.batch.finish import finished
from gaus_jax.batch.items import Item
from gaus_jax.batch.lanes import Lanes
from gaus_jax.batch.prepare import Ready, made_ready, steps_of
from gaus_jax.batch.reasons import internal
from gaus_jax.batch.room import slots_for
from gaus_jax.batch.summary import Solved, Summary
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.portfolio.threads import thread_count

MISTAKES = (InputError, InfeasibleError, SettingsError, OSError, MemoryError)
COMPILERS = 2  # threads that compile
RARE = 8  # graphs of the sample below which a shape has no more slots than these
FEW = 4  # graphs to be expected of a shape that is added late
PULSE = 1.0  # seconds between two reports at most

Report = Callable[[Summary], None]
Loader = Callable[[Item], Problem]


def local_mesh() -> Mesh:
    """All devices of this process, along one axis."""
    return Mesh(np.array(jax.local_devices()), ("batch",))


class Line:
    """A batch under way.

    Args:
        settings: of the batch.
        seed: of all that is random.
        mesh: the devices, the slots shared out along its first axis.
        report: called after every outcome, and about once a second while there is none.
        load: reads an item's problem.
    """

    def __init__(
        self,
        settings: BatchSettings,
        seed: int,
        mesh: Mesh,
        report: Report = lambda summary: None,
        load: Loader = Item.load,
    ) -> None:
        self.settings, self.seed, self.mesh, self.summary = settings, seed, mesh, Summary()
        self._report, self._load = report, load
        self._about = {"settings": answers(settings), "seed": seed}
        self._buckets: Buckets | None = None
        self._sample: list[Ready] = []  # that wait for the shapes to be chosen
        self._lanes: dict[Bucket, Lanes] = {}
        self._compiling: set[Bucket] = set()
        self._events: queue.SimpleQueue[tuple[str, Any, Future]] = queue.SimpleQueue()
        self._open = {"prepare": 0, "compile": 0, "finish": 0}
        self._inside = 0  # items that are somewhere in the line
        self._fed = 0  # of the input, until there are shapes
        self._ended = False  # the input
        self._stop = threading.Event()

    def run(self, items: Iterator[Item]) -> Iterator[Solved]:
        """The outcomes of all items, as they finish."""
        threads = thread_count(self.settings.line.threads)
        pools = {
            "prepare": ThreadPoolExecutor(threads + (self.settings.line.loaders or 0)),
            "compile": ThreadPoolExecutor(COMPILERS),
            "finish": ThreadPoolExecutor(threads),
        }
        numbered = enumerate(items)
        try:
            while True:
                if INTERRUPTS.asked:  # also where a library has swallowed it
                    raise KeyboardInterrupt
                self._feed(numbered, pools)
                yield from self._collected(pools, wait=False)
                self._choose_shapes(pools)
                lanes = self._fullest()
                if lanes is not None:
                    for ready in lanes.advance():
                        self._finish(ready, pools)
                elif any(self._open.values()):
                    yield from self._collected(pools, wait=True)
                elif self._ended:
                    return
        finally:
            self._stop.set()
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)

    def _feed(self, items: Iterator[tuple[int, Item]], pools: dict[str, Any]) -> None:
        """Begin to prepare what comes next, so that enough is in the line."""
        slots = sum(lanes.slots for lanes in self._lanes.values())
        while not self._ended and self._inside < max(self.settings.line.ahead, 2 * slots):
            if self._sampled():
                return
            try:
                index, item = next(items)
            except StopIteration:
                self._ended = True
                return
            self._inside += 1
            self._fed += 1
            call = pools["prepare"].submit(
                made_ready, index, item, self.settings, self.seed, self._load
            )
            self._await("prepare", (index, item), call)

    def _sampled(self) -> bool:
        """Whether the shapes are to be chosen from the graphs that have been begun.

        These are the first of the input, in whatever order they are prepared: shapes are the same
        each time, and need not be compiled again.
        """
        if self._buckets is not None or self._fed < self.settings.line.ahead:
            return False
        if not self._sample and not self._open["prepare"]:
            self._fed = 0  # none of them needs a shape
        return self._fed > 0

    def _await(self, stage: str, about: Any, call: Future) -> None:
        self._open[stage] += 1
        call.add_done_callback(lambda done: self._events.put((stage, about, done)))

    def _collected(self, pools: dict[str, Any], wait: bool) -> Iterator[Solved]:
        """Pass on what threads have done; the outcomes among it."""
        while wait or not self._events.empty():
            try:
                stage, about, call = self._events.get(timeout=PULSE)
            except queue.Empty:  # a long wait: whoever watches may have something to say
                self._report(self.summary)
                continue
            wait = False
            self._open[stage] -= 1
            if stage == "compile":
                self._compiling.discard(about)
                self._lanes[about].compiled(call.exception())
                continue
            index, item = about
            solved = self._taken(index, item, call, pools)
            if solved is not None:
                self._inside -= 1
                self.summary.add(solved)
                self._report(self.summary)
                yield solved

    def _taken(self, index: int, item: Item, call: Future, pools: dict[str, Any]) -> Solved | None:
        """The outcome of a call; None where its graph goes on."""
        error = call.exception()
        if INTERRUPTS.asked:  # it may have ended early
            raise KeyboardInterrupt
        if isinstance(error, MISTAKES):
            return Solved(index, item.name, item.key, None, str(error))
        if error is not None:  # an error of this package costs one graph, and is told
            return Solved(index, item.name, item.key, None, internal(error))
        found = call.result()
        if isinstance(found, Result):
            return Solved(index, item.name, item.key, found, found.reason)
        self.summary.prepared += 1
        if steps_of(found, self.settings) == 0:
            self._finish(found, pools)
        elif self._buckets is None:
            self._sample.append(found)
        else:
            self._queue(found, pools)
        return None

    def _choose_shapes(self, pools: dict[str, Any]) -> None:
        """Choose the padded shapes, once enough graphs are known."""
        line = self.settings.line
        if self._buckets is not None or self._open["prepare"] or not self._sample:
            return
        self._sample.sort(key=lambda ready: ready.index)
        sample = [(ready.kind, ready.shape) for ready in self._sample]
        self._buckets = Buckets(sample, line.shapes, line.waste)
        for ready in self._sample:
            self._queue(ready, pools, compile=False)
        for lanes in sorted(self._lanes.values(), key=lambda lanes: -len(lanes.waiting)):
            self._compile(lanes, pools)
        self._sample = []

    def _queue(self, ready: Ready, pools: dict[str, Any], compile: bool = True) -> None:
        """A graph waits for a slot of its bucket."""
        assert self._buckets is not None, "shapes are chosen"
        bucket = self._buckets.place(ready.kind, ready.shape)
        lanes = self._lanes.get(bucket)
        if lanes is None:
            lanes = self._lanes[bucket] = Lanes(bucket, 1, self.settings, self.mesh)
            self.summary.buckets[bucket] = lanes.tally
        lanes.waiting.append(ready)
        if compile and not lanes.begun and bucket not in self._compiling:
            self._compile(lanes, pools)

    def _compile(self, lanes: Lanes, pools: dict[str, Any]) -> None:
        if not lanes.tally.halved:  # those that memory did not hold are not asked for again
            late = not self._sample and not self._ended  # few are, as those before did not fit
            rare = self._ended or len(lanes.waiting) < RARE
            expected = FEW if late else len(lanes.waiting) if rare else 0
            lanes.resize(slots_for(lanes.bucket.shape, expected, self.settings, self.mesh))
        self._compiling.add(lanes.bucket)
        self._await("compile", lanes.bucket, pools["compile"].submit(lanes.compile, lanes.padded))

    def _fullest(self) -> Lanes | None:
        """The slots whose next chunk does most; None where it is better to wait."""
        able = [x for x in self._lanes.values() if x.load and x.bucket not in self._compiling]
        if not able:
            return None
        best = max(able, key=lambda lanes: lanes.load)
        # With more on the way, slots that are not full wait for it.
        return best if best.load == 1 or not self._open["prepare"] else None

    def _finish(self, ready: Ready, pools: dict[str, Any]) -> None:
        stop = self._stop.is_set
        call = pools["finish"].submit(finished, ready, self.settings, self._about, stop)
        self._await("finish", (ready.index, ready.item), call)
