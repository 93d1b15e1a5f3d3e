"""Bounds in floating point, rounded to the side on which they cannot be wrong."""

import numpy as np


def safe(value: float, amounts: np.ndarray, scale: float) -> float:
    """Round a float bound to the safe side, and up to the next integer where all amounts are whole.

    ``scale`` is the magnitude of the sums that made the value; their rounding stays below
    ``1e-9 scale``.
    """
    value -= 1e-9 * scale
    whole = bool(np.all(amounts == np.floor(amounts)))
    return max(0.0, float(np.ceil(value)) if whole else value)


def summed(value: float, amounts: np.ndarray) -> float:
    """A bound that is made of the amounts by sums and differences alone.

    Whole numbers of less than 2^53 in all add up exactly, in any order; others as by `safe`.
    """
    total = float(np.sum(amounts))
    if total < 2.0**53 and bool(np.all(amounts == np.floor(amounts))):
        return value
    return safe(value, amounts, total)
