"""The pool keeps the best distinct schedules, and gives the better ones more often."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.core.schedule import Schedule
from gaus_jax.portfolio.pool import Pool


def schedule(*start: int) -> Schedule:
    return Schedule(np.array(start), 9)


@given(
    size=st.integers(1, 4),
    offers=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=20),
)
def test_it_holds_the_cheapest_of_all_offers(size, offers):
    # The start says the cost: equal starts have equal costs.
    pool = Pool(size)
    for cost, node in offers:
        before = [s.start.tolist() for s in pool.schedules]
        taken = pool.offer(schedule(cost, node), float(cost))
        after = [s.start.tolist() for s in pool.schedules]
        assert taken == (after != before)
    held = [s.start.tolist() for s in pool.schedules]
    costs = [start[0] for start in held]
    assert costs == sorted(cost for cost, _ in set(offers))[:size]
    assert len({tuple(start) for start in held}) == len(held)


def test_equal_cost_is_no_duplicate_and_the_older_stays():
    pool = Pool(2)
    assert pool.offer(schedule(1), 3.0)
    assert pool.offer(schedule(2), 3.0)
    assert not pool.offer(schedule(1), 3.0)
    assert not pool.offer(schedule(3), 3.0)
    assert [s.start.tolist() for s in pool.schedules] == [[1], [2]]


def test_the_very_schedule_is_taken_out():
    pool, kept = Pool(3), schedule(1)
    pool.offer(kept, 1.0)
    pool.discard(schedule(1))
    assert len(pool) == 1
    pool.discard(kept)
    assert len(pool) == 0


def test_draws_differ_as_far_as_there_are_so_many():
    pool = Pool(3)
    for k in range(3):
        pool.offer(schedule(k), float(k))
    drawn = [s.start[0] for s in pool.draw(7, np.random.default_rng(0))]
    assert sorted(drawn[:3]) == sorted(drawn[3:6]) == [0, 1, 2]
    assert pool.draw(0, np.random.default_rng(0)) == []


def test_draws_prefer_the_better_by_their_rank():
    pool = Pool(3)
    for k in range(3):
        pool.offer(schedule(k), float(k))
    rng = np.random.default_rng(0)
    found = Counter(int(pool.draw(1, rng)[0].start[0]) for _ in range(6000))
    shares = [found[k] / 6000 for k in range(3)]
    assert shares == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=0.02)
