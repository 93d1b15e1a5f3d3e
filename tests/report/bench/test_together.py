"""Boards of several latency bounds as one, by hand."""

import pytest

from gaus_jax.report.bench.board import boards
from gaus_jax.report.bench.together import together
from gaus_jax.report.bench.versus import against_each, against_virtual_best
from tests.report.bench.records import run
from tests.report.bench.test_board import cells

RUNS = [
    run("a", "gaus", 90.0, bound=50.0),
    run("a", "x", 100.0),
    run("a", "gaus", 40.0, bound=32.0, kappa="1.5"),
    run("a", "x", 100.0, kappa="1.5"),
    run("b", "gaus", 300.0, bound=1.0, nodes=20_000, kappa="1.5"),
    run("b", "x", 200.0, nodes=20_000, kappa="1.5"),
]


def test_ratios_and_gaps_are_means_over_all_kappas():
    text = together(boards(RUNS))
    assert "| B, kappa 1 and 1.5, 10 s | gaus | all | 3 |" in text
    # Ratios 0.9, 0.4 and 1.5; gaps of a alone, 90 / 50 and 40 / 32: b is above 10,000 nodes.
    mean = (0.9 * 0.4 * 1.5) ** (1 / 3)
    gap = 100 * ((1.8 * 1.25) ** 0.5 - 1)
    expected = f"| all | 3 | {mean:.3f} | 1.500 | b, kappa 1.5 | 2 | 0 | 1 | {gap:.1f} |"
    assert expected in text
    assert "| up to 4,000 nodes | 2 | 0.600 | 0.900 | a, kappa 1 | 2 | 0 | 0 | 50.0 |" in text
    assert "| above 4,000 nodes | 1 | 1.500 | 1.500 | b, kappa 1.5 | 0 | 0 | 1 | - |" in text
    assert "deeper" not in text


def test_one_kappa_has_nothing_to_bring_together():
    assert together(boards(RUNS[:2])) == ""
    assert together(boards([RUNS[0], run("a", "gaus", 90.0, limit_s=60.0)])) == ""


@pytest.mark.parametrize("make", [against_virtual_best, against_each])
@pytest.mark.parametrize("runs", [RUNS[:1], RUNS[1:2]], ids=["no rival", "rivals alone"])
def test_without_a_rival_or_without_another_there_is_no_comparison(make, runs):
    (board,) = boards(runs)
    assert make(board) == ""


def test_a_board_alone_is_compared_as_before():
    (board,) = boards(RUNS[:2])
    assert cells(against_virtual_best(board), "gaus", "all")[:2] == ["1", "0.900"]
