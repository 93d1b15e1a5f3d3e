"""Graphs keep the names that a folder has for them, however their paths are typed."""

import os

import pytest

from gaus_jax.batch.earlier import Earlier
from gaus_jax.batch.export import export
from gaus_jax.batch.inputs import distinct, gather
from gaus_jax.batch.lines import encode
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.stored import read
from gaus_jax.importers import save
from tests.batch.small import QUICK, problems


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with two graphs in ``graphs``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graphs").mkdir()
    for k, problem in enumerate(problems(2)):
        save(problem, f"graphs/g{k}.json")
    return tmp_path


def names(store) -> list[str]:
    return sorted(record["name"] for record in read(store))


def test_a_path_typed_otherwise_is_the_same_graph(here, monkeypatch):
    assert run_batch(gather(["graphs/"]), "out", QUICK).summary.done == 2
    for typed in (here / "graphs", "./graphs", os.path.join("graphs", "..", "graphs")):
        ran = run_batch(gather([typed]), "out", QUICK)
        assert (ran.before, ran.summary.done) == (2, 0)
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    ran = run_batch(gather(["../graphs/g0.json"]), "../out", QUICK)
    assert (ran.before, ran.summary.done) == (1, 0)
    save(problems(3)[2], "../graphs/g0.json")
    assert run_batch(gather(["../graphs"]), "../out", QUICK).summary.done == 1
    assert export("../out", "../table.csv") == 2  # the new answer in place of the old one
    assert names("../out") == ["graphs/g0.json", "graphs/g1.json"]


def test_one_file_typed_in_two_ways_is_solved_once(here):
    notes: list[str] = []
    ran = run_batch(gather(["graphs", here / "graphs"]), "out", QUICK, notice=notes.append)
    assert ran.summary.done == 2
    assert notes == [f"graphs/g{k}.json: given twice, solved once" for k in range(2)]


def test_names_of_an_index_and_what_is_asked_stay(here):
    rows = "path,name,kappa\ng0.json,mine,\ng0.json,,2\ng0.json,,3\n"
    (here / "graphs" / "index.csv").write_text(rows)
    given = ["graphs/g0.json", "graphs"]
    assert run_batch(gather(given), "out", QUICK).summary.done == 4
    items = gather([here / "graphs" / "g0.json", here / "graphs"])
    again = list(distinct(Earlier("out").called_alike(items), print))
    assert [item.name for item in again] == [
        "graphs/g0.json",
        "mine",
        "graphs/g0.json#kappa=2",
        "graphs/g0.json#kappa=3",
    ]
    (here / "graphs" / "index.csv").write_text(rows.replace("mine", "yours"))
    assert run_batch(gather(["graphs"]), "out", QUICK).summary.done == 1


def test_records_without_an_origin_are_known_by_their_names(here):
    run_batch(gather(["graphs"]), "out", QUICK)
    lines = [{k: v for k, v in r.items() if k not in ("path", "crc32")} for r in read("out")]
    (here / "out" / "records.jsonl").write_bytes(b"".join(map(encode, lines)))
    assert run_batch(gather(["graphs"]), "out", QUICK).before == 2
