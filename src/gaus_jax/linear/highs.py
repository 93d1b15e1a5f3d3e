"""HiGHS under a time limit that holds: in a process of its own, which is ended when it is late."""

import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

CHILD = Path(__file__).with_name("highs_child.py")


class Highs:
    """A waiting process; it solves one programme."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process

    def solve(self, seconds: float, **programme: Any) -> tuple[np.ndarray, np.ndarray] | None:
        """The optimum and the marginals of the rows; None: not within the seconds, or none at all.

        Args:
            seconds: after which the process is killed.
            programme: the arguments of ``scipy.optimize.linprog``.
        """
        if seconds <= 0:
            return None
        timer = threading.Timer(seconds, self._process.kill) if np.isfinite(seconds) else None
        if timer:
            timer.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            pickle.dump(programme, self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):  # it was killed, at whatever point
            return None
        finally:
            if timer:
                timer.cancel()


@contextmanager
def highs() -> Iterator[Highs]:
    """A process that has loaded the solver; it is gone afterwards."""
    command = [sys.executable, str(CHILD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield Highs(process)
        finally:
            process.kill()
