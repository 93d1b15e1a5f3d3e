"""Running a benchmark: complete records, resuming, and whatever can go wrong with a run."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from gaus_jax.base.errors import InputError, MissingExtraError, UnsoundBoundError
from gaus_jax.base.files import sole_writer
from gaus_jax.base.registry import table
from gaus_jax.baselines import BASELINES
from gaus_jax.bench import records
from gaus_jax.bench.config import read_config
from gaus_jax.bench.plan import runs
from gaus_jax.bench.run import run_all
from gaus_jax.instances import generate
from tests import reference

HAL = generate("hal", 1)
SMALL = 'small = ["hal:1"]\n'
ASAP = {"objective": "A", "method": "asap"}


@dataclass(frozen=True)
class Planted:
    """A baseline that does what a test wants of it."""

    name: str = "planted"
    refusal: str = ""
    raises: type[BaseException] | None = None
    claims: float = 0.0  # a bound
    offers: bool = True
    pause: int = 0
    parts: Mapping | None = None

    def supports(self, problem, objective):
        return self.refusal

    def run(self, attempt):
        if self.raises:
            raise self.raises("planted")
        with attempt.clock.stage("compile"):
            sum(range(self.pause))
        attempt.bound(self.claims)
        if self.offers:
            attempt.offer(attempt.window.asap)


class Part:
    """An object without fields, that has an address."""

    def __init__(self, name):
        self.name = name


class Mended(Planted):
    """The same settings, and no failure."""

    def run(self, attempt):
        attempt.offer(attempt.window.asap)


class Stubborn(Planted):
    """Takes an interrupt for the end of its time, as the solver does."""

    def run(self, attempt):
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        super().run(attempt)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run [[methods]] on one small graph within this process; what was said."""

    def run(methods, *, planted=None, objectives='["A"]', again=False, before="", sets=SMALL):
        if planted:
            monkeypatch.setitem(BASELINES._entries, "planted", planted)
        path = tmp_path / "bench.toml"
        lists = f"objectives = {objectives}\nlimits = [0.2]\nseeds = 1\nwarm = 0.0\n"
        path.write_text(f"{before}{lists}root = '.'\nisolate = false\n[sets]\n{sets}{methods}")
        said = []
        config = read_config(path)
        run_all(
            config, runs(config), tmp_path / "out", source="x.toml", again=again, say=said.append
        )
        return said

    run.folder = tmp_path / "out"
    return run


def methods(*names):
    return "".join(f'[[methods]]\nbaseline = "{name}"\n' for name in names)


def only(folder):
    (record,) = records.read(folder)
    return record


def test_a_record_says_everything(bench):
    bench(methods("asap"))
    record = only(bench.folder)
    start = np.load(bench.folder / record["starts"])["start"].tolist()
    assert reference.legal(HAL, start, record["depth"])
    assert record["cost"] == reference.objective_A(HAL, start, record["depth"], "balanced")
    assert record["cost"] == sum(record["weights"][t] * v for t, v in record["terms"].items())
    assert record["sha256"] == HAL.sha256
    assert (record["nodes"], record["edges"]) == (HAL.nodes, HAL.edges)
    assert (record["status"], record["violations"], record["unsound"]) == ("feasible", 0, False)
    assert {"load", "legalise", "verify", "warm"} <= set(record["times_s"])
    assert record["trace"][-1][1] == record["cost"]
    assert record["settings"] == {"baseline": "asap"}
    assert len(record["commit"]) == 40 or record["commit"] == "unknown"
    assert {"python", "jax", "numpy", "numba"} <= set(record["versions"])
    assert record["device"].startswith("cpu")
    assert record["config"] == "x.toml"
    assert 0 < record["seconds"] < record["wall_s"] < 60


def test_the_solver_is_recorded_with_the_time_before_its_search(bench):
    text = '[[methods]]\nlabel = "gaus"\nset = ["optimise.steps=0", "rounds=1"]\n'
    bench(text)
    record = only(bench.folder)
    before = sum(record["times_s"][stage] for stage in ("pack", "baselines"))
    assert record["trace"][0][0] == pytest.approx(before, abs=1e-3)
    assert record["bound"] <= record["cost"]
    assert record["settings"]["rounds"] == 1
    assert "objective" not in record["settings"]
    assert not record["rival"]


