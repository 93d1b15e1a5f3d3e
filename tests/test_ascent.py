"""The bound that rises beside a search: first a climb, then a tree."""

import numpy as np

from gaus_jax.ascent import Ascent
from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings, Settings
from gaus_jax.bounds.live_cuts import STEP_LIVE
from gaus_jax.core.build import make_problem
from gaus_jax.instances.random import layered
from gaus_jax.prepare import prepare


def ascent(most: int) -> Ascent:
    """Of six chains side by side, tied at both ends, with four steps to spare."""
    chains = np.arange(12).reshape(6, 2) + 2
    edges = [e for a, b in chains for e in ((0, a), (a, b), (b, 1))]
    own = Settings(objective=ObjectiveSettings(name="A", ratio=4.0, depth=8))
    task, _ = prepare(make_problem(14, edges), own, 0, Clock(), None)
    return Ascent(task, most)


def test_it_goes_on_where_the_relaxation_ends():
    one = ascent(100_000)
    before = 0.0
    for _ in range(40):
        if one._tree is None:
            before = one.bound()
        schedule = one.climb(lambda: np.inf, timed=False)
        assert schedule is None or one.bound() <= one.task.cost(schedule)
    assert one._tree is not None
    assert 0 < 1.1 * before < one.bound() <= one.task.best_cost


def test_without_room_the_climb_is_all():
    one = ascent(0)
    assert one.done
    assert one.climb(lambda: np.inf, timed=False) is None


def test_cuts_prove_the_best_schedule_where_it_holds_most():
    problem = layered(2000, 250, 0)
    own = Settings(objective=ObjectiveSettings(name="B"))
    task, _ = prepare(problem, own, 0, Clock(), None)
    one = Ascent(task, 0)  # no room for a climb
    assert not one.done
    for _ in range(100):
        one.climb(lambda: np.inf, timed=False)
        assert one.bound() <= task.best_cost
    assert one.done
    frame = task.window
    assert one.bound() == STEP_LIVE.relax(problem, frame, {"peak_live": 1.0}, "register", 60).value
    timed = Ascent(task, 0)
    timed.climb(lambda: 60.0, timed=True)
    assert timed.bound() == one.bound() > 0
    hurried = Ascent(task, 0)
    hurried.climb(lambda: 1e-4, timed=True)
    assert hurried.bound() == 0
