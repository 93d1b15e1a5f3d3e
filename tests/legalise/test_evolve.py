"""The population search: legal, never worse than what it was given, settled by its seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.serial import mirrored, serial_plan
from gaus_jax.core.window import asap
from gaus_jax.legalise.evolve import Evolution, shorten
from gaus_jax.legalise.serial import earliest, latest
from tests import brute, reference
from tests.serial import keeps, priorities
from tests.strategies import problems

SEED = st.integers(0, 10**6)


def job_shop(jobs=10, machines=6, seed=0, beyond=0):
    """Chains of one operation a machine, in random orders: hard for any single list.

    A machine is blocked for some cycles ``beyond`` each operation.
    """
    draw = np.random.default_rng(seed)
    edges, latency, machine = [], [], []
    for j in range(jobs):
        first = j * machines
        edges += [(first + k, first + k + 1) for k in range(machines - 1)]
        latency += draw.integers(1, 9, machines).tolist()
        machine += draw.permutation(machines).tolist()
    nodes = range(jobs * machines)
    names = tuple(f"m{k}" for k in range(machines))
    uses = (nodes, machine, 1, np.array(latency) + beyond)
    return make_problem(len(nodes), edges, latency=latency, classes=names, limit=1, uses=uses)


@given(
    problem=problems(max_nodes=8, limited=True, loop_carried=True),
    seed=SEED,
    schedules=st.sampled_from([1, 30, 400]),
)
def test_the_result_is_legal_and_never_longer_than_what_was_given(problem, seed, schedules):
    priority = priorities(problem, seed)
    given_starts = [earliest(problem, priority).start, latest(problem, priority).start]
    means = asap(problem) + np.random.default_rng(seed).normal(0, 1, problem.nodes)
    starts = [means, *given_starts]
    found = shorten(problem, starts, seed=seed, schedules=schedules)
    assert keeps(problem, found.tolist())
    shortest = min(reference.latency(problem, s.tolist()) for s in given_starts)
    assert reference.latency(problem, found.tolist()) <= shortest


@settings(max_examples=15)
@given(problem=problems(min_nodes=1, max_nodes=4, limited=True), seed=SEED)
def test_no_schedule_is_shorter_than_what_is_found_for_a_tiny_graph(problem, seed):
    found = shorten(problem, [], seed=seed, schedules=300)
    length = reference.latency(problem, found.tolist())
    for start in brute.schedules(problem, length - 1):
        assert reference.resource_violations(problem, start)


@pytest.mark.parametrize("beyond", [0, 3])
def test_members_of_both_populations_are_schedules_of_their_side(beyond):
    problem = job_shop(beyond=beyond)
    search = Evolution(problem, [], None, seed=3, members=5)
    search.advance(200)
    plan, population = serial_plan(problem), search._population
    for side, view in enumerate((plan, mirrored(plan))):
        assert view.limit.size == 6
        for start, length in zip(population.start[side], population.length[side], strict=True):
            assert (start + problem.duration).max() == length
            turned = start if side == 0 else length - problem.duration - start
            assert keeps(problem, turned.tolist())
    assert not population.load.any()


def test_the_seed_and_the_number_of_schedules_settle_the_result():
    problem = job_shop()
    one, two, other = (shorten(problem, [], seed=s, schedules=300) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_a_good_schedule_is_not_lost_for_want_of_time():
    problem = job_shop()
    good = shorten(problem, [], seed=0, schedules=2000)
    alone = shorten(problem, [], seed=0, schedules=1)
    kept = shorten(problem, [alone, good], seed=0, schedules=1)
    lengths = [reference.latency(problem, s.tolist()) for s in (good, kept, alone)]
    assert lengths[0] == lengths[1] < lengths[2]


def test_more_schedules_are_better_than_one():
    problem = job_shop()
    lengths = []
    for schedules in (1, 3000):
        found = shorten(problem, [], seed=0, schedules=schedules)
        lengths.append(reference.latency(problem, found.tolist()))
    assert lengths[1] < lengths[0]


def test_a_bound_that_is_met_ends_the_search():
    problem = make_problem(6, limit=2)
    search = Evolution(problem, [], None, seed=0)
    search.advance(10_000, bound=3)
    assert search.length == 3
    assert search.schedules < 10


def test_the_search_begins_anew_once_nothing_is_gained():
    problem = make_problem(6, limit=2)
    search = Evolution(problem, [], None, seed=0, members=2)
    search.advance(2000)
    assert search.length == 3
    assert search.renewals > 0


def test_the_clock_ends_the_search():
    problem, asked = job_shop(), []

    def expired():
        asked.append(None)
        return len(asked) == 3

    found = shorten(problem, [], seed=0, expired=expired)
    assert len(asked) == 3
    assert keeps(problem, found.tolist())
    assert keeps(problem, shorten(problem, [], seed=0, seconds=0.0).tolist())