def test_a_loop_is_recorded_with_its_intervals(bench):
    bench(methods("iterative_modulo"), objectives='["C"]')
    record = only(bench.folder)
    assert record["ii_asked"] == "auto"
    assert record["ii"] == record["min_ii"] == 1
    assert record["budget_s"] == record["limit_s"]
    start = np.load(bench.folder / record["starts"])["start"].tolist()
    assert record["cost"] == reference.objective_C(HAL, start, record["depth"], 1)
    assert "1 of them recorded already" in bench(methods("iterative_modulo"), objectives='["C"]')[0]


def test_larger_graphs_may_have_more_time(bench):
    bench(methods("asap"), before="limit_per_node = 0.01\n")
    assert only(bench.folder)["budget_s"] == pytest.approx(0.2 + 0.01 * HAL.nodes)


def test_a_name_that_only_a_solve_can_judge_is_a_failed_run(bench):
    bench('[[methods]]\nlabel = "gaus"\nset = ["optimise.optimiser=magic"]\n')
    record = only(bench.folder)
    assert record["status"] == "failed"
    assert "unknown optimiser 'magic'; known: adam" in record["reason"]


def test_what_is_recorded_is_not_run_again(bench):
    bench(methods("asap"))
    before = (bench.folder / records.RECORDS).read_bytes()
    said = bench(methods("asap", "alap"))
    assert said[0] == "2 runs, 1 of them recorded already"
    assert (bench.folder / records.RECORDS).read_bytes().startswith(before)
    assert [r["method"] for r in records.read(bench.folder)] == ["asap", "alap"]


def test_other_settings_are_another_run(bench):
    planted = methods("planted")
    bench(planted, planted=Planted())
    said = bench(planted, planted=Planted(pause=3))
    assert said[0] == "1 runs, 0 of them recorded already"
    assert len(records.read(bench.folder)) == 2


def test_settings_that_hold_other_parts_are_the_same_in_every_process(bench):
    planted = methods("planted")
    bench(planted, planted=Planted(parts=table("part", Planted(name="a"), Part("b"))))
    said = bench(planted, planted=Planted(parts=table("part", Planted(name="a"), Part("b"))))
    assert said[0] == "1 runs, 1 of them recorded already"
    parts = only(bench.folder)["settings"]["parts"]
    assert (parts["a"]["name"], parts["b"]) == ("a", "Part")


def test_compilation_counts_against_no_limit(bench):
    bench(methods("planted"), planted=Planted(pause=5_000_000))
    record = only(bench.folder)
    assert record["times_s"]["compile"] > 0.02 > record["seconds"]


@pytest.mark.parametrize(
    ("planted", "status", "reason"),
    [
        (Planted(raises=RuntimeError), "failed", "RuntimeError: planted"),
        (Planted(raises=MemoryError), "failed", "MemoryError: planted"),
        (Planted(offers=False), "failed", "no schedule within the limit"),
        (Planted(refusal="Too large for it."), "unsupported", "Too large for it."),
        (Planted(raises=MissingExtraError), "unsupported", "planted"),
    ],
)
def test_what_goes_wrong_is_recorded(bench, planted, status, reason):
    bench(methods("planted", "asap"), planted=planted)
    first, second = records.read(bench.folder)
    assert (first["status"], first["cost"], first["starts"]) == (status, None, None)
    assert first["reason"].strip().endswith(reason)
    assert second["status"] == "feasible"


def test_failures_are_made_again_when_asked(bench):
    bench(methods("planted"), planted=Planted(raises=RuntimeError))
    assert "1 of them recorded" in bench(methods("planted"))[0]
    bench(methods("planted"), planted=Mended(raises=RuntimeError), again=True)
    assert only(bench.folder)["status"] == "feasible"  # the last of the key
    assert len((bench.folder / records.RECORDS).read_text().splitlines()) == 2


def test_what_was_refused_is_made_again_when_asked(bench):
    bench(methods("planted"), planted=Planted(raises=MissingExtraError))
    bench(methods("planted"), planted=Mended(raises=MissingExtraError), again=True)
    assert only(bench.folder)["status"] == "feasible"


