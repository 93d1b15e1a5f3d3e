import gzip
import os
import sys

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.importers.files import open_source, plain_path


def test_plain_and_gzip_read_alike(tmp_path):
    (tmp_path / "a.gml").write_bytes(b"text")
    (tmp_path / "b.gml.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / "c.gml").write_bytes(gzip.compress(b"text"))
    opened = [open_source(tmp_path / name) for name in ("a.gml", "b.gml.gz", "c.gml")]
    assert [s.data for s in opened] == [b"text"] * 3
    assert [s.name for s in opened] == ["a", "b", "c"]


def test_missing_directory_and_empty(tmp_path):
    with pytest.raises(InputError, match="nowhere: does not exist; check the path"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is a directory; name a file in it"):
        open_source(tmp_path)
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        open_source(tmp_path / "empty")
    with pytest.raises(InputError, match="cannot be read"):
        open_source("a\0b")
    with pytest.raises(InputError, match="cannot be read"):
        open_source(tmp_path / "empty" / "x")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_unreadable(tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "secret").chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        open_source(tmp_path / "secret")


def test_damaged_gzip(tmp_path):
    whole = gzip.compress(b"text" * 1000)
    for k, data in enumerate((whole[:-9], whole[:30], whole[:20] + b"x" + whole[21:], whole[:2])):
        (tmp_path / f"{k}").write_bytes(data)
        with pytest.raises(InputError, match="damaged gzip data"):
            open_source(tmp_path / f"{k}")


def test_a_bomb_stops_at_the_limit(tmp_path):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(5_000_000)))
    assert len(open_source(tmp_path / "bomb.gz").data) == 5_000_000
    with pytest.raises(InputError, match="holds more than 4999999 bytes; raise the limit"):
        open_source(tmp_path / "bomb.gz", limit=4_999_999)


def test_text(tmp_path):
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbfabc")
    assert open_source(tmp_path / "bom").text() == "abc"
    (tmp_path / "latin").write_bytes(b"a\nb\xe9c")
    with pytest.raises(InputError, match=r"latin:2: not UTF-8 text \(byte 0xe9\)"):
        open_source(tmp_path / "latin").text()


def test_plain_path():
    assert plain_path("d/x.gml.GZ").name == "x.gml"
    assert plain_path("d/x.gml").name == "x.gml"
