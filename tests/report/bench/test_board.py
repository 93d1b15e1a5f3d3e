"""Boards: medians, best known, the virtual best, and the tables made of them, by hand."""

import math

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.report.bench.board import Best, boards, current
from gaus_jax.report.bench.curves import over_time, profile
from gaus_jax.report.bench.tables import costs, gaps, memory, times
from gaus_jax.report.bench.troubles import troubles
from gaus_jax.report.bench.versus import (
    against_each,
    against_virtual_best,
    bound_gaps,
    more_time,
    standing,
)
from tests.report.bench.records import run

# Three instances. On a the virtual best is 100 (x), on b 50 (y), on c nobody but gaus ends.
RUNS = [
    *[run("a", "gaus", cost, seed=s, bound=60.0) for s, cost in enumerate([80.0, 90.0, 120.0])],
    run("a", "x", 100.0, peak_mb=512.0),
    run("a", "y", 110.0, bound=75.0),
    run("b", "gaus", 60.0, nodes=5000, set="large"),
    run("b", "x", 80.0, nodes=5000, set="large"),
    run("b", "y", 50.0, nodes=5000, set="large"),
    run("c", "gaus", 7.0, nodes=50, depth=200),
    run("c", "x", None, nodes=50, depth=None),
    run("c", "y", None, nodes=50, depth=None, status="unsupported", reason="Too small."),
]


@pytest.fixture
def board():
    (only,) = boards(RUNS)
    return only


def cells(text, name, second=None):
    """The cells of the row of a table that begins with a name, and perhaps a second one."""
    for line in text.splitlines():
        found = [cell.strip() for cell in line.strip("|").split("|")]
        if found[0] == name and (second is None or found[1] == second):
            return found[1 if second is None else 2 :]
    raise AssertionError(f"no row {name} in\n{text}")


def test_medians_best_known_and_virtual_best(board):
    assert board.instances == ("c", "a", "b")  # by size
    assert board.own == ("gaus",)
    assert board.cost("a", "gaus") == 90.0
    assert board.cost("c", "x") == math.inf
    assert board.best["a"] == Best(80.0, "gaus")  # the lowest of all seeds
    assert board.bound["a"] == Best(75.0, "y")
    assert [board.virtual_best(n) for n in "ab"] == [Best(100.0, "x"), Best(50.0, "y")]
    assert board.virtual_best("c").value == math.inf


def test_a_seed_that_failed_is_the_worst():
    found = [run("a", "gaus", cost, seed=s) for s, cost in enumerate([8.0, None, 9.0])]
    (board,) = boards(found)
    assert board.cost("a", "gaus") == 9.0
    assert "**9** (11.1), 1 of 3 failed" in costs(board)
    (board,) = boards([*found, run("a", "gaus", None, seed=3), run("a", "gaus", None, seed=4)])
    assert board.cost("a", "gaus") == math.inf
    assert cells(gaps(board), "a") == ["failed"]


def test_standing_against_the_virtual_best(board):
    found = standing(board, "gaus", lambda n: board.virtual_best(n).value, board.instances)
    assert found.faced == 2  # c has no virtual best
    assert found.mean == pytest.approx(math.sqrt(90 / 100 * 60 / 50))
    assert (found.worst, found.where) == (60 / 50, "b")
    assert (found.wins, found.ties, found.losses) == (1, 0, 1)
    text = against_virtual_best(board)
    assert cells(text, "gaus", "all") == ["2", "1.039", "1.200", "b", "1", "0", "1"]
    assert cells(text, "gaus", "above 4,000 nodes") == ["1", "1.200", "1.200", "b", "0", "0", "1"]
    assert cells(text, "gaus", "small")[1] == "0.900"
    assert cells(text, "gaus", "deeper than 100 steps")[:2] == ["0", "-"]
    assert cells(text, "x", "all") == ["2", "1.265", "1.600", "b", "0", "1", "1"]


def test_no_schedule_where_a_rival_has_one_is_a_loss():
    (board,) = boards([run("a", "gaus", None), run("a", "x", 5.0)])
    text = against_virtual_best(board)
    assert cells(text, "gaus", "all") == ["1", "-", "no schedule", "a", "0", "0", "1"]


def test_against_each_rival(board):
    text = against_each(board)
    # All have their last schedules after 5 s.
    assert cells(text, "gaus", "x") == [
        "2", "0.822", "0.900", "a", "2", "0", "0", "1.0x on 2 of 2",
    ]  # fmt: skip
    assert cells(text, "gaus", "y")[-1] == "1.0x on 1 of 2"


def test_sooner_is_than_the_rival_itself():
    own = run("a", "gaus", 90.0, trace=[[2.0, 100.0], [9.0, 90.0]])
    slow = run("a", "slow", 100.0, trace=[[1.0, 120.0], [8.0, 100.0]])
    quick = run("a", "quick", 100.0, trace=[[0.0003, 100.0]])  # and then it ends
    (board,) = boards([own, slow, quick])
    text = against_each(board)
    assert cells(text, "gaus", "slow")[-1] == "4.0x on 1 of 1"
    assert cells(text, "gaus", "quick")[-1] == "0.0x on 1 of 1"


def test_with_an_even_number_of_seeds_the_answer_is_one_that_a_run_had():
    early, late = [[4.0, 100.0]], [[8.0, 110.0]]
    slow = [
        run("a", "slow", c, seed=s, trace=t)
        for s, (c, t) in enumerate([(100.0, early), (110.0, late)])
    ]
    (board,) = boards([run("a", "gaus", 90.0, trace=[[2.0, 90.0]]), *slow])
    assert cells(against_each(board), "gaus", "slow")[-1] == "3.0x on 1 of 1"
    assert cells(times(board), "a")[1].split(" / ")[-1] == "6"


