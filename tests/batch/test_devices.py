"""Several devices and several processes: the same answers, and what happens when one is gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.batch.alike import round_alike
from gaus_jax.batch.distributed import Joined
from gaus_jax.batch.shards import Shard
from gaus_jax.batch.stored import read, start_of
from gaus_jax.importers import save
from tests.batch.small import problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def two_devices() -> dict:
    flags = "--xla_force_host_platform_device_count=2"
    place = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": place}
    round_alike(environment)  # as the command does
    command = [sys.executable, "-m", "tests.batch.two_devices"]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.slow
def test_two_devices_give_the_schedules_of_one(two_devices):
    assert two_devices["same"]


@pytest.mark.slow
def test_two_devices_round_like_one(two_devices):
    assert two_devices["means"]


@pytest.mark.slow
@pytest.mark.parametrize("evaluation", ["hat", "window"])
def test_a_graph_on_two_devices_has_the_loss_and_gradient_of_one(two_devices, evaluation):
    loss, gradient, most = two_devices["graph"][evaluation]
    assert most > 0
    assert loss < 1e-5
    assert gradient < 1e-4


class Told:
    """A key-value store in which only this process speaks."""

    def __init__(self, others: dict[str, str]) -> None:
        self.values = others

    def key_value_set(self, key, value, allow_overwrite):
        self.values[key] = value

    def key_value_try_get(self, key):
        if key not in self.values:
            raise RuntimeError("NOT_FOUND")
        return self.values[key]


def test_a_silent_peer_is_named_within_its_time():
    client = Told({"gaus-jax/1": "3"})
    with Joined(Shard(0, 3), client, beat=0.01, silence=0.2) as peers:
        deadline = time.monotonic() + 10
        while not peers.lost and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(InputError, match=r"process [12] of 3 has not been heard of.*are kept"):
            peers.check()


def test_peers_that_are_through_are_not_missed():
    client = Told({"gaus-jax/1": "over"})
    with Joined(Shard(0, 2), client, beat=0.01, silence=0.1) as peers:
        time.sleep(0.3)
        peers.wait()
        assert client.values["gaus-jax/0"] == "over"


def _process(number: int, port: int, folder: Path, out: Path, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "gaus_jax.cli", "batch", str(folder), "--out", str(out)]
    command += ["--objective", "B", "--set", "optimise.steps=0", "--no-cache", "--distributed"]
    command += ["--coordinator", f"127.0.0.1:{port}", "--processes", "2"]
    command += ["--process", str(number), "--set", "line.loaders=0", *more]
    environment = os.environ | {"JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def _port() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "graphs"
    place.mkdir()
    for problem in problems():
        save(problem, place / f"{problem.name}.json")
    return place


@pytest.mark.slow
def test_two_processes_share_the_work(folder, tmp_path):
    port = _port()
    pair = [_process(k, port, folder, tmp_path / "out") for k in range(2)]
    for process in pair:
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
    assert len(list((tmp_path / "out").glob("records.*-of-2.jsonl"))) == 2
    records = list(read(tmp_path / "out"))
    assert len(records) == 9
    assert all(start_of(tmp_path / "out", record) is not None for record in records)


@pytest.mark.slow
@pytest.mark.parametrize("gone", [0, 1])
def test_a_peer_that_dies_is_a_clear_error_and_work_is_kept(folder, tmp_path, gone):
    port, out = _port(), tmp_path / "out"
    endless = ("--set", "most_moves=2000000000", "--set", "legalise.sweeps=1e9")
    pair = [_process(k, port, folder, out, *endless) for k in range(2)]
    while not list(out.glob("records.*.jsonl")):
        time.sleep(0.2)
    time.sleep(3)
    pair[gone].send_signal(signal.SIGKILL)
    pair[gone].communicate(timeout=60)
    began = time.monotonic()
    _, error = pair[1 - gone].communicate(timeout=120)
    assert time.monotonic() - began < 60
    assert pair[1 - gone].returncode != 0
    assert "the results so far are kept" in error
