"""Why there is no schedule and what would do: said, and true."""

import re

import pytest

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem, with_limits
from gaus_jax.core.recurrence import min_ii
from gaus_jax.explain import relief, shorter_interval
from gaus_jax.instances.loops import lms, stencil
from gaus_jax.report.summary import info

RING = make_problem(
    list("abc"), [(0, 1), (1, 2), (2, 0)], latency=3, distance=[0, 0, 1], classes=("mul",), limit=2
)
UNITS = make_problem(14, classes=("mul",), limit=1)


def shorter(problem):
    return shorter_interval(problem, min_ii(problem))


def helped(problem, **asked):
    return relief(problem, ObjectiveSettings(**asked))


def test_a_unit_more_or_a_longer_distance_lowers_the_least_interval():
    assert shorter(UNITS) == "one more unit of class mul lowers it from 14 to 7"
    assert min_ii(with_limits(UNITS, {"mul": 2})).value == 7
    assert shorter(RING) == "edge 2 (c->a) with distance 2 instead of 1 lowers it from 9 to 5"
    many = make_problem(12, classes=("mul",), limit=5)
    assert shorter(many) == "one more unit of class mul lowers it from 3 to 2"
    wide = make_problem(20, classes=("mul",), limit=7)
    assert shorter(wide) == "3 more units of class mul lower it from 3 to 2"
    assert min_ii(with_limits(wide, {"mul": 9})).value == 3
    assert shorter(make_problem(2)) == ""


def test_where_no_single_change_does():
    two = make_problem(8, classes=("x", "y"), limit=1, uses=(range(8), [0, 1] * 4, 1, 1))
    assert shorter(two) == "no single class lowers it: class y asks for 4 too"
    rings = make_problem(2, [(0, 0), (1, 1)], latency=4, distance=1)
    assert "another recurrence asks for 4 too" in shorter(rings)
    both = make_problem(4, [(0, 0)], latency=4, distance=1, limit=1)
    assert "the recurrence and the class both" in shorter(both)


def test_info_says_it():
    line = next(x for x in info(RING).splitlines() if x.startswith("least interval"))
    assert "RecMII 9" in line
    assert "with distance 2 instead of 1 lowers it from 9 to 5" in line


def test_an_interval_below_the_least_says_what_it_takes():
    said = helped(UNITS, name="C", ii=3)
    assert said == "an interval of 14 may do; for 3 it takes 5 units of class mul instead of 1"
    assert min_ii(with_limits(UNITS, {"mul": 5})).value == 3
    said = helped(RING, name="C", ii=4)
    assert said.endswith("for 4 it takes edge 2 (c->a) with distance 3 instead of 1")
    assert "(all of these)" in helped(stencil(4), name="C", ii=2)


def test_missing_units():
    none = make_problem(3, classes=("mul", "add"), limit=[0, 1], uses=(range(3), [0, 0, 1], 2, 1))
    said = helped(none, name="C")
    assert "a limit of 2 for class mul and a limit of 2 for class add would do" in said
    assert helped(none, name="A", depth=0) == "a depth of 1 would do"  # of no limits


def test_a_depth_that_would_do_without_an_interval():
    said = helped(lms(8), name="D", depth=15)
    assert re.fullmatch(r"a depth of 17 would do(; at 15, one more unit of class \w+ would)?", said)
    four = make_problem(4, classes=("mul",), limit=1)
    said = helped(four, name="D", depth=2)
    assert said == "a depth of 4 would do; at 2, one more unit of class mul would"
    assert helped(four, name="D") == ""


def test_an_interval_that_would_do():
    assert helped(lms(4), name="C", ii=10) == "an interval of 11 would do"


def test_an_interval_at_which_a_node_meets_itself_is_passed_over():
    # 2 units for 9 cycles of 3: below an interval of 9 it takes 4 in some slot.
    long = make_problem(1, limit=3, uses=(0, 0, 2, 9))
    assert helped(long, name="C", ii=6) == "an interval of 9 would do"
    said = helped(long, name="C", ii=6, depth=1)
    assert said == "a depth of 1 would do, at an interval of 9"


@pytest.mark.parametrize("ii", [None, 20])
def test_a_depth_that_would_do_at_an_interval(ii):
    said = helped(lms(8), name="C", ii=ii, depth=5)
    depth = int(re.search(r"a depth of (\d+) would do", said)[1])
    assert 12 <= depth <= 40


def test_an_interval_that_was_to_be_found_is_not_searched_beyond():
    long = make_problem(2, limit=3, uses=([0, 1], 0, 2, [10, 1]))
    assert helped(long, name="C") == "an interval of 11 would do"
