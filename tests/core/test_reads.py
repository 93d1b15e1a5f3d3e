"""Reads against the oracle's lifetimes."""

import pytest
from hypothesis import given

from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.reads import reads
from tests import reference
from tests.strategies import pipelined


@pytest.mark.parametrize("overlaps", [True, False])
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=pipelined(max_nodes=6))
def test_the_last_read_ends_a_life(lifetime, overlaps, case):
    problem, start, depth, ii = case
    ii = ii if overlaps else None
    value, consumer, shift = reads(problem, ii, lifetime)
    assert (problem.size[value] > 0).all()
    pairs = list(zip(value.tolist(), consumer.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    for i in range(problem.nodes):
        held = reference.held(problem, start, i, depth, lifetime, ii)
        mine = [start[j] + s for p, j, s in zip(value, consumer, shift, strict=True) if p == i]
        if problem.size[i] > 0 and not (problem.output[i] and lifetime == "buffer"):
            assert bool(mine) == (held.stop > 0)
            assert not mine or max(mine) + 1 == held.stop
