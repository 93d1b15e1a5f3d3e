"""Shapes as XLA prints them: their arrays, and how many bytes each takes."""

import math
import re
from typing import NamedTuple

from gaus_jax.base.errors import InputError

# Bits of an element. XLA's names: https://openxla.org/xla/shapes (primitive types).
_BITS = {
    "pred": 8, "s1": 1, "u1": 1, "s2": 2, "u2": 2, "s4": 4, "u4": 4, "f4e2m1fn": 4,
    "s8": 8, "u8": 8, "s16": 16, "u16": 16, "bf16": 16, "f16": 16, "s32": 32, "u32": 32, "f32": 32,
    "s64": 64, "u64": 64, "f64": 64, "c64": 64, "c128": 128,
    "token": 0, "opaque": 0,
}  # fmt: skip
_ARRAY = re.compile(r"([a-z][a-z0-9]*)\[([^\]]*)\](\{[^}]*\})?")
_PACKED = re.compile(r"E\((\d+)\)")  # bits of an element, where the layout packs them


class Leaf(NamedTuple):
    """One array of a shape."""

    text: str  # type and dimensions without the layout, as `f32[2,3]`
    layout: str  # as `{1,0}`; empty where none is printed
    size: int  # bytes
    bounded: bool  # a dimension is only an upper bound, at which `size` is taken


def leaves(text: str, where: str) -> tuple[Leaf, ...]:
    """The arrays of a shape in order, of nested tuples too; tokens are arrays of no bytes.

    Args:
        text: as `f32[128,512]{1,0}` or `(f32[2], (s32[], token[]))`.
        where: what an error names: the file, line and instruction.

    Raises:
        InputError: an unknown element type, or a dimension without a bound.
    """
    return tuple(_leaf(match, where) for match in _ARRAY.finditer(text))


def _leaf(match: re.Match[str], where: str) -> Leaf:
    kind, dimensions, layout = match[1], match[2].replace(" ", ""), match[3] or ""
    count, bounded = 1, False
    for dimension in filter(None, dimensions.split(",")):
        bounded |= dimension.startswith("<=")
        extent = dimension.removeprefix("<=")
        if not extent.isdecimal():
            raise InputError(
                f"{where}: {match[0]} has a dimension '{dimension}' of no fixed size; a memory "
                f"schedule needs static shapes (or bounds, as [<=8])"
            )
        count *= int(extent)
    packed = _PACKED.search(layout)
    bits = int(packed[1]) if packed else max(_bits(kind, where), 8 * (_bits(kind, where) > 0))
    return Leaf(f"{kind}[{dimensions}]", layout, math.ceil(count * bits / 8), bounded)


def _bits(kind: str, where: str) -> int:
    if kind in _BITS:
        return _BITS[kind]
    if re.fullmatch(r"f8e\w+", kind):
        return 8
    raise InputError(f"{where}: unknown element type '{kind}'; known: {', '.join(_BITS)}, f8...")
