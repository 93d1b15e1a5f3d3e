"""Runs in processes of their own: limits, crashes, the parent's death."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gaus_jax.bench import records
from gaus_jax.bench.isolated import COMMAND, Nursery

CONFIG = """
objectives = ["B"]
limits = [{limit}]
seeds = 1
[sets]
small = ["dense:60"]
[[methods]]
baseline = "asap"
[[methods]]
label = "gaus"
set = ["optimise.steps=0"]
"""


def nursery(script, factor=1.0, grace=20.0):
    """One whose workers run a script; ``path`` is where the outcome goes."""
    head = (
        "import json, os, sys, time; path = sys.argv[1]; task = json.loads(sys.stdin.readline());"
    )
    return Nursery(factor, grace, (sys.executable, "-c", head + script))


def test_the_outcome_is_the_workers():
    outcome = nursery("open(path, 'w').write(json.dumps({'was': task}))").perform({"limit": 1.0})
    assert outcome == {"was": {"limit": 1.0}}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.kill(os.getpid(), 9)", r"killed by signal 9 \(Killed\), as a rule for want of memory"),
        ("os.kill(os.getpid(), 11)", "killed by signal 11"),
        ("raise ValueError('planted')", "ValueError: planted\n.*exit code 1"),
        ("open(path, 'w').write('{\"cut')", "exit code 0"),
    ],
)
def test_a_worker_that_ends_without_an_outcome_says_how(script, reason):
    outcome = nursery(script).perform({"limit": 1.0})
    assert (outcome["status"], outcome["cost"], outcome["unsound"]) == ("failed", None, False)
    assert pytest.approx(0, abs=20) == outcome["wall_s"]
    assert re.search(reason, outcome["reason"])


def test_a_run_over_its_time_is_stopped_with_all_that_it_started(tmp_path):
    pid = tmp_path / "pid"
    script = "import subprocess as s; p = s.Popen(['sleep', '60']);"
    script += f"open({str(pid)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    began = time.perf_counter()
    outcome = nursery(script, factor=2.0, grace=1.0).perform({"limit": 0.25})
    assert 1.5 <= time.perf_counter() - began < 10
    assert outcome["reason"] == "stopped after 1.5 s, its limit is 0.25 s"
    until(lambda: gone(int(pid.read_text())))


def test_stopping_kills_what_runs_and_starts_nothing_more():
    busy = nursery("time.sleep(60)")
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(busy.perform({"limit": 30.0})))
    thread.start()
    while not busy._running:
        time.sleep(0.01)
    busy.stop()
    thread.join(10)
    assert "signal 9" in outcomes[0]["reason"]
    assert busy.perform({"limit": 30.0})["reason"] == "stopped before it began"


@pytest.fixture
def ended(tmp_path):
    """A bench of two runs that a signal has ended during the second one."""
    command = [sys.executable, "-m", "gaus_jax.cli", "bench", str(tmp_path / "bench.toml")]
    command += ["--out", str(tmp_path / "out")]

    def end(how, limit):
        (tmp_path / "bench.toml").write_text(CONFIG.format(limit=limit))
        first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        file = tmp_path / "out" / records.RECORDS
        until(lambda: file.exists() and file.read_bytes().endswith(b"\n"))
        workers = until(lambda: children(first.pid))  # of the second run
        first.send_signal(how)
        _, said = first.communicate(timeout=20)
        until(lambda: all(map(gone, workers)))
        return command, file, said

    return end


def test_an_interrupt_leaves_a_good_file_and_nothing_running(ended):
    _, file, said = ended(signal.SIGINT, limit=120.0)
    assert f"interrupted; {file.parent} holds what is done" in said
    assert [r["method"] for r in records.read(file.parent)] == ["asap"]


def test_a_worker_ends_with_its_parent(tmp_path):
    method = {"label": "gaus", "set": ["optimise.steps=0"]}
    task = {"source": "dense:60", "objective": {"name": "B"}, "method": method}
    task |= {"seed": 0, "limit": 120.0, "warm": 0.0}
    with subprocess.Popen([*COMMAND, str(tmp_path / "outcome")], stdin=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(task).encode() + b"\n")
        worker.stdin.close()  # as the system does when a process ends, however it ends
        assert worker.wait(30) == 1


def test_a_bench_that_is_killed_goes_on_where_it_was(ended):
    command, file, _ = ended(signal.SIGKILL, limit=1.0)
    assert [r["method"] for r in records.read(file.parent)] == ["asap"]
    before = file.read_bytes()
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2 runs, 1 of them recorded already" in again.stdout
    assert file.read_bytes().startswith(before)
    found = records.read(file.parent)
    assert [r["method"] for r in found] == ["asap", "gaus"]
    assert all(r["status"] in ("feasible", "optimal") for r in found)
    assert all(50 < r["peak_mb"] < 5000 for r in found)
    assert len(file.read_bytes().splitlines()) == 2


def until(holds, seconds=30.0):
    """Wait for something to become true; what it was."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise TimeoutError


def children(parent):
    """The processes that another has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def gone(pid):
    """Whether there is no such process, or only what is left of it."""
    try:
        os.kill(pid, 0)
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return True
