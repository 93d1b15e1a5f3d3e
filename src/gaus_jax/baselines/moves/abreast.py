"""Searches side by side, each with a seed of its own, so that a rival too uses every core."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CHAINS = 2  # as many threads as CP-SAT is given; not the machine's, which no answer may depend on
APART = 2**32  # between the seeds of two searches of one attempt

Found = TypeVar("Found")


def abreast(
    search: Callable[[int, Callable[[], bool]], Found], seed: int, count: int
) -> list[Found]:
    """What ``search(own seed, whether to end early)`` finds, so many at once, in their order.

    The first has ``seed``. Compiled code that releases the interpreter's lock runs at once.
    """
    over = threading.Event()
    with ThreadPoolExecutor(max(count - 1, 1)) as pool:
        others = [pool.submit(search, seed + APART * k, over.is_set) for k in range(1, count)]
        try:
            return [search(seed, over.is_set), *(other.result() for other in others)]
        except BaseException:
            over.set()
            raise
