"""Work side by side: independent calls on threads, while the caller does something else."""

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Found = TypeVar("Found")


def thread_count(asked: int) -> int:
    """Threads as asked for; 0: as many as there are cores for this process."""
    if asked:
        return asked
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere a process may use them all
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def side_by_side(
    calls: Sequence[Callable[[], Found]], threads: int, halt: Callable[[], object]
) -> Iterator[Callable[[], list[Found]]]:
    """Begin independent calls on ``threads - 1`` threads; what it gives helps and waits for them.

    Their results come in the order of the calls, whatever the number of threads. Python takes
    turns; compiled code that releases the interpreter's lock runs at once.

    Args:
        calls: what to run.
        threads: at most so many at a time, the caller's included.
        halt: asks the calls to end early, where the caller fails or is interrupted.
    """
    found: dict[int, Found] = {}
    turn = itertools.count()

    def work() -> None:
        while (index := next(turn)) < len(calls):
            found[index] = calls[index]()

    helpers = min(threads - 1, len(calls))
    with ThreadPoolExecutor(max(1, helpers)) as pool:
        helping = [pool.submit(work) for _ in range(helpers)]

        def finish() -> list[Found]:
            work()
            for helper in helping:
                helper.result()
            return [found[index] for index in range(len(calls))]

        try:
            yield finish
        except BaseException:
            halt()
            raise


class Countdown:
    """Tells when so many things are over, whichever threads they are on."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def count(self) -> None:
        """One more is over."""
        with self._lock:
            self._left -= 1

    def over(self) -> bool:
        """Whether all are."""
        return self._left <= 0

    def after(self, call: Callable[[], Found]) -> Callable[[], Found]:
        """A call that counts when it has ended, in whatever way."""

        def counted() -> Found:
            try:
                return call()
            finally:
                self.count()

        return counted
