"""Compile the kernels of bounds before anyone's clock runs."""

import functools as ft

from gaus_jax.bounds.bound import UNTIMED
from gaus_jax.bounds.interval import Refuter
from gaus_jax.bounds.limited import latency_bound
from gaus_jax.bounds.live_cuts import CUT_LIVE, STEP_LIVE
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import window


@ft.cache
def warm_bounds() -> None:
    """Run those under limits once on a graph of three nodes; numba keeps the result on disk."""
    loop = make_problem(3, [(0, 1), (1, 2), (2, 0)], limit=1, distance=[0, 0, 1])
    latency_bound(loop)
    Refuter(loop).refutes(3)


@ft.cache
def warm_cuts() -> None:
    """The same for cuts of what is held, on a graph of two nodes."""
    pair = make_problem(2, [(0, 1)])
    for bound in (STEP_LIVE, CUT_LIVE):
        bound.relax(pair, window(pair, 2), {"peak_live": 1.0}, "register", UNTIMED)
