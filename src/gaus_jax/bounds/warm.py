"""Compile the kernels of bounds under limits before anyone's clock runs."""

import functools as ft

from gaus_jax.bounds.interval import Refuter
from gaus_jax.bounds.limited import latency_bound
from gaus_jax.core.build import make_problem


@ft.cache
def warm_bounds() -> None:
    """Run them once on a graph of three nodes; numba keeps the result on disk."""
    loop = make_problem(3, [(0, 1), (1, 2), (2, 0)], limit=1, distance=[0, 0, 1])
    latency_bound(loop)
    Refuter(loop).refutes(3)
