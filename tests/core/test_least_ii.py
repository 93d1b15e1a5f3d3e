"""The least II of a scheduler that tries everything."""

import numpy as np
import pytest
from hypothesis import given

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.build import make_problem
from gaus_jax.core.least_ii import generous, least_ii
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.window import asap_length
from tests import brute, reference
from tests.strategies import problems


def everything(problem, window, *, limit=None, seed=0):
    """The first legal schedule of all, if there is one."""
    for start in brute.schedules(problem, window.depth, window.ii):
        if not reference.resource_violations(problem, start, window.ii):
            return np.array(start, np.int64)
    return None


def close(problem, ii):
    """A depth that leaves few schedules."""
    return asap_length(problem, ii) + 2


@given(problems(max_nodes=4, max_edges=5, loop_carried=True, limited=True))
def test_no_smaller_ii_has_a_schedule(problem):
    found = least_ii(problem, everything, depth=close, most=12)
    assert found is None or found.ii >= reference.min_ii(problem) == found.least.value
    for ii in range(1, 13 if found is None else found.ii):
        if ii < reference.recurrence_ii(problem):
            continue
        for start in brute.schedules(problem, close(problem, ii), ii):
            assert reference.resource_violations(problem, start, ii)
    if found is not None:
        start = found.start.tolist()
        assert found.window.depth == close(problem, found.ii)
        assert found.window.ii == found.ii
        assert reference.legal(problem, start, found.window.depth, found.ii)
        assert not reference.resource_violations(problem, start, found.ii)


def test_an_ii_at_which_a_node_meets_itself_is_passed_over():
    # ResMII is 2, but at 2 the three cycles of 2 units are 4 units in a slot.
    problem = make_problem(1, limit=3, uses=(0, 0, 2, [3]))
    assert min_ii(problem).value == 2
    assert least_ii(problem, everything).ii == 3


def test_a_node_that_never_fits_is_an_error():
    problem = make_problem(2, limit=1, uses=([0, 1], 0, [1, 2], 1))
    with pytest.raises(InfeasibleError, match="node 1 alone takes 2"):
        least_ii(problem, everything)


def test_the_last_ii_is_that_of_one_node_after_the_other():
    problem = make_problem(2, [(0, 1)], latency=[2, 3], delay=4, uses=(0, 0, 1, [5]))
    tried = []
    never = lambda problem, window, **_: tried.append(window.ii)  # noqa: E731
    assert least_ii(problem, never, depth=generous) is None
    assert tried == list(range(1, 13))  # the unit is blocked for 5, then 3, and 4 are between
