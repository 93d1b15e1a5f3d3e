"""Writing: whole or not at all, where it may, and no input overwritten."""

import gzip
import os

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import ensure_writable, replace_file


def test_replacing_leaves_no_neighbours(tmp_path):
    target = tmp_path / "x.json"
    replace_file(target, b"one")
    replace_file(target, b"two")
    replace_file(tmp_path / "y.gz", b"three")
    assert target.read_bytes() == b"two"
    assert gzip.decompress((tmp_path / "y.gz").read_bytes()) == b"three"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.json", "y.gz"]


def test_a_failed_write_changes_nothing(tmp_path, monkeypatch):
    target = tmp_path / "x.json"
    replace_file(target, b"one")

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        replace_file(target, b"two")
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
    assert target.read_bytes() == b"one"


@pytest.mark.parametrize("name", ["no/x", "a\0b"])
def test_no_such_place(tmp_path, name):
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(tmp_path / name, b"")
    with pytest.raises(InputError, match="cannot be written"):
        ensure_writable(tmp_path / name)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        ensure_writable(pipe)
        replace_file(pipe, b"text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_writability_is_found_out_without_a_trace(tmp_path):
    ensure_writable(tmp_path / "R.json")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="is a directory; give the name of a file"):
        ensure_writable(tmp_path)
    with pytest.raises(InputError, match=r"cannot be written \(No such file or directory\)"):
        ensure_writable(tmp_path / "missing" / "R.json")


def test_an_input_is_not_overwritten(tmp_path):
    (tmp_path / "g.json").write_text("graph")
    (tmp_path / "link").symlink_to(tmp_path / "g.json")
    ensure_writable(tmp_path / "R.json", tmp_path / "g.json", None, tmp_path / "absent")
    for out in ("g.json", "link"):
        with pytest.raises(InputError, match="would overwrite an input"):
            ensure_writable(tmp_path / out, tmp_path / "g.json")
