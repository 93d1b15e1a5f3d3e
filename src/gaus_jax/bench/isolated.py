"""Tasks in processes of their own, which outlive neither their time nor their parent."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaus_jax.bench.outcome import blank

COMMAND = (sys.executable, "-m", "gaus_jax.bench.worker")


class Nursery:
    """Starts workers, and can stop all of them at once; its methods may be called by any thread.

    Args:
        factor: a run is stopped after this many of its limits,
        grace: and so many seconds more.
        command: the worker's, to which the file for its outcome is added; replaced in tests.
    """

    def __init__(self, factor: float, grace: float, command: tuple[str, ...] = COMMAND) -> None:
        self._factor, self._grace, self._command = factor, grace, command
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen] = set()
        self._stopped = False

    def perform(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """The outcome of a task; of one whose worker ends without any, the reason why."""
        with tempfile.TemporaryDirectory(prefix="gaus-jax-bench-") as name:
            folder = Path(name)
            began = time.perf_counter()
            reason = self._run(task, folder)
            try:
                return json.loads((folder / "outcome.json").read_bytes())
            except (OSError, ValueError):  # none, or a part
                tail = (folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
                seconds = round(time.perf_counter() - began, 3)
                return blank("failed", f"{tail.strip()}\n{reason}".strip()) | {"wall_s": seconds}

    def stop(self) -> None:
        """Kill what runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)

    def _run(self, task: Mapping[str, Any], folder: Path) -> str:
        """Start a worker and wait for its end; how it ended."""
        patience = self._factor * task["limit"] + self._grace
        with (folder / "log").open("wb") as log:
            with self._lock:
                if self._stopped:
                    return "stopped before it began"
                process = subprocess.Popen(
                    [*self._command, str(folder / "outcome.json")],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # its children are killed with it, and Ctrl-C is ours
                )
                self._running.add(process)
            assert process.stdin is not None
            try:
                # Kept open: the worker ends when this end of the pipe is closed.
                process.stdin.write(json.dumps(task).encode() + b"\n")
                process.stdin.flush()
                process.wait(patience)
            except BrokenPipeError:
                process.wait()
            except subprocess.TimeoutExpired:
                _kill(process)
                process.wait()
                return f"stopped after {patience:g} s, its limit is {task['limit']:g} s"
            finally:
                with self._lock:
                    self._running.discard(process)
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
        return _ending(process.returncode)


def _ending(code: int) -> str:
    if code >= 0:
        return f"the process ended with exit code {code}"
    hint = ", as a rule for want of memory" if -code == signal.SIGKILL else ""
    return f"the process was killed by signal {-code} ({signal.strsignal(-code)}){hint}"


def _kill(process: subprocess.Popen) -> None:
    """End a worker and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
