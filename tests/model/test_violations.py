"""The check as the package exports it: of an objective by name, by settings, or resolved."""

import pytest

import gaus_jax as gj
from gaus_jax.model.resolve import resolve

CHAIN = gj.make_problem(3, [(0, 1), (1, 2)])
WIDE = gj.make_problem(2, classes=("mul",), uses=(range(2), 0, 1, 1), limit=9)


def said(*given, **how):
    return [v.constraint for v in gj.verify(*given, **how)]


def test_an_objective_by_name_by_settings_or_resolved():
    late = gj.Schedule([0, 1, 3], 4)
    roomy = gj.ObjectiveSettings(name="B", depth=4)
    assert said(CHAIN, late, "B") == ["latency"]  # whose depth is the least
    assert said(CHAIN, late, roomy) == []
    assert said(CHAIN, late, settings=gj.Settings(objective=roomy)) == []
    assert said(CHAIN, late, "B", gj.Settings(objective=roomy)) == []
    assert said(CHAIN, late, resolve(roomy, CHAIN)[0]) == []
    assert said(CHAIN, gj.Schedule([0, 0, 1], 3)) == ["dependence"]


def test_limits_of_the_settings_take_the_place_of_the_problems():
    both = gj.Schedule([0, 0], 1)
    assert said(WIDE, both, "D") == []
    assert said(WIDE, both, gj.ObjectiveSettings(name="D", limits={"mul": 1})) == ["resource"]


def test_under_c_the_interval_is_the_schedules_own():
    assert said(WIDE, gj.Schedule([0, 1], 2, 2), "C") == []
    asked = gj.ObjectiveSettings(name="C", limits={"mul": 1})
    assert said(WIDE, gj.Schedule([0, 2], 3, 2), asked) == ["resource"]
    assert said(WIDE, gj.Schedule([0, 3], 4, 2), asked) == []


def test_what_a_solve_gives_is_legal_by_its_own_settings():
    settings = gj.read_settings(None, ["rounds=1", "optimise.steps=0", "legalise.sweeps=5"])
    loop = gj.generate("biquad", 1)
    found = gj.solve(loop, "C", settings)
    assert found.schedule is not None
    assert gj.verify(loop, found.schedule, "C", settings) == ()


def test_unknown_names_raise():
    with pytest.raises(gj.SettingsError, match="unknown objective 'Z'"):
        gj.verify(CHAIN, gj.Schedule([0, 1, 2], 3), "Z")


@pytest.mark.parametrize("name", ["UnsoundBoundError", "NotFoundError", "MissingExtraError"])
def test_errors_of_a_solve_are_exported(name):
    assert issubclass(getattr(gj, name), Exception)


def test_a_result_file_is_read_back(tmp_path):
    found = gj.solve(CHAIN, "D", gj.read_settings(None, ["optimise.steps=0"]))
    gj.write_result(found, tmp_path / "R.json")
    assert gj.read_result(tmp_path / "R.json").schedule.start.tolist() == [0, 1, 2]
