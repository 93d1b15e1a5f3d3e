"""Where the seconds of a solve go, and when they are used up."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from gaus_jax.base.interrupt import INTERRUPTS

LIMITED = (
    "bound",
    "optimise",
    "legalise",
    "refine",
)  # what a time limit bounds; compilation is apart


class Clock:
    """A stop-watch per stage, a limit on the stages that search, and one on everything.

    Stages are one thread's; others may ask what is used and left meanwhile.

    Args:
        limit: seconds for the stages in `LIMITED` together; None for no limit.
        wall: seconds for everything; None for no limit.
        spent: seconds of stages that are over, which the wall counts too.
        now: the time in seconds; replaced in tests.
    """

    def __init__(
        self,
        limit: float | None = None,
        wall: float | None = None,
        spent: Mapping[str, float] | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.timings: dict[str, float] = dict(spent or {})
        self._limit, self._wall, self._now = limit, wall, now
        self._began = now() - sum(self.timings.values())
        self._running: tuple[str, float] | None = None
        self._lock = threading.Lock()  # a stage that ends is never counted twice, or not at all

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens within to a stage; stages do not nest."""
        assert self._running is None, f"stage {name} within {self._running}"
        self._running = (name, self._now())
        try:
            with INTERRUPTS.told():
                yield
        finally:
            with self._lock:
                self.timings[name] = self.timings.get(name, 0.0) + self._now() - self._running[1]
                self._running = None

    def of(self, name: str) -> float:
        """Seconds of a stage so far, also of the one that is running."""
        return self._sum((name,))

    def used(self) -> float:
        """Seconds of search so far."""
        return self._sum(LIMITED)

    def _sum(self, names: tuple[str, ...]) -> float:
        with self._lock:
            over = sum(self.timings.get(name, 0.0) for name in names)
            if self._running is None or self._running[0] not in names:
                return over
            return over + self._now() - self._running[1]

    def left(self) -> float:
        """Seconds of search left; infinite without a limit."""
        return min(
            float("inf") if self._limit is None else self._limit - self.used(), self.wall_left()
        )

    def wall_left(self) -> float:
        """Seconds left of everything; infinite without a limit."""
        return float("inf") if self._wall is None else self._wall - (self._now() - self._began)

    def expired(self) -> bool:
        """Whether to stop searching: the time is up, or the user wants an end."""
        return INTERRUPTS.asked or self.left() <= 0

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._limit is not None or self._wall is not None
