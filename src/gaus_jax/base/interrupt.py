"""Ctrl-C that cannot get lost, and does not strike where it would do harm.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. In a callback of a
compiled library (JAX has one for every garbage collection) it is printed and forgotten; within a
compiler (numba's) it becomes an error of that compiler.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """What has been asked for since the search began. One for the process, as signals are."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._watching = self._holding = False

    @property
    def asked(self) -> bool:
        """Whether the user wants an end, whatever has become of the exception."""
        return self._asked.is_set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Remember every interrupt within, besides raising it; the outermost begins anew.

        Elsewhere than on the main thread, or where the program has a handler of its own, nothing
        is changed.
        """
        if self._watching or not _plain():
            yield
            return
        self._asked.clear()
        self._watching = True
        signal.signal(signal.SIGINT, self._heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._watching = False
            self._asked.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise what is asked for within only at the end of it."""
        main = threading.current_thread() is threading.main_thread()
        if not (self._watching and main) or self._holding:
            yield
            return
        before = self.asked
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self.asked and not before:
            raise KeyboardInterrupt

    @contextmanager
    def told(self) -> Iterator[None]:
        """An error that follows on an interrupt is that interrupt."""
        before = self.asked
        try:
            yield
        except Exception as error:
            if self.asked and not before:
                raise KeyboardInterrupt from error
            raise

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._asked.set()
        if not self._holding:
            raise KeyboardInterrupt


def _plain() -> bool:
    """Whether Ctrl-C raises `KeyboardInterrupt` here, as in any script."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


INTERRUPTS = Interrupts()
