"""The device's side: slots of one padded shape, filled and emptied between chunks of steps."""

import functools as ft
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, SingleDeviceSharding

from gaus_jax.base.batch import BatchSettings
from gaus_jax.batch.buckets import Bucket, work
from gaus_jax.batch.prepare import Ready, first_means, steps_of
from gaus_jax.batch.programs import is_memory
from gaus_jax.batch.share import Share
from gaus_jax.batch.tally import Tally
from gaus_jax.relax.pack import pad
from gaus_jax.relax.packed import Graph

NO_MEMORY = (
    "by moves alone: the device's memory does not hold the gradient of one graph of its shape; it "
    "may hold one of fewer restarts (optimise.restarts)"
)


class Slot(NamedTuple):
    """A graph in a batch."""

    ready: Ready
    steps: int  # of its budget
    done: int  # steps so far


class Lanes:
    """One bucket's slots on the devices of a mesh.

    Args:
        bucket: kind and padded shape.
        slots: graphs side by side; halved where the devices' memory does not hold them. Where it
            does not hold one a device, graphs leave as they came, to be searched by moves alone.
        settings: of the batch.
        mesh: its devices share the slots out.
    """

    def __init__(self, bucket: Bucket, slots: int, settings: BatchSettings, mesh: Mesh) -> None:
        self.bucket, self.settings, self.mesh = bucket, settings, mesh
        self.tally = Tally()
        self.barred = False  # whether the devices do not hold one graph of this shape
        self.waiting: deque[Ready] = deque()
        self._lock = threading.Lock()
        self.resize(slots)

    @property
    def load(self) -> float:
        """How full a chunk would be, 0 to 1."""
        active = sum(slot is not None for slot in self._slots)
        return min(1.0, (active + len(self.waiting)) / self.slots)

    def compile(self, like: Graph) -> None:
        """Compile for the present number of slots; from any thread, once.

        Args:
            like: a padded graph of the bucket, for its shapes.
        """
        with self._lock:
            if not self.begun:
                began = time.perf_counter()
                first, *others = self._shares
                first.compile(like)  # the others find it in the cache, where devices may share it
                with ThreadPoolExecutor(max(1, len(others))) as pool:
                    list(pool.map(lambda share: share.compile(like), others))
                self.tally.compile_s += time.perf_counter() - began

    @property
    def begun(self) -> bool:
        """Whether there is a program for the present slots, or never will be."""
        return self.barred or all(share.compiled for share in self._shares)

    @property
    def padded(self) -> Graph:
        """A padded graph of the bucket, of those that wait."""
        return pad(self.waiting[0].graph, self.bucket.shape)

    def advance(self) -> list[Ready]:
        """Fill the slots, take a chunk of steps, and empty those whose budget is used up."""
        if self.barred:
            return self._turned_away()
        try:
            return self._advanced()
        except (RuntimeError, MemoryError) as error:
            self._spared(error)
            return []

    def compiled(self, error: BaseException | None) -> None:
        """Take note of how a compilation on another thread ended; one without memory is halved."""
        if error is not None:
            self._spared(error)

    def _spared(self, error: BaseException) -> None:
        """Go on with half the slots, or none, where memory ran out; raise any other error."""
        if not is_memory(error):
            raise error
        if self.slots > self.mesh.devices.size:
            self._halve()
        else:
            self._bar()

    def _advanced(self) -> list[Ready]:
        fresh = self._filled()
        assert self._graph is not None, "some slot was filled"
        self.compile(jax.tree.map(lambda part: part[0], self._graph))
        began = time.perf_counter()
        chunk = self.settings.chunk
        slots = [slot or Slot(None, 1, 0) for slot in self._slots]  # type: ignore[arg-type]
        begin = np.array([min(1.0, s.done / s.steps) for s in slots])
        end = np.array([min(1.0, (s.done + chunk) / s.steps) for s in slots])
        for share, own in zip(self._shares, self._owned(), strict=True):
            graph = jax.tree.map(lambda part, own=own: part[own], self._graph)
            share.advance(graph, self._mean[own], fresh[own], begin[own], end[own])
        self._slots = [s and s._replace(done=s.done + chunk) for s in self._slots]
        self._count()
        over = [b for b, s in enumerate(self._slots) if s is not None and s.done >= s.steps]
        for share in self._shares:
            share.wait()
        found = self._emptied(over)
        self.tally.device_s += time.perf_counter() - began
        return found

    def resize(self, slots: int) -> None:
        """So many empty slots, a multiple of the devices."""
        places = [SingleDeviceSharding(device) for device in self.mesh.devices.flat]
        each = max(1, -(-slots // len(places)))
        self.slots = each * len(places)
        self._slots: list[Slot | None] = [None] * self.slots
        self._graph: Graph | None = None  # NumPy, (B, ...)
        self._mean = np.zeros((self.slots, self.settings.lanes, self.bucket.shape.free))
        self._shares = [Share(self.bucket, each, self.settings, place) for place in places]

    def _owned(self) -> list[slice]:
        """Which slots are those of each share."""
        each = self.slots // len(self._shares)
        return [slice(first, first + each) for first in range(0, self.slots, each)]

    def _halve(self) -> None:
        """Half the slots; what was in them begins anew, to the same end."""
        again = [slot.ready for slot in self._slots if slot is not None]
        self._shares = []  # free the memory first
        self.resize(self.slots // 2)
        self.waiting.extendleft(reversed(again))
        self.tally.halved += 1

    def _bar(self) -> None:
        """No slots any more: what was in them waits, without the steps that it had."""
        self.waiting.extend(slot.ready for slot in self._slots if slot is not None)
        self.barred, self._shares, self._graph = True, [], None
        self._slots = [None] * self.slots

    def _turned_away(self) -> list[Ready]:
        """All that wait, told why they have no gradient."""
        found = list(self.waiting)
        self.waiting.clear()
        for ready in found:
            ready.reason = NO_MEMORY
        return found

    def _filled(self) -> np.ndarray:
        """Which slots hold a graph that is about to begin, (B,) bool."""
        fresh = np.zeros(self.slots, bool)
        for b, slot in enumerate(self._slots):
            if slot is not None or not self.waiting:
                continue
            ready = self.waiting.popleft()
            self._slots[b] = Slot(ready, steps_of(ready, self.settings), 0)
            padded = pad(ready.graph, self.bucket.shape)
            if self._graph is None:
                self._graph = jax.tree.map(lambda part: np.stack([part] * self.slots), padded)
            jax.tree.map(ft.partial(_put, b), self._graph, padded)
            self._mean[b] = 0
            self._mean[b, :, : ready.task.free.size] = first_means(ready, self.settings)
            fresh[b] = True
        return fresh

    def _count(self) -> None:
        each = self.settings.chunk * self.settings.lanes
        self.tally.chunks += 1
        self.tally.padded += each * self.slots * work(self.bucket.shape)
        for slot in self._slots:
            if slot is not None:
                self.tally.useful += each * work(slot.ready.shape)

    def _emptied(self, over: Sequence[int]) -> list[Ready]:
        if not over:
            return []
        best = np.concatenate([share.best for share in self._shares])
        found = []
        for b in over:
            slot = self._slots[b]
            assert slot is not None
            task = slot.ready.task
            means = np.repeat(task.best.start[None].astype(float), best.shape[1], axis=0)
            means[:, task.free] = best[b, :, : task.free.size]
            slot.ready.means = means
            found.append(slot.ready)
            self._slots[b] = None
        self.tally.finished += len(found)
        return found


def _put(slot: int, every: np.ndarray, own: np.ndarray) -> None:
    every[slot] = own