def test_a_graph_that_has_changed_is_not_taken_for_the_one_recorded(bench):
    graph = bench.folder.parent / "g.dot"
    sets = 'ours = ["g.dot"]\n'
    graph.write_text("digraph { a -> b }")
    bench(methods("asap"), sets=sets)
    graph.write_text("digraph { a -> b -> c }")
    with pytest.raises(InputError, match=r"g.dot: is not the graph that the records call g:"):
        bench(methods("alap"), sets=sets)
    assert [r["method"] for r in records.read(bench.folder)] == ["asap"]


def test_runs_of_other_seconds_are_not_taken_for_those_asked_for(bench):
    bench(methods("asap"))
    with pytest.raises(InputError, match=r"asap on .*1 is recorded with 0.2 s, and 11.2 s are"):
        bench(methods("asap"), before="limit_per_node = 1.0\n")


def test_two_benches_do_not_write_to_one_folder(bench):
    bench(methods("asap"))
    with (
        sole_writer(bench.folder / records.RECORDS),
        pytest.raises(InputError, match="another run is writing to it"),
    ):
        bench(methods("alap"))
    assert "1 of them recorded" in bench(methods("asap"))[0]


def test_a_full_disk_ends_with_a_sentence(bench, monkeypatch):
    bench(methods("asap"))

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records.os, "fsync", full)
    told = r"cannot be written \(No space left on device\); what was recorded before is kept"
    with pytest.raises(InputError, match=told):
        records.append(bench.folder, only(bench.folder))
    with pytest.raises(InputError, match="cannot be written"):  # the schedule, which goes first
        bench(methods("asap", "alap"))


def test_a_bound_above_its_own_cost_stops_the_bench(bench):
    with pytest.raises(UnsoundBoundError, match=r"planted .*hal:1, A, .*below its lower bound"):
        bench(methods("planted", "alap"), planted=Planted(claims=1e9))
    assert [r["unsound"] for r in records.read(bench.folder)] == [True]


def test_a_bound_above_the_cost_of_another_stops_the_bench(bench):
    lie = Planted(claims=1e9, offers=False)
    with pytest.raises(
        UnsoundBoundError, match=r"bound 1000000000.0 of planted .* cost .* of asap"
    ):
        bench(methods("asap", "planted", "alap"), planted=lie)
    assert [r["method"] for r in records.read(bench.folder)] == ["asap", "planted"]
    with pytest.raises(UnsoundBoundError, match="once that is mended, --again"):  # nor go on
        bench(methods("asap", "planted", "alap"))
    mended = Mended(claims=1e9, offers=False)
    said = bench(methods("asap", "planted", "alap"), planted=mended, again=True)
    assert said[0] == "3 runs, 0 of them recorded already"  # either of two may have been wrong
    records.check_bounds(records.read(bench.folder))


def test_bounds_of_other_cases_do_not_matter(bench):
    lie = Planted(claims=1e9, offers=False)
    bench(methods("planted"), planted=lie, objectives='["B"]')
    bench(methods("asap"))
    held = records.read(bench.folder)
    said = [(r["method"], r["objective"], r["status"], r["unsound"]) for r in held]
    assert said == [("planted", "B", "failed", False), ("asap", "A", "feasible", False)]
    assert held[0]["bound"] == 1e9 > held[1]["cost"]
    records.check_bounds(held)


def test_a_line_cut_short_is_left_out_and_left_alone(bench):
    bench(methods("asap", "alap"))
    path = bench.folder / records.RECORDS
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    said = bench(methods("asap", "alap"))
    assert said[0] == f"{path}:2: not a whole record, left out"
    assert [r["method"] for r in records.read(bench.folder)] == ["asap", "alap"]
    lines = path.read_bytes().splitlines()
    assert len(lines) == 3
    assert lines[1] == whole.splitlines()[1][:-39]
    assert json.loads(lines[2])["method"] == "alap"


def test_a_run_cut_short_by_an_interrupt_is_no_record(bench):
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        bench(methods("asap", "planted", "alap"), planted=Stubborn())
    assert [r["method"] for r in records.read(bench.folder)] == ["asap"]
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_folder_that_cannot_be_made_is_named(bench):
    bench.folder.write_text("a file")
    with pytest.raises(InputError, match="out: cannot be made"):
        bench(methods("asap"))
