import csv

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.core.graph import longest_from_sources
from gaus_jax.importers import load
from gaus_jax.importers.psplib import PSPLIB
from tests.importers.cases import source

STARS = "*" * 20
GOOD = f"""{STARS}
file with basedata            : made by hand
{STARS}
projects                      :  1
jobs (incl. supersource/sink ):  6
horizon                       :  9
RESOURCES
  - renewable                 :  2   R
  - nonrenewable              :  1   N
  - doubly constrained        :  0   D
{STARS}
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      4      0        9        1        9
{STARS}
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          2           4   5
   3        1          1           4
   4        1          1           6
   5        1          1           6
   6        1          0
{STARS}
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2  N 1
--------------------------------
  1      1     0       0    0    0
  2      1     3       2    0    0
  3      1     4       1    5    0
  4      1     0       0    7    0
  5      1     2       0    0    0
  6      1     0       0    0    0
{STARS}
RESOURCEAVAILABILITIES:
  R 1  R 2  N 1
    3    8    0
{STARS}
"""


def read(text=GOOD):
    return PSPLIB.read(source(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_jobs_between_the_dummies(end):
    p = read(GOOD.replace("\n", end))
    assert p.ids == ("2", "3", "4", "5")
    assert p.latency.tolist() == [3, 4, 0, 2]
    assert (p.tail.tolist(), p.head.tolist()) == ([0, 0, 1], [2, 3, 2])
    assert p.distance.tolist() == p.delay.tolist() == p.weight.tolist() == [0, 0, 0]
    assert not p.is_data.any()
    assert p.classes == ("R 1", "R 2")
    assert p.limit.tolist() == [3, 8]


def test_a_use_for_each_positive_request():
    p = read()
    assert p.use_node.tolist() == [0, 1, 1, 2]
    assert p.use_class.tolist() == [0, 0, 1, 1]
    assert p.use_demand.tolist() == [2, 1, 5, 7]
    assert p.use_occupancy.tolist() == [3, 4, 4, 0]


BAD = [
    ("PRECEDENCE RELATIONS:", "PRECEDENCE:", "f:25: 'REQUESTS/DURATIONS:' is out of place"),
    ("REQUESTS/DURATIONS:", "PRECEDENCE RELATIONS:", "f:25: 'PRECEDENCE RELATIONS:' is out of pla"),
    (GOOD[GOOD.index("RESOURCEAV") :], "", "f: has no section 'RESOURCEAVAILABILITIES:'"),
    (f"    8    0\n{STARS}\n", "    8    0\n", "f: no line of * after 'RESOURCEAVAILABILITIES:'"),
    ("    3    8    0\n", "", "f: 'RESOURCEAVAILABILITIES:' holds no numbers"),
    ("    3    8    0\n", "  3 8\n", "f:37: 'RESOURCEAVAILABILITIES:' must be one line of 3 num"),
    ("    3    8    0\n", " 3 8 0\n 1\n", "f:37: 'RESOURCEAVAILABILITIES:' must be one line of"),
    ("  R 1  R 2  N 1\n    3", "  R 2  R 1  N 1\n    3", "f:36: expected the titles R 1 R 2 N 1"),
    ("    3    8", "   -3    8", "f:37: 'RESOURCEAVAILABILITIES:' has '-3'; it must be a whole"),
    ("projects                      :  1", "projects : 2", "f:4: 2 projects; give each its own"),
    ("projects", "project", "f: the header has no line 'projects : ...'"),
    ("sink ):  6", "sink ):  six", "f:5: jobs (incl. supersource/sink ) has 'six'"),
    ("sink ):  6", "sink ):  1", "f:5: 'jobs (incl. supersource/sink )' must be one whole number"),
    ("sink ):  6", "sink ):  5", "f:23: 'PRECEDENCE RELATIONS:' has job 6 where no further job"),
    ("sink ):  6", "sink ):  7", "f:23: 'PRECEDENCE RELATIONS:' ends after job 6 of 7"),
    ("  6      1     0       0    0    0\n", "", "f:32: 'REQUESTS/DURATIONS:' ends after job 5 of"),
    ("renewable                 :  2", "renewable : 3", "f:26: the header states 3 of '- renewab"),
    ("R 1  R 2  N 1\n---", "R 1  R 1  N 1\n---", "f:26: a resource has two columns; keep one"),
    ("mode duration", "mode length", "f:26: expected the titles 'jobnr. mode duration R 1"),
    ("   3        1          1", "   3        2          1", "f:20: job 3 has 2 modes; only sing"),
    ("  3      1     4", "  3      2     4", "f:30: mode 2 of job 3; only single-mode"),
    (
        "   3        1          1",
        "   8        1          1",
        "f:20: 'PRECEDENCE RELATIONS:' has job",
    ),
    (
        "   3        1          1",
        "   3        1          2",
        "f:20: job 3 has 1 successors where 2",
    ),
    ("   6        1          0", "   6        1", "f:23: job 6 must have a number of modes and o"),
    ("          1           4\n", "          1           7\n", "f:20: successor 7 of job 3 is unk"),
    ("          1           6\n", "          1           2\n", "f: the edges of distance 0 form"),
    ("  3      1     4       1", "  3      1     4.5     1", "f:30: 'REQUESTS/DURATIONS:' has '4."),
    ("  3      1     4       1", f"  3      1     4 {'9' * 5000}", "f:30: 'REQUESTS/DURATIONS:' "),
    ("  3      1     4       1", "  3      1     4", "f:30: job 3 has 5 numbers; expected 6"),
    ("  3      1     4       1    5    0", "  3 1 4 1 5 1", "f:30: job 3 requests N 1, which is n"),
    ("  1      1     0", "  1      1     2", "f:28: job 1, the first, is no dummy"),
    ("  6      1     0       0", "  6      1     0       1", "f:33: job 6, the last, is no dummy"),
    ("          1           4\n", "          1           1\n", "f:28: job 1, the first, is no du"),
    ("   6        1          0", "   6        1          1  2", "f:33: job 6, the last, is no dum"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_refusals(old, new, message):
    assert old in GOOD
    with pytest.raises(InputError) as error:
        read(GOOD.replace(old, new, 1))
    assert message in str(error.value)


def test_two_dummies_are_an_empty_problem():
    text = GOOD.replace("sink ):  6", "sink ):  2")
    for section in ("successors   successors\n", "--\n"):
        at = text.index(section) + len(section)
        rows = text[at : text.index(STARS, at)].splitlines(keepends=True)
        last = "2 1 0\n" if section[0] == "s" else "2 1 0 0 0 0\n"
        first = "1 1 1 2\n" if section[0] == "s" else rows[0]
        text = text[:at] + first + last + text[at + len("".join(rows)) :]
    assert (read(text).nodes, read(text).edges) == (0, 0)


@pytest.mark.parametrize("step", [24, pytest.param(1, marks=pytest.mark.slow)])
def test_benchmark_projects(bench, step):
    folder = bench / "psplib"
    if not folder.is_dir():
        pytest.skip(f"no PSPLIB files at {folder}; set GAUS_BENCH")
    for kind in ("j30", "j60", "j120"):
        with (folder / kind / "best.csv").open() as file:
            rows = list(csv.DictReader(file))
        for row in rows[::step]:
            p = load(folder / kind / row["problem"])
            assert p.nodes == int(kind[1:])
            assert len(p.classes) == 4
            start = longest_from_sources(p.order, *p.incoming, p.tail, p.reach)
            shortest = int((start + p.duration).max())
            best = row["best_known_makespan"].split("..")[-1].strip()
            assert not best.isdecimal() or 0 < shortest <= int(best)
            largest = [p.use_demand[p.use_class == r].max(initial=0) for r in range(4)]
            assert (largest <= p.limit).all()
