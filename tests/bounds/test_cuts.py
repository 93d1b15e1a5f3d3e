"""Least cuts, of steps and of nodes, are bounds of peak memory."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.bounds.live_cuts import CUT_LIVE, STEP_LIVE
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length, window
from tests import brute, reference
from tests.strategies import problems


@settings(max_examples=200)
@given(
    problem=problems(min_nodes=2, max_nodes=5, max_edges=7),
    lifetime=st.sampled_from(LIFETIMES),
    slack=st.integers(0, 2),
)
def test_no_legal_schedule_holds_less(problem, lifetime, slack):
    depth = asap_length(problem) + slack
    best = brute.optimum(problem, depth, lambda s: reference.peak_live(problem, s, depth, lifetime))
    assert best is not None
    for bound in (STEP_LIVE, CUT_LIVE):
        proved = bound.relax(problem, window(problem, depth), {"peak_live": 2.0}, lifetime, 10.0)
        assert proved.value <= 2 * best[0] * (1 + 1e-9)
