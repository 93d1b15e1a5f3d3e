"""Schedules for other programs: the suffix decides, and what cannot be written is found early."""

import gzip

import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers import save
from gaus_jax.report.schedule_file import (
    SCHEDULES,
    holds_schedule,
    read_schedule,
    schedule_writer,
)

PAIR = make_problem(["a", "b"], [(0, 1)], name="pair")
TIMES = Schedule(np.array([0, 1]), 2)


@pytest.mark.parametrize(
    ("name", "part"), [("s.mlir", "@b(%0) uses[@op] [t<1>]"), ("s.csv", "\nY;1;1\n")]
)
@pytest.mark.parametrize("end", ["", ".gz"])
def test_the_suffix_decides(tmp_path, name, part, end):
    path = tmp_path / (name + end)
    schedule_writer(PAIR, path, ("X", "Y"))(TIMES)
    data = path.read_bytes()
    assert part in (gzip.decompress(data) if end else data).decode()
    assert list(tmp_path.iterdir()) == [path]


def test_suffixes_are_distinct():
    assert len({entry.suffix for entry in SCHEDULES.values()}) == len(SCHEDULES)


@pytest.mark.parametrize("name", ["s.txt", "s", ""])
def test_other_suffixes(tmp_path, name):
    known = r"name \.mlir \(ssp\), \.csv \(hatschet\)"
    with pytest.raises(InputError, match=f"no schedule is written in this format; {known}"):
        schedule_writer(PAIR, tmp_path / name)


@pytest.mark.parametrize("suffix", [entry.suffix for entry in SCHEDULES.values()])
def test_what_cannot_be_held_is_found_before_there_is_a_schedule(tmp_path, suffix):
    several = make_problem(1, limit=4, uses=([0], 0, 2, 1))
    with pytest.raises(InputError, match="cannot hold this: node 0 "):
        schedule_writer(several, tmp_path / f"s{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["s.mlir", "s.csv", "s.csv.gz"])
def test_what_is_written_is_read(tmp_path, name):
    times = Schedule(np.array([4, 1]), 5, 3)
    later = make_problem(["a", "b"], [(1, 0)], name="later")
    labels = ("X", "Y") if ".csv" in name else None
    schedule_writer(later, tmp_path / name, labels)(times)
    assert holds_schedule(tmp_path / name)
    found = read_schedule(later, tmp_path / name, labels)
    assert (found.start.tolist(), found.depth, found.ii) == ([4, 1], 5, 3)


def test_operations_are_known_by_their_names(tmp_path):
    schedule_writer(PAIR, tmp_path / "s.mlir")(TIMES)
    turned = make_problem(["b", "a"], [(1, 0)])
    assert read_schedule(turned, tmp_path / "s.mlir").start.tolist() == [1, 0]
    other = make_problem(["a", "c"], [(0, 1)])
    with pytest.raises(InputError, match="operations are not the graph's nodes"):
        read_schedule(other, tmp_path / "s.mlir")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a;0", r"s.csv:1: expected vertex;cycle;fu"),
        ("# II 2\nz;0;0", r"s.csv:2: vertex 'z' is none of the graph's nodes"),
        ("a;0;0\na;1;0", r"s.csv:2: vertex 'a' has two lines"),
        ("a;0;0", r"s.csv: vertex 'b' has no line"),
        ("a;-1;0", r"'-1' is not a whole number of at least 0"),
        ("# II 0\na;1;0", r"'0' is not a whole number of at least 1"),
        ("# II\na;1;0", r"'' is not a whole number"),
        ("a;1" + "0" * 30 + ";0", r"is not a whole number"),
    ],
)
def test_what_is_no_schedule_says_why(tmp_path, text, says):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=says):
        read_schedule(PAIR, tmp_path / "s.csv")


def test_a_problem_is_no_schedule(tmp_path):
    save(PAIR, tmp_path / "s.mlir")
    with pytest.raises(InputError, match="no operation has a start"):
        read_schedule(PAIR, tmp_path / "s.mlir")
    assert not holds_schedule(tmp_path / "s.json")
