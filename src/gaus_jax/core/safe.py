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