def test_curves_end_with_the_longest_budget():
    late = run("a", "gaus", 50.0, trace=[[1.0, 90.0], [30.0, 50.0]], budget_s=40.0)
    (board,) = boards([late])
    (curve,) = over_time(board)
    assert curve.x[-1] == pytest.approx(40.0)
    assert curve.y[-1] == 1.0


def test_gaps(board):
    assert cells(gaps(board), "a") == ["12.5 / 20.0", "25.0 / 33.3", "37.5 / 46.7"]
    assert cells(gaps(board), "c") == ["0.0 / -", "failed", "unsupported"]
    found = cells(bound_gaps(board), "gaus")
    mean = (90 / 80 * 60 / 50 * 1) ** (1 / 3) - 1
    assert found == [f"{100 * mean:.1f}", "20.0", "20.0", "2", "3"]


def test_costs(board):
    assert cells(costs(board), "a") == [
        "100", "10", "80", "gaus", "75", "**90** (44.4)", "100", "110",
    ]  # fmt: skip
    assert cells(costs(board), "c")[-2:] == ["failed", "unsupported"]
    assert cells(memory(board), "a") == ["300", "512", "300"]


def test_times(board):
    # The seeds of gaus on a end at 80, 90, 120 after 5 s: to within 5 % of 80 only the first.
    assert cells(times(board), "a") == ["- / - / 5", "- / - / 5", "- / - / 5"]
    assert cells(times(board), "b")[2] == "5 / 5 / 5"


def test_known_costs_and_other_limits_count_as_best_known(board):
    longer = run("b", "gaus", 49.0, limit_s=60.0, nodes=5000)
    known = run("a", "a paper", 70.0, bound=65.0)
    short, long = boards([*RUNS, longer], [known])
    assert (short.group.limit, long.group.limit) == (10.0, 60.0)
    assert short.best["b"] == long.best["b"] == Best(49.0, "gaus")
    assert short.best["a"] == Best(70.0, "a paper")
    assert short.bound["a"] == Best(75.0, "y")
    assert "a paper" not in short.methods


def test_more_time_tells_where_there_was_room():
    first = [("a", 100.0, 50.0), ("b", 100.0, 99.5), ("c", 100.0, 50.0), ("d", 80.0, 10.0)]
    then = {"a": 100.0, "b": 100.0, "c": 90.0, "d": 79.5}
    found = [run(n, "gaus", cost, bound=low) for n, cost, low in first]
    found += [run(n, "gaus", cost, limit_s=60.0) for n, cost in then.items()]
    text = more_time(boards(found))
    mean = (0.9 * 79.5 / 80) ** (1 / 4)
    assert cells(text, "B, kappa 1", "10 s to 60 s") == ["gaus", f"{mean:.3f}", "2 of 3", "a, d"]
    assert more_time(boards(found[:4])) == ""


def test_other_kappas_and_ratios_are_other_boards():
    a = run("a", "gaus", 5.0, objective="A", ratio="balanced")
    found = boards([a, a | {"kappa": "1.5"}, a | {"ratio": 1.0}, a | {"lifetime": "buffer"}])
    assert [str(board.group) for board in found] == [
        "A, kappa 1, 10 s, ratio 1.0",
        "A, kappa 1, 10 s, ratio balanced, lifetime buffer",
        "A, kappa 1, 10 s, ratio balanced",
        "A, kappa 1.5, 10 s, ratio balanced",
    ]


def test_one_name_for_two_graphs_is_refused():
    with pytest.raises(InputError, match="two graphs of the name a, first and second"):
        boards([run("a", "gaus", 1.0, sha256="first"), run("a", "x", 2.0, sha256="second")])


def test_the_latest_settings_of_a_method_count():
    old, new = run("a", "gaus", 1.0, settings_hash="old"), run("b", "gaus", 1.0)
    other = run("a", "x", 1.0)
    assert current([old, other, new]) == ([other, new], [old])


def test_nothing_that_went_wrong_is_dropped():
    text = troubles(
        [*RUNS, run("a", "x", 3.0, seconds=12.0, seed=1), run("b", "y", 1.0, reason="cut")]
    )
    assert cells(text, "x", "failed") == ["it broke", "1", "c B"]
    assert cells(text, "y", "unsupported") == ["Too small.", "1", "c B"]
    assert cells(text, "y", "feasible") == ["cut", "1", "b B"]
    assert cells(text, "x", "10") == ["1", "12 (a)"]
    assert "None." in troubles([run("a", "gaus", 3.0, seconds=11.4)])


def test_curves(board):
    gaus, x, y = profile(board)
    assert (gaus.label, gaus.x) == ("gaus", pytest.approx([1.0, 1.0, 1.2]))
    assert gaus.y == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert x.x == pytest.approx([100 / 90, 80 / 50])
    assert y.x == pytest.approx([1.0, 110 / 90])
    assert y.y == pytest.approx([1 / 3, 2 / 3])
    first = over_time(board)[0]
    assert first.label == "gaus (3/3)"
    assert first.x[0] >= 1.0  # nothing has a schedule before
    ends = [(2 * 90 / 80 * 2 * 60 / 50 * 2) ** (1 / 3), (90 / 80 * 60 / 50) ** (1 / 3)]
    assert (first.y[0], first.y[-1]) == pytest.approx(ends)
