"""Records that are kept: packed, read before those of the folder, damage named."""

import json

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.bench.records import KEPT, RECORDS, keep, read
from tests.report.bench.records import run


def write(folder, *runs):
    folder.mkdir(exist_ok=True)
    (folder / RECORDS).write_text("".join(json.dumps(record) + "\n" for record in runs))


def test_kept_records_are_read_and_give_way_to_later_ones(tmp_path):
    first, second, kept = tmp_path / "first", tmp_path / "second", tmp_path / "kept"
    write(first, run("a", "gaus", 9.0), run("b", "gaus", 7.0))
    write(second, run("a", "gaus", 8.0), run("c", "gaus", 3.0))
    assert keep(first, kept) == 2
    assert keep(second, kept) == 3
    assert sorted(path.name for path in kept.iterdir()) == [KEPT]
    assert {r["instance"]: r["cost"] for r in read(kept)} == {"a": 8.0, "b": 7.0, "c": 3.0}
    write(kept, run("b", "gaus", 6.0))  # a bench that goes on in the folder
    assert {r["instance"]: r["cost"] for r in read(kept)} == {"a": 8.0, "b": 6.0, "c": 3.0}


def test_damage_of_kept_records_is_named(tmp_path):
    (tmp_path / KEPT).write_bytes(b"no gzip at all")
    with pytest.raises(InputError, match=r"records\.jsonl\.gz: cannot be read"):
        read(tmp_path)
    write(tmp_path / "whole", run("a", "gaus", 9.0))
    keep(tmp_path / "whole", tmp_path / "cut")
    path = tmp_path / "cut" / KEPT
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "cut")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be read"):
        keep(tmp_path / "whole", tmp_path / "file" / "below")
