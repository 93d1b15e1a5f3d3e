"""The examples of docs/formats.md are read as it says."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

from gaus_jax.importers import IMPORTERS
from tests.importers.cases import source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def example(begin: str, end: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    at = text.index("    " + begin)
    return textwrap.dedent(text[at : text.index(end, at) + len(end)])


def test_gml():
    p = IMPORTERS["gml"].read(source(example("graph [", "\n    ]\n")))
    assert p.ids == ("a", "b")
    assert p.limit.tolist() == [3]
    assert p.use_occupancy.tolist() == [2, 1, 4]


def test_json():
    p = IMPORTERS["json"].read(source(example('{"format"', "}}\n")))
    assert (p.name, p.nodes, p.edges) == ("demo", 2, 1)
    assert p.limit.tolist() == [np.inf]


def test_ssp():
    p = IMPORTERS["ssp"].read(source(example("ssp.instance", "\n    }\n")))
    assert p.ids == ("a", "b", "c")
    assert p.limit.tolist() == [1]
    assert p.distance.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_format_is_described(name):
    assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")
