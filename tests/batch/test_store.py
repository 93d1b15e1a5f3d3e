"""The store loses nothing that was written, and mixes nothing up."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.batch import lines, store
from gaus_jax.batch.store import Store
from gaus_jax.batch.stored import read, start_of

SETTINGS = {"objective": {"name": "B", "kappa": None}, "seed": 0}


def keys(folder) -> list[str]:
    return [record["key"] for record in read(folder)]


def filled(folder, count: int) -> None:
    with Store(folder, SETTINGS) as own:
        for k in range(count):
            own.append({"key": f"k{k}", "cost": k / 3}, np.arange(k))


def test_records_come_back_as_they_were(tmp_path):
    filled(tmp_path / "out", 3)
    records = list(read(tmp_path / "out"))
    assert [r["key"] for r in records] == ["k0", "k1", "k2"]
    assert [r["cost"] for r in records] == [0.0, 1 / 3, 2 / 3]
    assert start_of(tmp_path, records[2]).tolist() == [0, 1]
    every = (tmp_path / "out" / "records.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in every] == ["k0", "k1", "k2"]


def test_long_starts_lie_beside(tmp_path):
    start = np.arange(store.INLINE + 1)
    with Store(tmp_path, SETTINGS) as own:
        own.append({"key": "a/b: c"}, start)
    (record,) = read(tmp_path)
    assert "start" not in record
    assert np.array_equal(start_of(tmp_path, record), start)
    (tmp_path / record["start_file"]).write_bytes(b"PK")
    with pytest.raises(InputError, match="starts of a/b: c cannot be read"):
        start_of(tmp_path, record)


def test_the_last_record_of_a_key_counts(tmp_path):
    with Store(tmp_path, SETTINGS) as own:
        for cost in (1, 2):
            own.append({"key": "a", "cost": cost})
    assert [r["cost"] for r in read(tmp_path)] == [2]


def test_the_last_record_of_a_key_counts_over_all_parts(tmp_path):
    for part, cost in (("0-of-2", 1), ("0-of-3", 2)):
        with Store(tmp_path, SETTINGS, part=part) as own:
            own.append({"key": "a", "cost": cost})
    assert [r["cost"] for r in read(tmp_path)] == [2]


def test_of_one_name_the_latest_record_counts_whatever_its_key(tmp_path):
    with Store(tmp_path, SETTINGS, part="1-of-2") as own:
        own.append({"key": "a@1", "name": "a", "cost": 1})
        own.append({"key": "b@1", "name": "b", "cost": 5})
    with Store(tmp_path, SETTINGS, part="0-of-3") as own:  # the file of a was repaired
        own.append({"key": "a@2", "name": "a", "cost": 2})
        assert "a@2" in own
        assert "a@1" not in own  # changed back, it is solved once more
        assert len(own) == 2
    assert {r["name"]: r["cost"] for r in read(tmp_path)} == {"a": 2, "b": 5}


def test_a_header_without_settings_is_no_run(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"format": store.FORMAT}))
    with pytest.raises(InputError, match="not the header of a run"):
        Store(tmp_path, SETTINGS)


def test_a_run_is_taken_up_where_settings_agree(tmp_path):
    filled(tmp_path, 2)
    with Store(tmp_path, SETTINGS) as own:
        assert len(own) == 2
        assert "k0" in own
        own.append({"key": "k2"})
    assert keys(tmp_path) == ["k0", "k1", "k2"]
    with pytest.raises(SettingsError, match=r"has 3 records already"):
        Store(tmp_path, SETTINGS, resume=False)


def test_other_settings_are_refused_by_name(tmp_path):
    filled(tmp_path, 1)
    other = {"objective": {"name": "A", "kappa": None}, "seed": 0}
    with pytest.raises(SettingsError, match=r"other settings \(objective\.name\)"):
        Store(tmp_path, other)
    assert keys(tmp_path) == ["k0"]


def test_a_folder_of_another_command_is_refused(tmp_path):
    (tmp_path / "records.jsonl").write_text('{"instance": "sin"}\n')
    with pytest.raises(SettingsError, match=r"has records but no run\.json"):
        Store(tmp_path, SETTINGS)
    (tmp_path / "run.json").write_text('{"format": "gaus-jax-result"}')
    with pytest.raises(InputError, match="not the header of a run"):
        Store(tmp_path, SETTINGS)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_cut_last_line_costs_itself_alone(tmp_path, cut):
    filled(tmp_path, 3)
    path = tmp_path / "records.jsonl"
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    path.write_bytes(whole[: -min(cut, last - 1)])
    notes: list[str] = []
    with Store(tmp_path, SETTINGS, notice=notes.append) as own:
        assert "k1" in own
        own.append({"key": "k9"})
    if cut == 1:  # the end of the line alone: the record is whole
        assert keys(tmp_path) == ["k0", "k1", "k2", "k9"]
    else:
        assert keys(tmp_path) == ["k0", "k1", "k9"]
        assert notes == [f"{path}:3: not a whole record, left out"]


def test_a_changed_digit_is_noticed(tmp_path):
    filled(tmp_path, 2)
    path = tmp_path / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b"0.3333", b"0.3334"))
    assert keys(tmp_path) == ["k0"]


def test_two_writers_of_one_part_are_refused(tmp_path):
    with Store(tmp_path, SETTINGS), pytest.raises(InputError, match="another run is writing"):
        Store(tmp_path, SETTINGS)
    with (
        Store(tmp_path, SETTINGS, part="0-of-2") as a,
        Store(tmp_path, SETTINGS, part="1-of-2") as b,
    ):
        a.append({"key": "a"})
        b.append({"key": "b"})
    assert sorted(keys(tmp_path)) == ["a", "b"]


PROGRAM = """
import sys, resource
import numpy as np
from gaus_jax.batch.store import Store
folder, most = sys.argv[1], int(sys.argv[2])
own = Store(folder, {"objective": {"name": "B", "kappa": None}, "seed": 0})
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
for k in range(10**6):
    own.append({"key": f"k{k}"}, np.arange(40))
    print(k, flush=True)
"""


def begun(folder, most: int) -> subprocess.Popen:
    command = [sys.executable, "-c", PROGRAM, str(folder), str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_process_loses_nothing_that_was_written(tmp_path):
    with begun(tmp_path, 0) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines()]
    kept = keys(tmp_path)
    assert kept[: len(said)] == [f"k{k}" for k in said]
    with Store(tmp_path, SETTINGS) as own:  # and its lock is gone with it
        assert len(own) >= len(said)


def test_a_full_disk_keeps_what_was_written(tmp_path):
    with begun(tmp_path, 5000) as process:
        out, error = process.communicate()
    said = out.splitlines()
    assert f"the {len(said)} records before are kept: make room" in error
    assert keys(tmp_path) == [f"k{k}" for k in said]
    assert (tmp_path / "records.jsonl").read_bytes().endswith(b"\n")  # no part of a line is left


def test_lines_refuse_what_they_could_not_give_back():
    with pytest.raises(ValueError, match="has fields"):
        lines.encode({})
    with pytest.raises(ValueError, match="Out of range float"):
        lines.encode({"key": "a", "cost": float("inf")})
    assert lines.decode(lines.encode({"key": "ä\n"})) == {"key": "ä\n"}
    assert lines.decode(b'{"key": "a"}') is None
