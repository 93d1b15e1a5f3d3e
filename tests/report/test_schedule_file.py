"""Schedules for other programs: the suffix decides, and what cannot be written is found early."""

import gzip

import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.report.schedule_file import SCHEDULES, schedule_writer

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
