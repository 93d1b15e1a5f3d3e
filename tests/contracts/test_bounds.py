"""Every bound, wherever what it rests on holds: never above the best legal schedule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.bounds import IMMEDIATE
from gaus_jax.bounds.bound import FACTS, Relaxation, lower_bound
from gaus_jax.core.window import window
from tests import brute, reference
from tests.limited import fit_alone, tight
from tests.strategies import pipelined

VALUE = {
    "latency": lambda p, s, depth, ii: reference.latency(p, s),
    "peak_live": lambda p, s, depth, ii: reference.peak_live(p, s, depth, "register", ii),
}
BOUNDS = [b for b in IMMEDIATE.values() if set(b.terms) & set(VALUE)]


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda b: b.name)
@settings(max_examples=12)
@given(case=pipelined(max_nodes=4, max_edges=5, max_slack=2), overlapping=st.booleans())
def test_no_legal_schedule_is_better(bound, case, overlapping):
    problem, _, depth, ii = case
    ii = ii if overlapping else None
    problem = tight(problem, ii or depth)
    facts = frozenset({"depth", "limits", "ii" if ii else "no ii"})
    if not bound.rests_on <= facts or not fit_alone(problem, ii):
        return
    for term in set(bound.terms) & set(VALUE):

        def cost(start, term=term):
            broken = reference.resource_violations(problem, start, ii)
            return 1e999 if broken else VALUE[term](problem, start, depth, ii)

        best = brute.optimum(problem, depth, cost, ii)
        if best is None:
            continue
        frame = window(problem, depth, ii)
        found = bound.relax(problem, frame, {term: 1.0}, "register", 5.0)
        assert found.value <= best[0] * (1 + 1e-9)


class Spy:
    """A bound of 7 on the latency that rests on one fact."""

    name, terms = "spy", ("latency",)

    def __init__(self, fact: str) -> None:
        self.rests_on = frozenset({fact})

    def relax(self, problem, window, weights, lifetime, seconds):
        return Relaxation(7.0)


@pytest.mark.parametrize("fact", FACTS)
def test_a_bound_counts_where_what_it_rests_on_holds_alone(fact):
    about = {"latency": 1.0}, "register", lambda: 1.0
    with_it = lower_bound([Spy(fact)], None, None, *about, frozenset({fact}))
    without = lower_bound([Spy(fact)], None, None, *about, frozenset(FACTS) - {fact})
    assert (with_it[0], without[0]) == (7.0, 0.0)


def test_what_each_rests_on_is_known():
    assert all(bound.rests_on <= set(FACTS) for bound in IMMEDIATE.values())
    assert IMMEDIATE["limited_latency"].rests_on == {"limits", "no ii"}
    assert IMMEDIATE["loop_memory"].rests_on == {"limits", "ii"}
