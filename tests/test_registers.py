"""A limit of registers: the least interval that meets it among those tried, or the need seen."""

import time
from dataclasses import replace

import pytest

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import verify
from gaus_jax.registers import within_registers
from gaus_jax.report.rejudge import rejudged
from gaus_jax.report.result_file import read_result, write_result
from gaus_jax.solve import solve
from tests.test_interval import QUICK, loop


def asked(limit, **more):
    return ObjectiveSettings(**{"name": "C", "register_limit": limit, **more})


# A value that is held for 12 cycles: ceil(12 / II) copies of it are alive at once.
HELD = make_problem(2, [(0, 1)], latency=[1, 40])


def tried(limit, ii=None, stop=None):
    """The result under a limit, and the intervals that were solved for it."""
    seen = []

    def solver(settings, given):
        assert settings.objective.register_limit is None
        own = settings.objective.ii or 1
        seen.append(own)
        objective, _ = resolve(ObjectiveSettings(name="C", ii=own), HELD)
        result = judge(HELD, Schedule([0, 12], 60, own), objective)
        return result.cut_short() if len(seen) == stop else result

    settings = Settings(objective=asked(limit, ii=ii))
    return within_registers(HELD, settings, solver), seen


def test_a_limit_that_is_met_at_once_needs_no_other_interval():
    found, seen = tried(12)
    assert (found.schedule.ii, seen) == (1, [1])
    assert found.settings["objective"]["register_limit"] == 12


def test_intervals_grow_until_one_does():
    found, seen = tried(3)
    assert (found.schedule.ii, found.value, seen) == (4, 3, [1, 2, 3, 4])


@pytest.mark.parametrize("limit", ["time_limit", "wall"])
def test_what_time_is_left_goes_to_the_interval_that_does(limit):
    seen = []

    def solver(settings, given):
        seen.append((getattr(settings, limit), given))
        objective, _ = resolve(ObjectiveSettings(name="C", ii=1), HELD)
        return judge(HELD, Schedule([0, 12], 60, 1), objective)

    settings = override(Settings(), {limit: 60.0}, "test")
    within_registers(HELD, replace(settings, objective=asked(12)), solver)
    assert len(seen) == 2
    assert seen[1][0] > 2 * seen[0][0]
    assert seen[1][1] is not None


@pytest.mark.parametrize(("stage", "found"), [("compile", True), ("refine", False)])
def test_a_time_limit_bounds_the_search_and_not_compilation(stage, found):
    def solver(settings, given):
        time.sleep(0.05)
        own = settings.objective.ii or 1
        objective, _ = resolve(ObjectiveSettings(name="C", ii=own), HELD)
        result = judge(HELD, Schedule([0, 12], 60, own), objective)
        return replace(result, timings={stage: 0.05})

    settings = Settings(objective=asked(3), time_limit=0.1)
    assert (within_registers(HELD, settings, solver).schedule is not None) == found


def test_those_that_were_passed_over_follow():
    found, seen = tried(1)
    assert (found.schedule.ii, found.value) == (12, 1)
    assert seen[:8] == [1, 2, 3, 4, 5, 6, 8, 12]
    assert seen[8:] == [10, 11]


def test_where_none_is_found_the_least_need_is_said():
    found, seen = tried(0)
    assert (found.status, found.schedule) == ("failed", None)
    assert "at most 0 registers was found" in found.reason
    assert "the least need seen is 1, at an interval of" in found.reason
    assert seen[-1] <= 41


def test_at_an_interval_of_ones_own_no_other_is_tried():
    found, seen = tried(3, ii=3)
    assert (found.schedule, seen) == (None, [3])
    assert "the least need seen is 4, at an interval of 3" in found.reason


def test_an_interrupt_ends_the_search():
    found, seen = tried(3, stop=2)
    assert (found.schedule, seen) == (None, [1, 2])
    assert found.interrupted


def test_a_schedule_found_before_an_interrupt_says_so():
    found, seen = tried(3, stop=4)
    assert (found.schedule.ii, seen, found.interrupted) == (4, [1, 2, 3, 4], True)


def test_the_verifier_counts_them():
    start = Schedule([0, 0, 2, 4, 5, 6], 9, 9)
    objective, _ = resolve(asked(2.0, ii=9), loop(3))
    said = [str(v) for v in verify(loop(3), start, objective) if v.constraint == "registers"]
    assert said == ["registers: 4 alive in slot 4, limit is 2"]
    objective, _ = resolve(asked(4.0, ii=9), loop(3))
    assert not [v for v in verify(loop(3), start, objective) if v.constraint == "registers"]


def test_a_result_file_carries_the_limit(tmp_path):
    found = solve(loop(), asked(6.0), QUICK, key=0)
    write_result(found, tmp_path / "R.json")
    claim = read_result(tmp_path / "R.json")
    assert claim.register_limit == 6.0
    assert rejudged(loop(), claim).legal
    assert not rejudged(loop(), claim._replace(register_limit=1.0)).legal


def test_without_an_interval_there_is_nothing_to_count_over():
    with pytest.raises(SettingsError, match="register_limit counts over an initiation interval"):
        solve(loop(), asked(3.0, name="D"), QUICK)
