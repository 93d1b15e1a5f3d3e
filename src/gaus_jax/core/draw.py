"""Random numbers for sequential kernels, the same on every machine."""

import numpy as np

from gaus_jax.core.native import native


def seeded(seed: int) -> np.ndarray:
    """The state of a stream of numbers; (1,) uint64, never 0."""
    return np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64 or 1], np.uint64)


@native
def uniform(random):
    """Xorshift64*; a number in [0, 1)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0
