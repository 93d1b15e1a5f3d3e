"""From files to a store: nothing twice, nothing lost."""

import json
import os
from dataclasses import replace

import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.batch.export import export
from gaus_jax.batch.inputs import distinct, gather
from gaus_jax.batch.items import Item
from gaus_jax.batch.merge import merge
from gaus_jax.batch.run import run_batch
from gaus_jax.batch.shards import Shard, read_shard
from gaus_jax.batch.stored import read, start_of
from gaus_jax.cli import main
from gaus_jax.core.result import LEGAL
from gaus_jax.importers import load, save
from tests.batch.small import QUICK, problems


@pytest.fixture
def folder(tmp_path):
    """Nine graphs in files of two formats, one of them in a folder below."""
    place = tmp_path / "graphs"
    (place / "below").mkdir(parents=True)
    for k, problem in enumerate(problems()):
        name = f"below/g{k}.json" if k == 4 else f"g{k}.{'dot' if k % 3 == 0 else 'json.gz'}"
        save(problem, place / name)
    return place


def by_name(store, among=None) -> dict[str, tuple[float, list[int]]]:
    records = [r for r in read(store) if among is None or r["status"] in among]
    return {r["name"]: (r["value"], start_of(store, r).tolist()) for r in records}


def test_a_folder_is_solved_once(folder, tmp_path):
    items, out = gather([folder]), tmp_path / "out"
    assert len(items) == 9
    ran = run_batch(items, out, QUICK)
    assert (ran.before, ran.summary.done, ran.bad) == (0, 9, 0)
    again = run_batch(gather([folder]), out, QUICK)
    assert (again.before, again.summary.done, again.bad) == (9, 0, 0)
    assert len(by_name(out)) == 9
    assert json.loads((out / "summary.json").read_text())["graphs"] == 9


def test_an_interrupted_run_goes_on(folder, tmp_path):
    out = tmp_path / "out"

    def stop(summary):
        if summary.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(gather([folder]), out, QUICK, report=stop)
    kept = by_name(out)
    assert len(kept) == 3  # the fourth was told of before it was written
    ran = run_batch(gather([folder]), out, QUICK)
    assert (ran.before, ran.summary.done) == (3, 6)
    whole = by_name(out)
    assert {name: whole[name] for name in kept} == kept
    run_batch(gather([folder]), tmp_path / "other", QUICK)
    assert by_name(tmp_path / "other") == whole  # as without the interruption


def test_refused_settings_claim_no_folder(folder, tmp_path):
    wrong = replace(QUICK, starts=("nowhere",))
    with pytest.raises(SettingsError, match="unknown start"):
        run_batch(gather([folder]), tmp_path / "out", wrong)
    assert run_batch(gather([folder]), tmp_path / "out", QUICK).bad == 0


def test_results_within_the_folder_are_no_graphs(folder):
    out = folder / "below" / "results"
    assert run_batch(gather([folder]), out, QUICK).summary.done == 9
    again = run_batch(gather([folder]), out, QUICK)
    assert (again.before, again.summary.done) == (9, 0)
    with pytest.raises(InputError, match="no graph files"):
        gather([out])


def test_an_interrupt_that_got_lost_stores_nothing_cut_short(folder, tmp_path, monkeypatch):
    asked = INTERRUPTS._asked
    with INTERRUPTS.watched():
        monkeypatch.setattr("gaus_jax.batch.line.made_ready", lambda *given: asked.set())
        with pytest.raises(KeyboardInterrupt):
            run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert not list(read(tmp_path / "out"))


def test_a_changed_file_is_solved_anew(folder, tmp_path):
    run_batch(gather([folder]), tmp_path / "out", QUICK)
    save(problems()[8], folder / "g0.dot")
    ran = run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert (ran.before, ran.summary.done) == (8, 1)
    assert export(tmp_path / "out", tmp_path / "table.csv") == 9  # and has one row
    assert merge([tmp_path / "out"], tmp_path / "merged") == (9, 9)
    assert merge([tmp_path / "out"], tmp_path / "merged") == (0, 9)


