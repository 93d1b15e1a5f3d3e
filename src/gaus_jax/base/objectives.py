"""The named objectives: rows of weights."""

from collections.abc import Mapping
from typing import NamedTuple

from gaus_jax.base.registry import table


class Preset(NamedTuple):
    """A named objective of FORMULATIONS; the weight "ratio" is replaced by the ratio asked for."""

    name: str
    weights: Mapping[str, float | str]
    constraints: tuple[str, ...] = ("dependence", "latency")
    kappa: str | None = "1"  # None: no latency bound unless one is asked for
    pipelined: bool = False  # whether iterations overlap unless an II is asked for


LIMITED = ("dependence", "latency", "resource")
OBJECTIVES = table(
    "objective",
    Preset("A", {"peak_usage": "ratio", "communication": 1.0}),
    Preset("B", {"peak_live": 1.0}),
    Preset("C", {"peak_live": 1.0}, LIMITED, kappa=None, pipelined=True),
    Preset("D", {"latency": 1.0}, LIMITED, kappa=None),
    Preset("S", {"footprint": 1.0}, ("sequence",)),
)
