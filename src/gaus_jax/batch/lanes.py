"""The device's side: slots of one padded shape, filled and emptied between chunks of steps."""

import functools as ft
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gaus_jax.base.batch import BatchSettings
from gaus_jax.batch.buckets import Bucket, work
from gaus_jax.batch.prepare import Ready, first_means, steps_of
from gaus_jax.batch.programs import compiled, device_dtype, first_states, is_memory
from gaus_jax.batch.tally import Tally
from gaus_jax.device import AUTO
from gaus_jax.optimise.loop import Recipe
from gaus_jax.optimise.numbers import numbers, traced
from gaus_jax.relax.pack import pad
from gaus_jax.relax.packed import Graph


class Slot(NamedTuple):
    """A graph in a batch."""

    ready: Ready
    steps: int  # of its budget
    done: int  # steps so far


class Lanes:
    """One bucket's slots on the devices of a mesh.

    Args:
        bucket: kind and padded shape.
        slots: graphs side by side; halved where the devices' memory does not hold them.
        settings: of the batch.
        mesh: its first axis shares the slots out.
    """

    def __init__(self, bucket: Bucket, slots: int, settings: BatchSettings, mesh: Mesh) -> None:
        self.bucket, self.settings, self.mesh = bucket, settings, mesh
        self.tally = Tally()
        self.waiting: deque[Ready] = deque()
        self._lock = threading.Lock()
        self._shares = NamedSharding(mesh, PartitionSpec(mesh.axis_names[0]))
        self.resize(slots)
        terms, constraints = bucket.kind[0], bucket.kind[1]  # type: ignore[index]
        self._recipe = Recipe(terms, constraints, *traced(settings))
        middle, lanes = settings.relax.width_start, settings.lanes
        spread = middle * 2.0 ** (np.arange(lanes) - (lanes - 1) / 2)
        everywhere = NamedSharding(mesh, PartitionSpec())
        self._spread = jax.device_put(spread.astype(settings.precision), everywhere)
        shared = jax.tree.map(lambda every: every[0], numbers([settings], settings.precision))
        self._numbers = jax.device_put(shared, everywhere)

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
            if self._program is None:
                began = time.perf_counter()
                self._program = compiled(
                    self._abstract(like), self._recipe, self._evaluation, self.settings.chunk
                )
                self.tally.compile_s += time.perf_counter() - began

    @property
    def begun(self) -> bool:
        """Whether there is a program for the present slots."""
        return self._program is not None

    @property
    def padded(self) -> Graph:
        """A padded graph of the bucket, of those that wait."""
        return pad(self.waiting[0].graph, self.bucket.shape)

    def advance(self) -> list[Ready]:
        """Fill the slots, take a chunk of steps, and empty those whose budget is used up."""
        try:
            return self._advanced()
        except (RuntimeError, MemoryError) as error:
            if self.slots <= self.mesh.devices.size or not is_memory(error):
                raise
            self._halve()
            return []

    def _advanced(self) -> list[Ready]:
        fresh = self._filled()
        assert self._graph is not None, "some slot was filled"
        self.compile(jax.tree.map(lambda part: part[0], self._graph))
        began = time.perf_counter()
        arguments = self._arguments(fresh)
        assert self._program is not None, "compiled above"
        self._state = self._program(*arguments)
        chunk = self.settings.chunk
        self._slots = [s and s._replace(done=s.done + chunk) for s in self._slots]
        self._count()
        over = [b for b, s in enumerate(self._slots) if s is not None and s.done >= s.steps]
        jax.block_until_ready(self._state.params.mean)
        found = self._emptied(over)
        self.tally.device_s += time.perf_counter() - began
        return found

    def resize(self, slots: int) -> None:
        """So many empty slots, a multiple of the devices."""
        shares = self.mesh.devices.size
        self.slots = max(1, -(-slots // shares)) * shares
        self._slots: list[Slot | None] = [None] * self.slots
        self._graph: Graph | None = None  # NumPy, (B, ...)
        self._sent: Graph | None = None  # the same on the devices
        self._mean = np.zeros((self.slots, self.settings.lanes, self.bucket.shape.free))
        self._state: Any = None
        self._program: Any = None

    def _halve(self) -> None:
        """Half the slots; what was in them begins anew, to the same end."""
        again = [slot.ready for slot in self._slots if slot is not None]
        self._state = self._sent = None  # free the memory first
        self.resize(self.slots // 2)
        self.waiting.extendleft(reversed(again))
        self.tally.halved += 1

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
        if fresh.any():
            self._sent = None
        return fresh

    def _arguments(self, fresh: np.ndarray) -> tuple:
        """What a chunk is given, on the devices."""
        send = ft.partial(_sent, dtype=self.settings.precision, sharding=self._shares)
        sent = self._sent = self._sent or jax.tree.map(send, self._graph)
        if self._state is None:
            zeros = lambda a: jax.device_put(np.zeros(a.shape, a.dtype), a.sharding)  # noqa: E731
            self._state = jax.tree.map(zeros, self._states(sent, send(self._mean)))
        slots = [slot or Slot(None, 1, 0) for slot in self._slots]  # type: ignore[arg-type]
        begin = np.array([min(1.0, s.done / s.steps) for s in slots])
        end = np.array([min(1.0, (s.done + self.settings.chunk) / s.steps) for s in slots])
        parts = (self._mean, fresh, begin, end)
        return self._state, sent, *(send(part) for part in parts), self._numbers, self._spread

    def _abstract(self, like: Graph) -> tuple:
        """The shapes of the same."""
        real, slots = np.dtype(self.settings.precision), (self.slots,)
        of = lambda shape, dtype: jax.ShapeDtypeStruct(  # noqa: E731
            slots + shape, dtype, sharding=self._shares
        )
        graph = jax.tree.map(lambda part: of(part.shape, device_dtype(part.dtype, real)), like)
        mean = of(self._mean.shape[1:], real)
        flags = of((), np.dtype(bool)), of((), real), of((), real)
        return self._states(graph, mean), graph, mean, *flags, self._numbers, self._spread

    def _states(self, graph: Graph, mean: Any) -> Any:
        """The shapes of the states, shared out like the graphs."""
        shapes = jax.eval_shape(
            ft.partial(first_states, recipe=self._recipe), graph, mean, self._numbers, self._spread
        )
        of = lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=self._shares)  # noqa: E731
        return jax.tree.map(of, shapes)

    @property
    def _evaluation(self) -> str:
        relax = self.settings.relax
        if relax.evaluation != AUTO:
            return relax.evaluation
        return "dense" if self.bucket.shape.steps <= relax.dense_steps else "window"

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
        best = np.asarray(self._state.best.mean, float)
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


def _sent(array: np.ndarray, dtype: str, sharding: NamedSharding) -> jax.Array:
    return jax.device_put(array.astype(device_dtype(array.dtype, np.dtype(dtype))), sharding)
