"""The exact face of every term against the oracle."""

import pytest
from hypothesis import given

from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.terms import TERMS
from tests import reference
from tests.strategies import pipelined, scheduled

# term -> the oracle's reading; a new term needs one here, or the first test fails
ORACLE = {
    "communication": lambda p, s, d, life, ii: reference.communication(p, s, ii),
    "footprint": lambda p, s, d, life, ii: reference.footprint(p, s, d, life, ii),
    "latency": lambda p, s, d, life, ii: reference.latency(p, s),
    "peak_live": lambda p, s, d, life, ii: reference.peak_live(p, s, d, life, ii),
    "peak_usage": lambda p, s, d, life, ii: reference.peak_usage(p, s),
}


def test_every_term_has_an_oracle():
    assert set(TERMS) == set(ORACLE)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("term", TERMS)
@given(case=scheduled(loop_carried=True, workspace=True))
def test_exact(term, lifetime, case):
    problem, start, depth = case
    found = TERMS[term].exact(problem, Schedule(start, depth), lifetime)
    assert found == ORACLE[term](problem, start, depth, lifetime, None)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("term", TERMS)
@given(case=pipelined(workspace=True))
def test_exact_with_an_interval(term, lifetime, case):
    problem, start, depth, ii = case
    found = TERMS[term].exact(problem, Schedule(start, depth, ii), lifetime)
    assert found == ORACLE[term](problem, start, depth, lifetime, ii)
