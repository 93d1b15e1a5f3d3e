"""Reservation tables and stage charts of a loop drawn by hand."""

import numpy as np
import pytest

from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.report.charts import charts, reservation_table, stage_chart


def loop():
    """Two loads into a product that blocks its unit for two cycles, and a chained store."""
    return make_problem(
        ["a", "b", "mul", "st"],
        [(0, 2), (1, 2), (2, 3)],
        latency=[1, 1, 3, 0],
        classes=("port", "mult", "free"),
        limit=[1, 1, np.inf],
        uses=([0, 1, 2, 3], [0, 0, 1, 2], [1, 1, 1, 1], [1, 1, 2, 1]),
    )


def test_a_reservation_table_says_who_blocks_what_in_each_slot():
    found = reservation_table(loop(), Schedule([0, 1, 2, 5], 6, 2)).splitlines()
    assert [line.split() for line in found] == [
        ["slot", "port", "(1)", "mult", "(1)"],
        ["----", "--------", "--------"],
        ["0", "a'0", "mul'1"],
        ["1", "b'0", "mul'1"],
    ]


def test_a_stage_chart_draws_cycles_under_their_slots():
    found = stage_chart(loop(), Schedule([0, 1, 2, 5], 6, 2)).splitlines()
    assert [line.split() for line in found] == [
        ["|st", "|st", "|st", "|"],
        ["a", "|#.", "|..", "|..", "|"],
        ["b", "|.#", "|..", "|..", "|"],
        ["mul", "|..", "|##", "|#.", "|"],
        ["st", "|..", "|..", "|.o", "|"],
    ]


def test_without_an_interval_there_is_no_chart():
    assert charts(loop(), Schedule([0, 1, 2, 5], 6)).startswith("no chart: the schedule has no")
    assert "'1" in charts(loop(), Schedule([0, 1, 2, 5], 6, 2))
    for chart in (reservation_table, stage_chart):
        with pytest.raises(ValueError, match="no initiation interval"):
            chart(loop(), Schedule([0, 1, 2, 5], 6))
        with pytest.raises(ValueError, match="more than the 200"):
            chart(loop(), Schedule([0, 1, 2, 5], 6, 201))
