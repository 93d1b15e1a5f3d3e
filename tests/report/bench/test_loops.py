"""Tables of loops and of latencies, by hand."""

import pytest

from gaus_jax.base.errors import UnsoundBoundError
from gaus_jax.bench.records import check_bounds
from gaus_jax.report.bench.board import Best, boards
from gaus_jax.report.bench.curves import over_time
from gaus_jax.report.bench.known import read_known
from gaus_jax.report.bench.loops import every_loop, intervals, registers
from gaus_jax.report.bench.makespans import makespans
from gaus_jax.report.bench.troubles import troubles
from tests.report.bench.records import run
from tests.report.bench.test_board import cells


def loop(instance, method, cost, ii, **other):
    about = {"objective": "C", "kappa": "none", "ii_asked": "auto", "ii": ii, "min_ii": 4}
    return run(instance, method, cost, **about | other)


# On a all reach MinII; on b x alone does; on c nobody but gaus finds anything.
LOOPS = [
    loop("a", "gaus", 9.0, 4, bound=8.0),
    loop("a", "x", 10.0, 4),
    loop("a", "y", 12.0, 4, bound=6.0),
    loop("b", "gaus", 20.0, 5, nodes=300, bound=19.0),
    loop("b", "x", 10.0, 4, nodes=300, bound=8.0),
    loop("b", "y", 16.0, 5, nodes=300),
    loop("c", "gaus", 3.0, 8),
    loop("c", "x", None, None, min_ii=None),
    loop("c", "y", None, None, min_ii=None),
]


@pytest.fixture
def board():
    (only,) = boards(LOOPS)
    return only


def test_a_longer_interval_is_no_schedule_to_compare(board):
    assert str(board.group) == "C, kappa none, 10 s, II auto"
    assert board.best["b"] == Best(10.0, "x")
    assert board.bound["b"] == Best(8.0, "x")  # the one of gaus is at another interval
    assert board.cost("b", "gaus") == float("inf")
    assert board.cells["b", "gaus"].status() == "II 5"
    assert board.best["a"] == Best(9.0, "gaus")


def test_what_is_known_of_an_interval_counts_there(tmp_path):
    about = '[[best]]\ninstance = "a"\nobjective = "C"\nkappa = "none"\nsource = "z"\n'
    (tmp_path / "best.toml").write_text(about + "ii = 4\ncost = 7\n" + about + "ii = 5\ncost = 1\n")
    known = read_known(tmp_path / "best.toml")
    (board,) = boards(LOOPS, known)
    assert board.best["a"] == Best(7.0, "z")
    wrong = known[0] | {"cost": None, "bound": 9.5, "status": "failed"}
    with pytest.raises(UnsoundBoundError, match="of z"):
        check_bounds([*LOOPS[:3], wrong])


def test_seeds_at_two_intervals_are_in_the_table_of_registers():
    four, five = (loop("a", "gaus", cost, ii, seed=ii) for cost, ii in ((9.0, 4), (7.0, 5)))
    (board,) = boards([four, five, loop("a", "x", 8.0, 5)])
    assert board.cells["a", "gaus"].interval == 5
    assert cells(registers(board), "gaus", "all")[:2] == ["1", "0.875"]


def test_runs_at_longer_intervals_draw_no_curve():
    costs = ((9.0, 4), (12.0, 4), (1.0, 5))
    seeds = [loop("a", "gaus", cost, ii, seed=k) for k, (cost, ii) in enumerate(costs)]
    (board,) = boards(seeds)
    (curve,) = over_time(board)
    assert curve.y[-1] == pytest.approx(12 / 9)


def test_intervals_against_the_least_possible(board):
    text = intervals(board)
    assert cells(text, "gaus") == ["3 of 3", "1", "35.7", "100.0", "c", "0", "1", "1"]
    assert cells(text, "x") == ["2 of 3", "2", "0.0", "0.0", "a", "1", "1", "0"]


def test_registers_are_compared_at_the_same_interval(board):
    text = registers(board)
    # a: 9 to 10 of x. b: x is at another interval, 20 to 16 of y.
    mean = (9 / 10 * 20 / 16) ** 0.5
    found = cells(text, "gaus", "all")
    assert found == ["2", f"{mean:.3f}", "1.250", "b", "1", "0", "1", "12.5", "0 of 1"]
    assert cells(text, "gaus", "above 100 nodes")[:3] == ["1", "1.250", "1.250"]
    assert cells(text, "x", "all")[-2:] == ["25.0", "0 of 2"]


def test_every_loop_has_a_row(board):
    row = cells(every_loop(board), "b")
    assert row[:5] == ["300", "4", "10", "x", "8"]
    assert row[5:] == ["5 / 20 / 9.9", "4 / 10 / 9.9", "5 / 16 / 9.9"]


def test_bounds_at_another_interval_do_not_matter():
    check_bounds([loop("a", "x", 5.0, 6), loop("a", "y", 9.0, 4, bound=8.0)])
    with pytest.raises(UnsoundBoundError):
        check_bounds([loop("a", "x", 5.0, 4), loop("a", "y", 9.0, 4, bound=8.0)])


def latency(instance, method, cost, known, **other):
    about = {"objective": "D", "kappa": "none", "ii_asked": None, "known": known}
    return run(instance, method, cost, **about | other)


PROVED, OPEN = {"cost": 40.0, "bound": 40.0}, {"cost": 100.0, "bound": 90.0}


def test_latencies_against_the_best_known():
    found = [
        latency("a", "gaus", 40.0, PROVED),
        latency("b", "gaus", 95.0, OPEN),
        latency("a", "list", 42.0, PROVED),
        latency("b", "list", 110.0, OPEN),
        latency("c", "gaus", 7.0, None),
    ]
    (board,) = boards(found)
    text = makespans(board)
    assert cells(text, "gaus", "small") == ["2", "2", "-2.5", "0.0", "a", "1", "1", "1", "1"]
    assert cells(text, "list", "small") == ["2", "2", "7.5", "10.0", "b", "0", "0", "0", "1"]
    assert board.best["a"].value == 40.0
    assert board.best["b"] == Best(95.0, "gaus")
    (only,) = boards(found[2:4])
    assert only.best["a"] == Best(40.0, "best.csv")
    assert makespans(boards(LOOPS)[0]) == ""


def test_a_latency_below_a_proved_optimum_is_trouble():
    assert "proved elsewhere" not in troubles([latency("b", "gaus", 95.0, OPEN)])
    text = troubles([latency("a", "gaus", 39.0, PROVED)])
    assert cells(text, "gaus", "a") == ["0", "39", "40"]
