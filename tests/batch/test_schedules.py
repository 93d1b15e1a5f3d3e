"""A store's schedules as result files that `verify` reads."""

import json

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.schedules import export_schedules, file_name
from gaus_jax.batch.stored import read, start_of
from gaus_jax.cli import main
from gaus_jax.core.build import make_problem
from gaus_jax.importers import save
from gaus_jax.report.result_file import write_result
from tests.batch.small import QUICK, problems

ROWS = """path,name,objective,limits,kappa
g0.json,,,,
g1.json,,A,,2
loop.json,,C,op=1,
g0.json,mine,,,3
gone.json,,,,
"""


@pytest.fixture
def solved(tmp_path):
    """A store of five rows, one of whose files is missing."""
    place = tmp_path / "graphs"
    place.mkdir()
    for k, problem in enumerate(problems(2)):
        save(problem, place / f"g{k}.json")
    edges = [(0, 1), (1, 2), (2, 3), (3, 0)]
    loop = make_problem(4, edges, distance=[0, 0, 0, 2], limit=2, classes=["op"], name="loop")
    save(loop, place / "loop.json")
    (place / "index.csv").write_text(ROWS)
    run_batch([*gather([place]), *gather(["hal:1"])], tmp_path / "out", QUICK)
    return tmp_path / "out"


def test_every_schedule_is_a_file_that_verify_reads(solved, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "results"
    assert main(["export", str(solved), "--schedules", str(out)]) == 0
    assert f"5 schedules in {out}" in capsys.readouterr().out
    records = {file_name(r["name"]): r for r in read(solved) if r.get("value") is not None}
    assert records.keys() == {path.name for path in out.iterdir()}
    save_hal(tmp_path)
    for name, record in records.items():
        tree = json.loads((out / name).read_text())
        assert tree["format"] == "gaus-jax-result"
        assert tree["start"] == start_of(solved, record).tolist()
        assert len(tree["ids"]) == len(tree["start"])
        assert tree["objective"]["value"] == record["value"]
        for key in ("status", "lower_bound", "depth", "ii", "seed", "timings"):
            assert tree[key] == record[key]
        graph = record.get("path", "hal.json")
        assert main(["verify", str(graph), str(out / name)]) == 0
        assert "another content" not in capsys.readouterr().err
    with pytest.raises(InputError, match="has files already"):
        export_schedules(solved, out, write_result, print)


def save_hal(folder) -> None:
    assert main(["generate", "hal", "--size", "1", "--out", str(folder / "hal.json")]) == 0


def test_a_graph_that_is_gone_or_another_costs_itself_alone(solved, tmp_path, capsys):
    save(problems(3)[2], tmp_path / "graphs" / "g1.json")
    (tmp_path / "graphs" / "loop.json").unlink()
    assert main(["export", str(solved), "--schedules", str(tmp_path / "results")]) == 1
    said = capsys.readouterr()
    assert "3 schedules in" in said.out
    assert "g1.json#objective=A,kappa=2: not written: its graph is another one" in said.err
    assert "loop.json#limits=op=1,objective=C: not written:" in said.err
    assert len(list((tmp_path / "results").iterdir())) == 3


def test_names_are_safe_and_do_not_clash(tmp_path):
    assert file_name("/abs/a b/g.gml#kappa=1.5,ii=3") == "abs_a_b_g.gml#kappa=1.5,ii=3.json"
    assert file_name("../../x") == "x.json"
    assert file_name("///") == "graph.json"
    assert file_name("\udcff.dot") == "dot.json"
    long, other = (file_name(letter + "/graphs" * 99) for letter in "ab")
    assert len(long) < 230
    assert long != other
    (tmp_path / "a").mkdir()
    for name in ("a/g.json", "a_g.json"):
        save(problems(1)[0], tmp_path / name)
    (tmp_path / "both.csv").write_text("path,name\na/g.json,a/g\na_g.json,a_g\n")
    run_batch(gather([tmp_path / "both.csv"]), tmp_path / "out", QUICK)
    with pytest.raises(InputError, match=r"a/g and a_g would both be written to a_g\.json"):
        export_schedules(tmp_path / "out", tmp_path / "results", write_result, print)
    assert not (tmp_path / "results").exists()
    assert main(["export", str(tmp_path / "out")]) == 2
