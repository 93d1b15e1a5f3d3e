"""How far a batch is: bars on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TextIO

from tqdm import tqdm

from gaus_jax.batch.buckets import Bucket
from gaus_jax.batch.summary import Summary

EVERY = 10.0  # seconds between two lines


class Bars:
    """A bar for the whole, and one for each bucket of graphs on the device.

    Args:
        todo: graphs.
        stream: a terminal.
    """

    def __init__(self, todo: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._whole = self._bar("all", todo, 0)
        self._own: dict[Bucket, tqdm] = {}

    def __call__(self, summary: Summary) -> None:
        """Show where a batch is."""
        for bucket, tally in summary.buckets.items():
            if bucket not in self._own:
                name = f"up to {bucket.shape.free} x {bucket.shape.steps}"
                self._own[bucket] = self._bar(name, None, len(self._own) + 1)
            self._own[bucket].n = tally.finished
            self._own[bucket].refresh()
        bad = summary.statuses["failed"] + summary.statuses["infeasible"]
        self._whole.set_postfix(bad=bad, refresh=False)
        self._whole.update(summary.done - self._whole.n)

    def close(self) -> None:
        """Leave the terminal as it was."""
        for bar in (*self._own.values(), self._whole):
            bar.close()

    def _bar(self, name: str, total: int | None, position: int) -> tqdm:
        return tqdm(
            desc=name, total=total, unit="graph", file=self._stream, position=position,
            leave=position == 0, smoothing=0.1,
        )  # fmt: skip


class Lines:
    """A line now and then: graphs done, a second, and the time left.

    Args:
        todo: graphs.
        stream: a log.
        every: seconds between two lines.
    """

    def __init__(self, todo: int, stream: TextIO | None = None, every: float = EVERY) -> None:
        self._todo, self._stream, self._every = todo, stream or sys.stderr, every
        self._said = time.monotonic()
        self._before = 0

    def __call__(self, summary: Summary) -> None:
        """Say where a batch is, unless that was said a moment ago."""
        now = time.monotonic()
        if now - self._said < self._every:
            return
        rate = (summary.done - self._before) / (now - self._said)
        self._said, self._before = now, summary.done
        left = (self._todo - summary.done) / max(rate, 1e-9)
        bad = summary.statuses["failed"] + summary.statuses["infeasible"]
        buckets = " ".join(
            f"{bucket.shape.free}x{bucket.shape.steps}:{tally.finished}"
            for bucket, tally in summary.buckets.items()
        )
        print(
            f"{summary.done} of {self._todo} graphs, {rate:.1f} a second, {left:.0f} s left, "
            f"{bad} without a schedule, by shape {buckets or 'none yet'}",
            file=self._stream,
            flush=True,
        )

    def close(self) -> None:
        """Nothing is open."""
