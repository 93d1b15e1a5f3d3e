"""The program of docs/embed.md runs and does what the page says."""

import re
from pathlib import Path

import jax
import numpy as np

from tests import reference

PAGE = Path(__file__).resolve().parents[1] / "docs" / "embed.md"


def test_the_blocks_of_the_page_are_one_program():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 7
    names = {}
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("standard"):
        exec(compile("\n".join(blocks), str(PAGE), "exec"), names)
    problem, result, cost = names["problem"], names["result"], names["cost"]
    assert cost < names["before"]
    assert result.legal
    assert result.lower_bound <= result.value <= cost
    relaxed, data = names["relaxed"], names["data"]
    assert names["losses"].shape == (8, 100)
    extracted = relaxed.extract(names["state"])
    assert relaxed.loss(data, extracted) < relaxed.loss(data, relaxed.init(data).mean)
    assert not reference.order_violations(problem, names["order"].start.tolist())
    assert np.isfinite(names["price"]).all()
    assert np.any(names["price"] > 0)
    assert names["values"].shape == (4,)
    for graph, order in zip(names["graphs"], names["orders"], strict=True):
        assert not reference.order_violations(graph, order.start.tolist())
    assert names["one"].shape == names["shape"]