def test_a_corrupt_file_is_recorded(folder, tmp_path):
    (folder / "g1.json.gz").write_bytes(b"\x1f\x8bnonsense")
    ran = run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert (ran.summary.done, ran.bad) == (9, 1)
    (bad,) = [r for r in read(tmp_path / "out") if r["status"] == "failed"]
    assert "g1.json.gz: damaged gzip data" in bad["reason"]
    assert start_of(tmp_path / "out", bad) is None


def test_loading_processes_give_the_same(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("gaus_jax.batch.run.MANY", 1)
    settings = replace(QUICK, line=replace(QUICK.line, loaders=1))
    (folder / "g1.json.gz").write_bytes(b"\x1f\x8bnonsense")
    run_batch(gather([folder]), tmp_path / "out", settings)
    run_batch(gather([folder]), tmp_path / "other", QUICK)
    assert sorted(map(str, _plain(tmp_path / "out"))) == sorted(
        map(str, _plain(tmp_path / "other"))
    )


def _plain(store):
    return [
        {k: v for k, v in r.items() if k not in ("timings", "crc32", "at")} for r in read(store)
    ]


def test_shards_merge_to_the_whole(folder, tmp_path):
    run_batch(gather([folder]), tmp_path / "whole", QUICK)
    for k in range(3):  # two to one folder, as on a shared disk, one to another
        where = tmp_path / ("here" if k < 2 else "there")
        run_batch(gather([folder]), where, QUICK, shard=Shard(k, 3))
    parts = [tmp_path / "here", tmp_path / "there"]
    assert 0 < len(by_name(parts[1])) < 9
    assert merge(parts, tmp_path / "merged") == (9, 9)
    assert merge(parts, tmp_path / "merged") == (0, 9)
    assert by_name(tmp_path / "merged") == by_name(tmp_path / "whole")
    other = replace(QUICK, heat=0.5)
    run_batch(gather([folder])[:1], tmp_path / "other", other)
    with pytest.raises(SettingsError, match=r"settings differ from .*: settings\.heat"):
        merge([*parts, tmp_path / "other"], tmp_path / "all")
    with pytest.raises(InputError, match="is one of those to merge"):
        merge(parts, parts[0])


def test_shards_are_written_with_two_numbers():
    assert read_shard("2/8") == Shard(2, 8)
    assert Shard(2, 8).part == "2-of-8"
    for text in ("8/8", "1", "a/2", "1/0", "-1/2"):
        with pytest.raises(SettingsError, match="expected I/N"):
            read_shard(text)


def test_an_index_says_what_is_asked_of_each(folder, tmp_path):
    rows = [
        "path,kappa,depth,limits,set,objective",
        "g0.dot,1.5,,,x,",
        "g0.dot,2,,,x,B",
        "g1.json.gz,,40,,y,A",
        "gone.json,,,op=9000 mul=2,,",
    ]
    (folder / "index.csv").write_text("\n".join(rows))
    items = list(distinct(gather([folder]), print))
    assert [item.name.rpartition("/")[2] for item in items] == [
        "g0.dot#kappa=1.5",
        "g0.dot#objective=B,kappa=2",
        "g1.json.gz#objective=A,depth=40",
        "gone.json#limits=op=9000 mul=2",
    ]
    assert items[2].objective == {"depth": 40, "name": "A"}
    assert items[3].objective == {"limits": {"op": 9000.0, "mul": 2.0}}
    ran = run_batch(items, tmp_path / "out", QUICK)
    assert ran.bad == 1
    records = {r["name"].rpartition("/")[2]: r for r in read(tmp_path / "out")}
    short, long, deep, gone = (records[i.name.rpartition("/")[2]] for i in items)
    assert long["depth"] > short["depth"]
    assert deep["depth"] == 40
    assert [short["objective"], deep["objective"]] == ["B", "A"]
    assert "does not exist" in gone["reason"]
    rows[1:] = [*rows[:0:-1], "g0.dot,3,,,,"]  # other rows before it are no other question
    (folder / "index.csv").write_text("\n".join(rows))
    again = run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert (again.before, again.summary.done) == (4, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,ii\na.json,x\n", "index.csv:2: ii is 'x'; not a number"),
        ("path,limits\na.json,op\n", "limit 'op' is not CLASS=N"),
        ("file\na.json\n", "index.csv:1: no column 'path'"),
        ("path\n", "an index without rows"),
        ("path,set\na.json," + "x" * 200_000 + "\n", "index.csv:.: not CSV: field larger"),
        ("path,ii\n,3\n", "index.csv:2: no path"),
    ],
)
def test_a_bad_index_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "index.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        gather([tmp_path])


