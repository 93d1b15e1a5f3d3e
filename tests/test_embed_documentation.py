"""The program of docs/embed.md runs and does what the page says."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parents[1] / "docs" / "embed.md"


def test_the_blocks_of_the_page_are_one_program():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 5
    names = {}
    exec(compile("\n".join(blocks), str(PAGE), "exec"), names)
    relaxed, data, result = names["relaxed"], names["data"], names["result"]
    assert names["losses"].shape == (8, 100)
    first = relaxed.loss(data, relaxed.init(data).mean)
    assert relaxed.loss(data, names["means"]) < first  # the descent descends
    assert np.isfinite(names["price"]).all()
    assert np.any(names["price"] > 0)
    assert result.legal
    assert (
        result.lower_bound
        <= result.value
        <= names["footprints"](names["view"], names["order"]).max()
    )
