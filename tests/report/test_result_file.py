"""RESULT.json: complete, read back as it was, refused where it is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.resolve import resolve
from gaus_jax.report.result_file import (
    as_json,
    read_result,
    write_result,
)
from gaus_jax.report.summary import solved
from tests.strategies import scheduled


def judged(problem, start, depth):
    objective, _ = resolve(ObjectiveSettings(depth=depth), problem)
    return judge(problem, Schedule(start, depth), objective, timings={"pack": 1 / 3}, seed=4)


@given(case=scheduled(loop_carried=True), shift=st.integers(-2, 2))
def test_what_is_written_is_read(tmp_path_factory, case, shift):
    problem, start, depth = case
    path = tmp_path_factory.mktemp("r") / "R.json"
    result = judged(problem, [s + shift for s in start], depth)
    write_result(result, path)
    found = read_result(path)
    assert found.schedule.start.tolist() == [s + shift for s in start]
    assert (found.schedule.depth, found.schedule.ii) == (depth, None)
    assert found.sha256 == problem.sha256
    tree = json.loads(path.read_text())
    assert tree["legal"] == result.legal
    assert tree["violations"] == [str(v) for v in result.violations]
    assert tree["timings"] == {"pack": 0.333333}
    assert list(path.parent.iterdir()) == [path]


def test_infinite_numbers_become_null():
    tree = as_json(no_schedule(make_problem(1), "A", "too tight"))
    assert tree["objective"]["value"] is None
    assert (tree["status"], tree["reason"]) == ("infeasible", "too tight")
    json.dumps(tree, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"R.json: not JSON"),
        ("[" * 100_000, r"R.json: not JSON"),
        ('{"start": [' + "1" * 5000 + "]}", r"R.json: not JSON"),
        ("[1]", r"no list 'start'"),
        ('{"start": 3}', r"no list 'start'"),
        ('{"start": [0, true], "depth": 1}', r"start\[1\] is True, expected a whole number"),
        ('{"start": [0]}', r"depth is None, expected a whole number"),
        ('{"start": [0], "depth": 1.5}', r"depth is 1.5"),
        ('{"start": [0], "depth": 1, "ii": "x"}', r"ii is 'x'"),
        ('{"start": [0], "depth": 1, "ii": true}', r"ii is True"),
        ('{"start": [0], "depth": 1, "ii": -1}', r"ii is -1, .* at least 1"),
        ('{"start": [0], "depth": 1, "ii": 1' + "0" * 30 + "}", r"ii is 10+, .* at most"),
        ('{"start": [0], "depth": 1}', r"no object 'objective'"),
    ],
)
def test_what_is_no_result_says_why(tmp_path, text, says):
    path = tmp_path / "R.json"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_result(path)


@pytest.mark.parametrize(
    ("name", "says"), [("absent.json", "does not exist"), (".", "is a directory")]
)
def test_what_cannot_be_read(tmp_path, name, says):
    with pytest.raises(InputError, match=says):
        read_result(tmp_path / name)


def test_the_summary_says_what_matters():
    loop = make_problem(2, [(0, 1), (1, 0)], distance=[0, 1], name="loop")
    good = solved(judged(loop, [0, 1], 2))
    assert "loop: 2 nodes, 2 edges, depth 2" in good
    assert "1 loop-carried edges left out" in good
    bad = solved(judged(make_problem(30, [(i, i + 1) for i in range(29)]), [0] * 30, 30))
    assert "NOT LEGAL" in bad
    assert "edge 19" in bad
    assert "edge 20" not in bad
    assert "and 9 more" in bad
    assert "units cost nothing" not in good + bad
    assert "units cost nothing" in solved(judged(make_problem(2), [0, 0], 1))
    assert "too tight" in solved(no_schedule(loop, "A", "too tight"))
