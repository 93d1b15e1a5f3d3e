"""The axes of a sweep: lists of values, rows of several together, and random draws."""

import itertools
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gaus_jax.base.errors import SettingsError

Values = dict[str, Any]  # dotted name -> value


@dataclass(frozen=True)
class Rows:
    """Settings that are varied together: every row is one choice of them all."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Values]:
        return (dict(zip(self.names, row, strict=True)) for row in self.rows)


def listed(tree: Mapping[str, Any], source: str) -> list[Rows]:
    """A grid's axes, one for each name: all their combinations are tried.

    Raises:
        SettingsError: an axis that is not a list, or an empty one.
    """
    return [Rows((name,), tuple((v,) for v in _list(name, tree[name], source))) for name in tree]


def zipped(tree: Mapping[str, Any], source: str) -> Rows:
    """Names that are varied together, value by value.

    Raises:
        SettingsError: lists of unequal length, or as `listed`.
    """
    columns = {name: _list(name, values, source) for name, values in tree.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1:
        said = ", ".join(f"{name} has {count}" for name, count in lengths.items())
        raise SettingsError(f"{source}: lists of a zip are of one length; {said or 'it is empty'}")
    return Rows(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def drawn(
    tree: Mapping[str, Any], whole: Mapping[str, bool], count: int, seed: int, source: str
) -> Rows:
    """``count`` draws of all random axes together.

    Each axis has a stream of its own, from the seed and its name: another axis, or another order of
    them, leaves its draws as they are, and more draws begin with the same ones.

    Args:
        tree: name -> ``{log = [a, b]}``, ``{linear = [a, b]}`` or ``{choice = [...]}``.
        whole: which names take whole numbers alone; their draws are rounded.
        count: draws.
        seed: of all of them.
        source: for the errors.

    Raises:
        SettingsError: an axis that is none of these, or an impossible range.
    """
    columns = []
    for name, kind in tree.items():
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        values = _draws(name, kind, rng, count, source)
        columns.append([round(v) for v in values] if whole[name] else values)
    return Rows(tuple(tree), tuple(zip(*columns, strict=True)))


def combined(axes: Sequence[Rows]) -> Iterator[Values]:
    """Every combination of the axes' rows, the last axis fastest."""
    for rows in itertools.product(*axes):
        yield {name: value for row in rows for name, value in row.items()}


def size(axes: Sequence[Rows]) -> int:
    """How many combinations there are."""
    return math.prod(len(axis) for axis in axes)


def _list(name: str, values: Any, source: str) -> list[Any]:
    if not isinstance(values, list) or not values:
        raise SettingsError(f"{source}: {name}: expected a list of values, got {values!r}")
    return values


def _draws(name: str, kind: Any, rng: np.random.Generator, count: int, source: str) -> list[Any]:
    said = f"{source}: {name}: expected {{log = [a, b]}}, {{linear = [a, b]}} or {{choice = [...]}}"
    if not isinstance(kind, Mapping) or len(kind) != 1:
        raise SettingsError(f"{said}, got {kind!r}")
    (way, given), part = next(iter(kind.items())), rng.random(count)
    if way == "choice":
        chosen = _list(name, given, source)
        return [chosen[int(p * len(chosen))] for p in part]
    if way not in ("log", "linear"):
        raise SettingsError(f"{said}, got {kind!r}")
    numbers = isinstance(given, list) and all(_is_number(v) for v in given) and len(given) == 2
    if not numbers or not given[0] < given[1] or (way == "log" and given[0] <= 0):
        above = "above 0, " if way == "log" else ""
        raise SettingsError(f"{source}: {name}: {way} takes two numbers, {above}the lesser first")
    low, high = (math.log(v) for v in given) if way == "log" else given
    values = low + part * (high - low)
    return [float(f"{v:.6g}") for v in (np.exp(values) if way == "log" else values)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
