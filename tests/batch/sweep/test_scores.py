"""Scores by hand."""

import math

import pytest

from gaus_jax.batch.sweep.found import effect, levels
from gaus_jax.batch.sweep.scores import complete, scores


def record(point: int, cost, instance: str = "g", seed: int = 0, rate: float = 0.1):
    return {
        "point": point,
        "values": {"rate": rate},
        "instance": instance,
        "objective": "A",
        "seed": seed,
        "cost": cost,
        "seconds": 0.5,
    }


def test_a_score_is_the_geometric_mean_over_the_lowest():
    found = scores([record(0, 10.0), record(0, 30.0, "h"), record(1, 20.0), record(1, 15.0, "h")])
    assert [one.place for one in found] == [0, 1]  # equal: the first comes first
    assert [one.score for one in found] == pytest.approx([math.sqrt(2), math.sqrt(2)])
    assert found[0].runs == 2
    assert found[0].seconds == 1.0
    assert math.isnan(found[0].spread)


def test_spread_is_from_seed_to_seed():
    (one,) = scores([record(0, 10.0, seed=0), record(0, 12.0, seed=1)])
    assert one.score == pytest.approx(math.sqrt(1.2))
    assert one.spread == pytest.approx(0.2 / math.sqrt(2))


def test_what_has_no_schedule_is_last_and_what_none_has_says_nothing():
    found = scores([record(0, None), record(1, 0.0), record(2, 2.0)])
    assert [one.place for one in found] == [1, 2, 0]
    assert [one.score for one in found] == pytest.approx([1.0, 3.0, math.inf])
    found = scores([record(0, 3.0), record(0, None, "h")])
    assert found[0].score == 1.0
    assert complete(found, 2) == found
    assert complete(found, 3) == []


def test_levels_are_values_or_ranges_of_them():
    few = scores([record(k, 10.0 + k, rate=(0.1, 0.2)[k % 2]) for k in range(4)])
    assert [(level.label, level.points) for level in levels(few, "rate")] == [
        ("0.1", 2),
        ("0.2", 2),
    ]
    assert effect(levels(few, "rate")) == pytest.approx(0.1)
    many = scores([record(k, 10.0 + k, rate=k / 10) for k in range(12)])
    labels = [level.label for level in levels(many, "rate")]
    assert labels == ["0 to 0.2", "0.3 to 0.5", "0.6 to 0.8", "0.9 to 1.1"]
