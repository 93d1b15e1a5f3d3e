"""The formulas behind the tables, by hand."""

import math

import pytest

from gaus_jax.report.bench.numbers import (
    cost_at,
    geomean,
    median,
    outcome,
    ratio,
    seconds_to,
)

TRACE = [(0.5, 200.0), (2.0, 110.0), (4.0, 101.0), (8.0, 100.0)]


def test_a_median_counts_failures_as_infinite():
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([1.0, 2.0]) == 1.5
    assert median([1.0, math.inf, 2.0]) == 2.0
    assert median([1.0, math.inf, math.inf]) == median([]) == math.inf


def test_geometric_means():
    assert geomean([2.0, 8.0]) == pytest.approx(4.0)
    assert geomean([0.5, 2.0, 1.0]) == pytest.approx(1.0)
    assert geomean([1.0, math.inf]) == math.inf
    assert geomean([0.0, 5.0]) == 0.0
    assert math.isnan(geomean([]))


def test_ratios_and_outcomes_of_zero_and_infinity():
    assert (ratio(3, 4), ratio(0, 0), ratio(0, 5)) == (0.75, 1.0, 0.0)
    assert ratio(5, 0) == ratio(math.inf, 5) == math.inf
    assert ratio(math.inf, math.inf) == 1.0
    assert (outcome(1, 2), outcome(2, 2), outcome(2, 1)) == (-1, 0, 1)
    assert outcome(1e6, 1e6 + 1e-4) == 0
    assert outcome(1e6, 1e6 + 1e-2) == -1
    assert outcome(math.inf, 3) == 1
    assert outcome(math.inf, math.inf) == 0


def test_times_to_a_target():
    assert seconds_to(TRACE, 105.0) == 4.0
    assert seconds_to(TRACE, 101.0) == 4.0
    assert seconds_to(TRACE, 100.0 * (1 - 1e-12)) == 8.0
    assert seconds_to(TRACE, 99.0) == seconds_to([], 99.0) == math.inf


def test_costs_at_a_time():
    assert [cost_at(TRACE, at) for at in (0.4, 0.5, 3.9, 9.0)] == [math.inf, 200.0, 110.0, 100.0]
