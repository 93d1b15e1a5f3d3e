"""CP-SAT at an II decides what brute force does, and proves the fewest registers."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.errors import MissingExtraError
from gaus_jax.baselines.modulo.cpsat import CpSatModulo
from gaus_jax.baselines.modulo.sdc import modulo_sdc
from gaus_jax.core.build import make_problem
from gaus_jax.core.least_ii import least_ii
from gaus_jax.core.window import window
from gaus_jax.instances.loops import lms
from tests import brute, reference
from tests.limited import fit_alone, tight
from tests.strategies import pipelined

pytest.importorskip("ortools")
TINY = pipelined(max_nodes=4, max_edges=6, max_slack=3)


def limited(problem, ii):
    """A cost that is 0 under the limits and infinite above them."""
    return lambda s: 1e999 if reference.resource_violations(problem, s, ii) else 0.0


@given(TINY, st.booleans())
def test_feasibility_is_that_of_brute_force(case, hinted):
    problem, start, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii):
        return
    hint = np.array(start, np.int64) if hinted else None
    answer = CpSatModulo(workers=1, hint=hint).decide(problem, window(problem, depth, ii))
    exists = brute.optimum(problem, depth, limited(problem, ii), ii) is not None
    assert answer.status == ("found" if exists else "infeasible")
    if exists:
        found = answer.start.tolist()
        assert reference.legal(problem, found, depth, ii)
        assert not reference.resource_violations(problem, found, ii)


@pytest.mark.parametrize("lifetime", reference.LIFETIMES)
@settings(max_examples=15)
@given(case=TINY)
def test_the_fewest_registers_are_those_of_brute_force(lifetime, case):
    problem, start, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii):
        return
    solver = CpSatModulo(workers=1, hint=np.array(start, np.int64))
    answer = solver.fewest_registers(problem, window(problem, depth, ii), lifetime)
    best = brute.optimum(
        problem, depth, lambda s: reference.objective_C(problem, s, depth, ii, lifetime), ii
    )
    if best is None:
        assert answer.status == "infeasible"
        return
    found = answer.start.tolist()
    assert answer.status == "optimal"
    assert reference.objective_C(problem, found, depth, ii, lifetime) == best[0] == answer.bound


def test_a_unit_is_blocked_after_the_start_and_not_before():
    pair = make_problem(2, [(0, 1)], limit=1, uses=([0, 1], 0, 1, [1, 3]))
    answer = CpSatModulo(workers=1).decide(pair, window(pair, 2, 4))  # starts 0 and 1
    assert answer.status == "found"


def test_an_output_is_held_to_the_last_step():
    pair = make_problem(2, [(0, 1)], latency=[1, 2], size=[5, 0], output=[True, False])
    answer = CpSatModulo(workers=1).fewest_registers(pair, window(pair, 3, 1), "buffer")
    assert answer.bound == 15  # from step 0 to step 2, at II 1


def test_a_chained_value_takes_no_register():
    pair = make_problem(2, [(0, 1)], latency=[0, 1])
    assert CpSatModulo(workers=1).fewest_registers(pair, window(pair, 1, 1)).bound == 0
    assert CpSatModulo(workers=1).fewest_registers(pair, window(pair, 1, 1), "buffer").bound == 2


def test_sizes_may_be_fractions():
    problem = make_problem(3, [(0, 1), (1, 2)], size=[0.5, 0.25, 1])
    answer = CpSatModulo(workers=1).fewest_registers(problem, window(problem, 5, 1))
    assert answer.status == "optimal"
    assert answer.bound == 0.75


def test_min_ii_need_not_be_possible():
    # The recurrence of the filter is 10 cycles, but the shared units make it wait for one more.
    found = least_ii(lms(4), CpSatModulo(workers=1))
    assert found.least.value == 10
    assert found.ii == least_ii(lms(4), modulo_sdc).ii == 11


def test_without_effort_nothing_is_known():
    problem = make_problem(30, limit=2)
    answer = CpSatModulo(workers=1, effort=0.0).decide(problem, window(problem, 40, 15))
    assert answer.status in ("unknown", "found")


def test_without_ortools(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingExtraError, match=r"gaus-jax\[baselines\]"):
        CpSatModulo().decide(make_problem(2), window(make_problem(2), 4, 2))
