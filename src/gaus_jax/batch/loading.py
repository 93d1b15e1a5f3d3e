"""Files read in processes of their own, beside the threads and the device."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from gaus_jax.base.errors import InputError
from gaus_jax.batch.items import Item
from gaus_jax.core.problem import Problem


class Loaders:
    """Processes that load; one that dies is replaced, and costs at most its own file.

    Args:
        count: processes; 0 to load in the caller's thread.
    """

    def __init__(self, count: int) -> None:
        self._count, self._lock = count, threading.Lock()
        self._pool = self._fresh(count)
        self._alone = threading.Lock()
        self._spare: ProcessPoolExecutor | None = None  # for one file at a time

    def __enter__(self) -> "Loaders":
        return self

    def __exit__(self, *error: object) -> None:
        for pool in (self._pool, self._spare):
            if pool is not None:
                pool.shutdown(wait=True, cancel_futures=True)

    def load(self, item: Item) -> Problem:
        """The item's problem; any thread may ask.

        Raises:
            InputError: as `Item.load`, or the process that read it ended, as for want of memory.
        """
        if self._pool is None or item.problem is not None:
            return item.load()
        pool = self._pool
        try:
            return pool.submit(_load, item).result()
        except BrokenProcessPool:
            self._replace(pool)
        return self._by_itself(item)

    def _by_itself(self, item: Item) -> Problem:
        """Once more in a process for this file alone: another one may have been to blame."""
        with self._alone:
            if self._spare is None:
                self._spare = self._fresh(1)
            assert self._spare is not None
            try:
                return self._spare.submit(_load, item).result()
            except BrokenProcessPool:
                self._spare.shutdown(wait=False)
                self._spare = None
        raise InputError(
            f"{item.name}: the process that read it was ended, as a rule for want of memory"
        )

    def _fresh(self, count: int) -> ProcessPoolExecutor | None:
        # Spawned: a fork of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, mp_context=context) if count else None

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                broken.shutdown(wait=False)
                self._pool = self._fresh(self._count)


def _load(item: Item) -> Problem:
    return item.load()