def test_lists_and_repeats(folder, tmp_path):
    listed = folder / "some.txt"
    listed.write_text("# graphs\ng0.dot\n\nbelow/g4.json\ng0.dot\n")
    notes: list[str] = []
    items = list(distinct(gather([listed, "hal:1"]), notes.append))
    assert [item.name.rpartition("/")[2] for item in items] == ["g0.dot", "g4.json", "hal:1"]
    assert notes == [f"{folder.as_posix()}/g0.dot: given twice, solved once"]
    with pytest.raises(InputError, match="no graph files in it or below"):
        gather([tmp_path / "graphs" / ".." / "empty" if _made(tmp_path / "empty") else ""])


def _made(folder) -> bool:
    folder.mkdir()
    return True


def test_a_key_is_of_name_content_and_what_is_asked(folder):
    item = gather([folder])[0]
    same = Item(name=item.name, path=item.path)
    assert item.key == same.key
    assert item.key != Item(name=item.name, path=item.path, objective={"ii": 3}).key
    assert load(item.path).sha256 == item.load().sha256


def test_a_table_has_a_row_for_each(folder, tmp_path):
    (folder / "g1.json.gz").write_bytes(b"\x1f\x8bnonsense")
    run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert export(tmp_path / "out", tmp_path / "table.csv") == 9
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("name,status,reason,objective,value,")
    assert sum(",failed," in line for line in lines) == 1
    with pytest.raises(InputError, match=r"name it \.csv or \.parquet"):
        export(tmp_path / "out", tmp_path / "table.xml")


def test_parquet_has_the_starts(folder, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    (folder / os.fsdecode(b"g\xff.dot")).write_bytes(b"nonsense")
    run_batch(gather([folder]), tmp_path / "out", QUICK)
    assert export(tmp_path / "out", tmp_path / "table.parquet") == 10
    table = parquet.read_table(tmp_path / "table.parquet")
    rows = {row["name"]: row for row in table.to_pylist()}
    (bad,) = (row for name, row in rows.items() if name.endswith("g\\udcff.dot"))
    assert (bad["status"], bad["value"], bad["start"]) == ("failed", None, None)
    for name, (value, start) in by_name(tmp_path / "out", LEGAL).items():
        assert (rows[name]["value"], rows[name]["start"]) == (value, start)
    kinds = [str(table.schema.field(name).type) for name in ("name", "ii", "value", "start")]
    assert kinds == ["string", "int64", "double", "list<element: int64>"]


def test_parquet_of_failures_alone_has_the_types_of_others(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    run_batch([Item(name="a", path=tmp_path / "gone.dot")], tmp_path / "out", QUICK)
    assert export(tmp_path / "out", tmp_path / "table.parquet") == 1
    schema = parquet.read_table(tmp_path / "table.parquet").schema
    assert str(schema.field("value").type) == "double"
    assert str(schema.field("start").type) == "list<element: int64>"


def test_the_command_line(folder, tmp_path, capsys):
    out = str(tmp_path / "out")
    batch = ["batch", str(folder), "--out", out, "--objective", "B", "--kappa", "1.5"]
    batch += ["--set", "optimise.steps=0", "--set", "line.loaders=0", "--no-cache"]
    assert main(batch) == 0
    assert "9 graphs in" in capsys.readouterr().out
    assert main(batch) == 0
    assert "nothing left to solve" in capsys.readouterr().out
    assert main([*batch, "--no-resume"]) == 2
    assert "has 9 records already" in capsys.readouterr().err
    assert main([*batch, "--lifetime", "buffer"]) == 2
    assert "other settings (settings.objective.lifetime)" in capsys.readouterr().err
    assert main(["merge", out, "--out", str(tmp_path / "merged")]) == 0
    assert main(["export", out, str(tmp_path / "table.csv")]) == 0
    assert "9 rows in" in capsys.readouterr().out
    (folder / "g1.json.gz").write_bytes(b"\x1f\x8bnonsense")
    assert main(batch) == 1
    assert "1 x " in capsys.readouterr().out
    assert main([*batch, "--shard", "2/2"]) == 2
    assert main([*batch, "--process", "1"]) == 2
