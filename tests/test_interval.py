"""C, D and limits through the whole line: legal by the oracle, no better than brute force."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override
from gaus_jax.core.build import make_problem
from gaus_jax.feasible import one_after_the_other
from gaus_jax.instances.catalogue import generate
from gaus_jax.interval.first import strides
from gaus_jax.solve import solve
from gaus_jax.worker import Found, Worker
from tests import reference
from tests.strategies import problems

QUICK = override(
    Settings(),
    {
        "rounds": 2,
        "relax": {"evaluation": "hat"},
        "optimise": {"steps": 20, "restarts": 1},
        "legalise": {"sweeps": 10},
        "search": {"threads": 1},
    },
    "test",
)
LOOPS = problems(min_nodes=1, max_nodes=6, loop_carried=True, limited=True)


def loop(limit: float = 2.0):
    """A filter of six multiplications and sums with a recurrence, on a few units."""
    ends = [(0, 3), (1, 3), (2, 4), (3, 4), (4, 5), (5, 3)]
    return make_problem(
        6,
        ends,
        latency=[2, 2, 2, 1, 1, 1],
        classes=("mul", "add"),
        limit=[limit, 1.0],
        uses=(np.arange(6), [0, 0, 0, 1, 1, 1], 1, 1),
        distance=[0, 0, 0, 0, 0, 1],
    )


@settings(max_examples=8)
@given(LOOPS)
def test_pipelined_results_are_legal_by_the_oracle(problem):
    found = solve(problem, "C", QUICK, key=1)
    if found.schedule is None:
        assert found.status == "failed"
        return
    ii, start = found.schedule.ii, found.schedule.start.tolist()
    assert ii >= reference.min_ii(problem)
    assert found.value == reference.objective_C(problem, start, None, ii)
    assert found.lower_bound <= found.value
    assert found.objective["min_ii"] == reference.min_ii(problem)
    assert found.objective["min_ii"] <= found.objective["ii_bound"] <= ii
    assert found.objective["ii_proved"] == (ii == found.objective["ii_bound"])


@settings(max_examples=8)
@given(LOOPS)
def test_the_shortest_schedules_are_legal_by_the_oracle(problem):
    found = solve(problem, "D", QUICK, key=1)
    start = found.schedule.start.tolist()
    assert found.value == reference.objective_D(problem, start) < math.inf
    assert found.schedule.depth == found.value


@settings(max_examples=6)
@given(LOOPS, st.sampled_from("AB"))
def test_a_and_b_keep_limits_that_are_asked_for(problem, name):
    limits = {
        r: float(c) for r, c in zip(problem.classes, problem.limit, strict=True) if c < math.inf
    }
    asked = ObjectiveSettings(name=name, ratio=1.0, kappa="3", limits=limits)
    found = solve(problem, asked, QUICK, key=1)
    if found.schedule is None:
        return
    start = found.schedule.start.tolist()
    assert found.legal
    if limits:
        assert not reference.resource_violations(problem, start)
    assert reference.legal(problem, start, found.schedule.depth)


def test_a_loop_reaches_its_least_interval_and_its_fewest_registers():
    found = solve(loop(), "C", QUICK, key=0)
    assert (found.schedule.ii, found.objective["ii_proved"]) == (3, True)
    best = min(
        reference.objective_C(loop(), [a, b, c, d, e, f], None, 3)
        for a in range(5)
        for b in range(5)
        for c in range(5)
        for d in range(2, 6)
        for e in range(3, 7)
        for f in range(4, 8)
    )
    assert found.value == best


def test_an_interval_of_ones_own_is_kept():
    found = solve(loop(), ObjectiveSettings(name="C", ii=5), QUICK, key=0)
    assert found.schedule.ii == 5
    assert found.objective["ii_proved"] is False
    assert found.objective["min_ii"] == 3


def test_limits_that_cannot_be_kept_are_infeasible_or_not_found():
    found = solve(loop(0), "C", QUICK)
    assert found.status == "infeasible"
    assert "limit of class mul is 0" in found.reason
    found = solve(loop(1), ObjectiveSettings(name="B", kappa="1", limits={"mul": 1.0}), QUICK)
    assert found.status == "infeasible"
    assert "depth 5 is below 6" in found.reason


@pytest.mark.parametrize("name", ["C", "D"])
def test_one_seed_one_answer_whatever_the_batch(name):
    alone = solve(loop(), name, QUICK, key=3)
    batch = solve([loop(3), loop(), loop(2.5)], name, QUICK, key=3)
    assert batch[1].schedule.start.tolist() == alone.schedule.start.tolist()


def test_nothing_is_left_empty_before_a_schedule_of_free_latency():
    found = solve(generate("biquad", 3), "C", QUICK, key=0)
    assert found.schedule.start.min() < found.schedule.ii


def test_a_depth_may_ask_for_a_longer_interval():
    # At an interval of 1, b waits for a's result of the iteration before: 4 - 1 steps after it.
    later = make_problem(2, [(0, 1)], latency=[4, 3], distance=[1])
    assert reference.depth(later, 1, 1) == 6
    found = solve(later, ObjectiveSettings(name="C", depth=4), QUICK)
    assert (found.schedule.ii, found.legal) == (3, True)
    assert solve(later, ObjectiveSettings(name="C", depth=3), QUICK).status == "infeasible"


def test_a_recurrence_that_waits_for_its_units_is_proved_beyond_min_ii():
    found = solve(generate("lms", 4), "C", QUICK, key=0)
    said = {name: found.objective[name] for name in ("min_ii", "ii_bound", "ii_proved")}
    assert found.schedule.ii == 11
    assert said == {"min_ii": 10, "ii_bound": 11, "ii_proved": True}


def test_an_interval_that_is_ruled_out_says_so_and_what_would_do():
    found = solve(generate("lms", 4), ObjectiveSettings(name="C", ii=10), QUICK)
    assert found.status == "infeasible"
    assert "within the windows of its recurrences" in found.reason
    assert found.reason.endswith("an interval of 11 would do")


def test_cp_sat_proves_what_windows_do_not():
    pytest.importorskip("ortools")
    elliptic = generate("elliptic_loop", 1)
    found = solve(elliptic, ObjectiveSettings(name="C", ii=16), QUICK)
    assert (found.status, "as CP-SAT proves" in found.reason) == ("infeasible", True)
    without = override(QUICK, {"proof_share": 0.0}, "test")
    assert solve(elliptic, ObjectiveSettings(name="C", ii=16), without).status == "failed"


def test_what_cp_sat_finds_is_taken(monkeypatch):
    pytest.importorskip("ortools")
    monkeypatch.setattr("gaus_jax.feasible.place_modulo", lambda *given, **how: None)
    found = solve(generate("lms", 4), "C", QUICK, key=0)
    assert (found.schedule.ii, found.objective["ii_proved"], found.legal) == (11, True, True)


@pytest.mark.parametrize("seconds", [1e-9, 1.0])
def test_a_given_loop_is_taken_at_its_own_interval(monkeypatch, seconds):
    best = solve(generate("lms", 4), "C", QUICK, key=0)
    monkeypatch.setattr("gaus_jax.interval.first._swiftly", lambda ledger: None)
    monkeypatch.setattr("gaus_jax.feasible.place_modulo", lambda *given, **how: None)
    quick = override(QUICK, {"proof_share": 0.0, "time_limit": seconds, "rounds": 0}, "test")
    found = solve(generate("lms", 4), "C", quick, key=0, given=best.schedule)
    assert (found.schedule.ii, found.value <= best.value) == (best.schedule.ii, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"ii": None}, "has no initiation interval"), ({"ii": 1}, "not legal|cannot be legal")],
)
def test_a_given_loop_that_is_none_is_named(change, message):
    best = solve(generate("lms", 4), "C", QUICK, key=0)
    with pytest.raises(InputError, match=message):
        solve(generate("lms", 4), "C", QUICK, given=replace(best.schedule, **change))


def test_without_any_time_iterations_follow_each_other():
    late = override(QUICK, {"time_limit": 1e-9}, "test")
    found = solve(generate("lms", 4), "C", late, key=0)
    assert found.legal
    assert found.schedule.ii >= found.schedule.depth - 3


def test_an_interrupt_before_there_is_a_schedule_still_gives_one(monkeypatch):
    def interrupted(*given, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr("gaus_jax.feasible.place_modulo", interrupted)
    for name in ("C", "D"):
        found = solve(generate("lms", 4), name, QUICK, key=0)
        assert found.legal


def test_strides_grow_where_intervals_fail_in_a_row():
    tried = list(strides(10, 1000))
    assert tried[:65] == list(range(10, 75))
    assert tried[65:69] == [76, 80, 88, 104]
    assert tried[-1] == 1000
    assert list(strides(3, 3)) == [3]
    assert list(strides(3, 5)) == [3, 4, 5]


def test_one_iteration_after_the_other_is_legal():
    for problem in (generate("lms", 3), generate("stencil", 2), loop(1)):
        found = one_after_the_other(problem)
        assert reference.legal(problem, found.start.tolist(), found.depth, found.ii)
        assert not reference.resource_violations(problem, found.start.tolist(), found.ii)


@pytest.mark.parametrize("kappa", [None, "3"])
def test_time_that_is_up_proves_nothing(kappa):
    # Below an interval of 10 node 0 meets itself; above, there is room.
    long = make_problem(2, limit=3, uses=([0, 1], 0, 2, [10, 1]))
    late = override(QUICK, {"time_limit": 0.0, "objective": {"name": "C", "kappa": kappa}}, "test")
    found = solve(long, settings=late)
    assert found.legal or found.status == "failed"


def test_a_start_that_is_hard_to_place_keeps_to_its_share(monkeypatch):
    waited = []

    def slow(worker, points, expired):
        since = time.perf_counter()
        while not expired() and time.perf_counter() < since + 3:
            time.sleep(0.01)
        waited.append(time.perf_counter() - since)
        return Found(worker.task.best, worker.task.best_cost)

    monkeypatch.setattr(Worker, "legal", slow)
    timed = override(QUICK, {"rounds": 1, "time_limit": 2.0, "optimise": {"steps": 0}}, "test")
    solve(generate("lms", 8), "C", override(timed, {"objective": {"ii": 30}}, "test"))
    assert waited
    assert max(waited) < 0.3
