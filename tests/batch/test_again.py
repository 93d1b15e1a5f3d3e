"""What failed: said again by a run that goes on, and solved anew where that is asked."""

import json

import pytest

from gaus_jax.base.errors import UnsoundBoundError
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.merge import merge
from gaus_jax.batch.prepare import made_ready
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.stored import read
from gaus_jax.cli import main
from gaus_jax.importers import save
from tests.batch.small import QUICK, problems

FLAGS = ["--kappa", "1.5", "--set", "optimise.steps=0", "--set", "line.loaders=0", "--no-cache"]


@pytest.fixture
def items(tmp_path):
    """Two graphs, and one that no depth of its row can hold."""
    for k, problem in enumerate(problems(2)):
        save(problem, tmp_path / f"g{k}.json")
    (tmp_path / "index.csv").write_text("path,depth\ng0.json,\ng1.json,\ng0.json,1\n")
    return gather([tmp_path / "index.csv"])


def failing(error):
    """A line in which the graph g1 costs an error of this package."""

    def made(index, item, *given):
        if item.name.endswith("g1.json"):
            raise error
        return made_ready(index, item, *given)

    return made


def statuses(store) -> dict[str, str]:
    return {r["name"].rpartition("/")[2]: r["status"] for r in read(store)}


def test_what_failed_is_solved_anew_only_where_asked(items, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("gaus_jax.batch.line.made_ready", failing(MemoryError("no memory")))
        assert run_batch(items, out, QUICK).bad == 2
    assert merge([out], tmp_path / "merged") == (3, 3)
    ran = run_batch(items, out, QUICK)
    assert (ran.before, ran.summary.done, ran.bad) == (3, 0, 2)
    assert f"1 x no memory (as in {items[1].name})" in ran.earlier.lines()
    assert "2 of those done before have no schedule; --again tries" in ran.text()
    ran = run_batch(items, out, QUICK, again=True)
    assert (ran.before, ran.summary.done, ran.bad) == (2, 1, 1)  # one is proved to have none
    assert statuses(out)["g1.json"] in ("feasible", "optimal")
    assert statuses(out)["g0.json#depth=1"] == "infeasible"
    ran = run_batch(items, out, QUICK, again=True)
    assert (ran.before, ran.summary.done, ran.bad) == (3, 0, 1)
    assert merge([out], tmp_path / "merged") == (1, 3)  # the answer in place of the failure
    assert statuses(tmp_path / "merged") == statuses(out)


def test_the_command_says_what_failed_before(tmp_path, capsys, monkeypatch):
    save(problems(1)[0], tmp_path / "g1.json")
    batch = ["batch", str(tmp_path / "g1.json"), "--out", str(tmp_path / "out"), *FLAGS]
    with monkeypatch.context() as patch:
        patch.setattr("gaus_jax.batch.line.made_ready", failing(RuntimeError("a fault")))
        assert main(batch) == 1
    assert "1 x internal RuntimeError: a fault (as in " in capsys.readouterr().out
    assert main(batch) == 1
    said = capsys.readouterr().out
    assert "nothing left to solve\n1 of those done before have no schedule; --again" in said
    assert "1 x internal RuntimeError: a fault (as in " in said
    assert main([*batch, "--again"]) == 0


def test_a_bound_above_a_cost_ends_the_command_with_its_own_code(tmp_path, capsys, monkeypatch):
    for k, problem in enumerate(problems(3)):
        save(problem, tmp_path / f"g{k}.json")
    batch = ["batch", str(tmp_path), "--out", str(tmp_path / "out"), "--quiet", *FLAGS]
    wrong = UnsoundBoundError("g1: cost 1 is below its lower bound 2")
    with monkeypatch.context() as patch:
        patch.setattr("gaus_jax.batch.line.made_ready", failing(wrong))
        assert main(batch) == 3
    assert "internal UnsoundBoundError: g1: cost 1 is below" in capsys.readouterr().err
    assert sorted(statuses(tmp_path / "out").values())[0] == "failed"  # the others are solved
    assert len(statuses(tmp_path / "out")) == 3
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["graphs"] == 3
    assert main(batch) == 3  # until it is solved anew
    assert main([*batch, "--again"]) == 0
