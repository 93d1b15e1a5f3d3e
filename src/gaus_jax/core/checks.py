"""What `Problem` asks of its arrays."""

from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError

INTEGER_LIMIT = 2**40  # above any sensible cycle count, far below where int64 sums overflow
AMOUNT_LIMIT = 2.0**53  # sums of integers stay exact in float64 below this


def frozen_array(name: str, values: Any, kind: type) -> np.ndarray:
    """A read-only copy in the one dtype of this field; fractions are no integers."""
    try:
        array = np.array(values, ndmin=1)
        if array.size == 0:
            array = np.zeros(0, kind)
        if array.ndim != 1:
            raise InputError(f"{name} must be one-dimensional, not of shape {array.shape}")
        if kind is np.int64 and not np.issubdtype(array.dtype, np.integer):
            floats = array.astype(np.float64)
            whole = (np.abs(floats) <= 2.0**62) & (floats == np.floor(floats))
            bad = np.flatnonzero(~whole)
            if bad.size:
                where = f"entry {bad[0]}"
                raise InputError(f"{name} must be whole numbers; {where} is {array[bad[0]]}")
        array = array.astype(kind)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} must be an array of {kind.__name__}: {error}") from error
    array.flags.writeable = False
    return array


def edge_ends(problem: str, edges: Any) -> np.ndarray:
    """Edges as an (E, 2) array, whatever they are a sequence of."""
    try:
        ends = np.asarray(edges)
    except ValueError as error:
        raise InputError(f"{problem}: edges must be pairs of node indices: {error}") from error
    if ends.size == 0:
        return np.zeros((0, 2), np.int64)
    if ends.ndim != 2 or ends.shape[1] != 2:
        raise InputError(
            f"{problem}: edges must be pairs of node indices, not an array of shape {ends.shape}"
        )
    return ends


def check_unique(problem: str, what: str, names: tuple[str, ...]) -> None:
    """Refuse a name that appears twice."""
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twice = next(n for n in names if n in seen or seen.add(n))
        raise InputError(f"{problem}: {what} '{twice}' appears twice; make them distinct")


def check_index(problem: str, name: str, index: np.ndarray, count: int, what: str) -> None:
    """Refuse an index beyond ``0 .. count - 1``."""
    bad = np.flatnonzero((index < 0) | (index >= count))
    if bad.size:
        thing = "class" if name == "use_class" else "node"
        raise InputError(
            f"{problem}: {name} of {what} {bad[0]} is {index[bad[0]]}, an unknown {thing}; "
            f"indices are 0..{count - 1}"
        )


def check_amount(problem: str, name: str, values: np.ndarray, label: Any) -> None:
    """Refuse what is negative, not a number, or too large for exact sums."""
    integral = np.issubdtype(values.dtype, np.integer)
    top = INTEGER_LIMIT if integral else AMOUNT_LIMIT
    bad = np.flatnonzero(~((values >= 0) & (values <= top)))
    if bad.size:
        value = values[bad[0]]
        raise InputError(
            f"{problem}: {name} of {label(int(bad[0]))} is {value}; "
            f"it must be a finite number between 0 and {top:.3g}"
        )
