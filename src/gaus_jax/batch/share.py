"""The slots of one device: its program, and what it is given and keeps between chunks."""

import functools as ft
from typing import Any

import jax
import numpy as np
from jax.sharding import SingleDeviceSharding

from gaus_jax.base.batch import BatchSettings
from gaus_jax.batch.buckets import Bucket
from gaus_jax.batch.programs import compiled, device_dtype, first_states
from gaus_jax.optimise.loop import Recipe
from gaus_jax.optimise.numbers import numbers, traced
from gaus_jax.relax.histogram import evaluation_for
from gaus_jax.relax.packed import Graph


class Share:
    """One bucket's slots on one device.

    Every device runs a program of its own: one that is partitioned over several devices is
    simplified otherwise by XLA, and rounds otherwise.

    Args:
        bucket: kind and padded shape.
        slots: graphs side by side.
        settings: of the batch.
        place: their device.
    """

    def __init__(
        self, bucket: Bucket, slots: int, settings: BatchSettings, place: SingleDeviceSharding
    ) -> None:
        self._bucket, self._slots, self._settings = bucket, slots, settings
        self._place = place
        terms, constraints = bucket.kind[0], bucket.kind[1]  # type: ignore[index]
        self._recipe = Recipe(terms, constraints, *traced(settings))
        middle, lanes = settings.relax.width_start, settings.lanes
        spread = middle * 2.0 ** (np.arange(lanes) - (lanes - 1) / 2)
        self._spread = self._sent(spread)
        shared = jax.tree.map(lambda every: every[0], numbers([settings], settings.precision))
        self._numbers = jax.device_put(shared, self._place)
        self._graph: Graph | None = None  # on the device
        self._state: Any = None
        self._program: Any = None

    def compile(self, like: Graph) -> None:
        """Compile.

        Args:
            like: a padded graph of the bucket, for its shapes.
        """
        settings = self._settings
        self._program = compiled(
            self._abstract(like), self._recipe, self._evaluation, settings.chunk
        )

    @property
    def compiled(self) -> bool:
        """Whether there is a program."""
        return self._program is not None

    def advance(
        self, graph: Graph, mean: np.ndarray, fresh: np.ndarray, begin: np.ndarray, end: np.ndarray
    ) -> None:
        """Have the device begin a chunk of steps; nothing waits for it.

        Args:
            graph: padded, (B, ...).
            mean: (B, K, F), steps, where fresh slots begin.
            fresh: (B,) bool, slots that begin.
            begin: (B,), in 0 to 1, of the annealing.
            end: (B,), the same.
        """
        assert self._program is not None, "compiled before"
        sent = self._graph
        if sent is None or fresh.any():
            sent = self._graph = jax.tree.map(self._sent, graph)
        means = self._sent(mean)
        if self._state is None:
            zeros = lambda a: jax.device_put(np.zeros(a.shape, a.dtype), self._place)  # noqa: E731
            self._state = jax.tree.map(zeros, self._states(sent, means))
        flags = (self._sent(part) for part in (fresh, begin, end))
        arguments = self._state, sent, means, *flags, self._numbers, self._spread
        self._state = self._program(*arguments)

    def wait(self) -> None:
        """Until the chunk is done.

        Raises:
            RuntimeError: what went wrong on the device.
        """
        jax.block_until_ready(self._state.params.mean)

    @property
    def best(self) -> np.ndarray:
        """The best means so far, (B, K, F) float64, steps."""
        return np.asarray(self._state.best.mean, float)

    def _abstract(self, like: Graph) -> tuple:
        """The shapes of what a chunk is given."""
        real, slots = np.dtype(self._settings.precision), (self._slots,)
        of = lambda shape, dtype: jax.ShapeDtypeStruct(  # noqa: E731
            slots + shape, dtype, sharding=self._place
        )
        graph = jax.tree.map(lambda part: of(part.shape, device_dtype(part.dtype, real)), like)
        mean = of((self._settings.lanes, self._bucket.shape.free), real)
        flags = of((), np.dtype(bool)), of((), real), of((), real)
        return self._states(graph, mean), graph, mean, *flags, self._numbers, self._spread

    def _states(self, graph: Graph, mean: Any) -> Any:
        """The shapes of the states."""
        shapes = jax.eval_shape(
            ft.partial(first_states, recipe=self._recipe), graph, mean, self._numbers, self._spread
        )
        of = lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=self._place)  # noqa: E731
        return jax.tree.map(of, shapes)

    @property
    def _evaluation(self) -> str:
        relax = self._settings.relax
        return evaluation_for(relax.evaluation, self._bucket.shape.steps, relax.dense_steps)

    def _sent(self, array: np.ndarray) -> jax.Array:
        real = np.dtype(self._settings.precision)
        return jax.device_put(array.astype(device_dtype(array.dtype, real)), self._place)
