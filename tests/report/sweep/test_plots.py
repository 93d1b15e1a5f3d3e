"""Axes of plots, and the extra that plots need."""

import sys

import pytest

from gaus_jax.base.errors import MissingExtraError
from gaus_jax.report.sweep.plots import ensure_plots, scale


def test_wide_numbers_are_drawn_by_their_logarithm_and_names_in_a_row():
    assert scale("rate", [0.01, 1.0]).at == [-2.0, 0.0]
    assert scale("rate", [0.5, 1.0]).at == [0.5, 1.0]
    assert scale("rate", [0.0, 100.0]).at == [0.0, 100.0]
    named = scale("optimiser", ["adam", "sgd", "adam"])
    assert named.at == [0.0, 1.0, 0.0]
    assert [label for _, label in named.ticks] == ["adam", "sgd"]


def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'gaus-jax\[plot\]'"):
        ensure_plots()
