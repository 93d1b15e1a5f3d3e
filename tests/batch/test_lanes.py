"""Slots that the device's memory does not hold."""

import pytest

from gaus_jax.batch import share
from gaus_jax.batch.items import Item
from gaus_jax.batch.line import Line, local_mesh
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.solve import solve_batch
from gaus_jax.batch.stored import read
from tests.batch.small import QUICK, SETTINGS, problems

SHORT = RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes")


def compiling(arguments, *static):
    raise SHORT


def running(arguments, *static):
    def run(*parts):
        raise SHORT

    return run


@pytest.mark.parametrize("program", [compiling, running])
def test_graphs_that_no_memory_holds_are_searched_by_moves_alone(program, monkeypatch):
    monkeypatch.setattr(share, "compiled", program)
    line = Line(SETTINGS, 0, local_mesh())
    found = {s.name: s for s in line.run(Item(name=p.name, problem=p) for p in problems())}
    plain = {s.name: s.result for s in solve_batch(problems(), settings=QUICK)}
    assert found.keys() == plain.keys()
    for name, solved in found.items():
        assert solved.result.legal
        assert solved.result.schedule.start.tolist() == plain[name].schedule.start.tolist()
    told = [s for s in found.values() if "by moves alone: the device's memory" in s.reason]
    assert 0 < len(told) == line.summary.reasons.total  # the others are solved without steps
    (tally,) = line.summary.buckets.values()
    assert (tally.halved, tally.finished) == (2, 0)


def test_a_batch_without_memory_for_its_gradient_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(share, "compiled", running)
    items = [Item(name=p.name, problem=p) for p in problems(4)]
    ran = run_batch(items, tmp_path / "out", SETTINGS)
    assert (ran.summary.done, ran.bad) == (4, 0)
    assert any("by moves alone" in r["reason"] for r in read(tmp_path / "out"))
    assert run_batch(items, tmp_path / "out", SETTINGS).before == 4


def test_other_errors_of_the_device_are_raised(monkeypatch):
    def broken(arguments, *static):
        raise RuntimeError("INTERNAL: a fault")

    monkeypatch.setattr(share, "compiled", broken)
    with pytest.raises(RuntimeError, match="INTERNAL: a fault"):
        list(solve_batch(problems(3), settings=SETTINGS))
