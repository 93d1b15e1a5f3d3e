"""What an objective means for a problem: depth, ratio, weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.model.resolve import resolve
from tests import reference
from tests.strategies import problems, scheduled

PAIR = make_problem(["p", "q"], [(0, 1)])


@given(problems(loop_carried=True), st.sampled_from(["1", "1.1", "1.25", "2"]))
def test_depth_and_balanced_ratio(problem, kappa):
    objective, frame = resolve(ObjectiveSettings(kappa=kappa), problem)
    assert objective.depth == frame.depth == reference.depth(problem, kappa)
    assert objective.ratio == reference.balanced_ratio(problem)
    assert objective.weights == {"peak_usage": objective.ratio, "communication": 1.0}


def test_the_peak_is_at_least_one_in_the_ratio():
    half = make_problem(2, [(0, 1)], weight=6, uses=([0], 0, 0.5, 1))
    assert resolve(ObjectiveSettings(), half)[0].ratio == 6


@given(scheduled(), st.sampled_from([0.0, 1.0, 2.5, "balanced"]))
def test_a_on_schedules(case, ratio):
    problem, start, depth = case
    objective, _ = resolve(ObjectiveSettings(ratio=ratio, depth=depth), problem)
    found = objective.exact(problem, Schedule(start, depth))
    assert found == pytest.approx(reference.objective_A(problem, start, depth, ratio), abs=1e-12)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=scheduled())
def test_b_on_schedules(lifetime, case):
    problem, start, depth = case
    objective, _ = resolve(ObjectiveSettings(name="B", depth=depth, lifetime=lifetime), problem)
    assert objective.ratio is None
    found = objective.exact(problem, Schedule(start, depth))
    assert found == reference.objective_B(problem, start, depth, lifetime)


@given(scheduled())
def test_a_mix_of_terms(case):
    problem, start, depth = case
    mix = {"latency": 3, "peak_live": 0.5, "communication": "ratio"}
    asked = ObjectiveSettings(name="mine", weights=mix, ratio=2, depth=depth)
    objective, _ = resolve(asked, problem)
    assert (objective.name, objective.ratio) == ("mine", 2)
    assert objective.exact(problem, Schedule(start, depth)) == (
        3 * reference.latency(problem, start)
        + 0.5 * reference.peak_live(problem, start, depth, "register")
        + 2 * reference.communication(problem, start)
    )


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_preset_resolves(name):
    objective, _ = resolve(ObjectiveSettings(name=name), PAIR)
    assert objective.terms
    assert all(weight >= 0 for weight in objective.weights.values())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"name": "Z"}, r"unknown objective 'Z'; known: A, B"),
        ({"weights": {"area": 1}}, r"unknown term 'area'; known: communication, footprint"),
        ({"constraints": ("power",)}, r"unknown constraint 'power'; known: dependence, latency"),
        ({"constraints": ("latency",)}, r"constraints are latency; name 'dependence' among them"),
        ({"lifetime": "heap"}, r"unknown lifetime 'heap'; known: register, buffer"),
        ({"ratio": "even"}, r"ratio.*'even'.*balanced"),
        ({"ratio": -1.0}, r"peak_usage.*-1"),
        ({"ratio": float("nan")}, r"peak_usage.*nan"),
        ({"weights": {"latency": -2}}, r"latency.*-2"),
        ({"weights": {"latency": "heavy"}}, r"latency.*'heavy'"),
        ({"kappa": "much"}, r"kappa.*'much'"),
        ({"kappa": "nan"}, r"kappa.*'nan'"),
    ],
)
def test_impossible_settings_say_what_is_allowed(asked, says):
    with pytest.raises(SettingsError, match=says):
        resolve(ObjectiveSettings(**asked), PAIR)


@pytest.mark.parametrize("asked", [{"depth": 1}, {"kappa": "0.5"}, {"depth": -3}])
def test_too_small_a_depth(asked):
    with pytest.raises(InfeasibleError, match=r"least feasible depth 2; critical path: p -> q"):
        resolve(ObjectiveSettings(**asked), PAIR)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"uses": ([0], 0, 1, 10**11)}, "an occupancy of 100000000000 cycles is beyond"),
        ({"latency": [10**11, 1]}, "a depth of 100000000001 steps, kappa 1 times the least, is"),
    ],
)
def test_profiles_that_cannot_be_held_are_refused(change, says):
    with pytest.raises(InputError, match=says):
        resolve(ObjectiveSettings(), make_problem(2, [(0, 1)], **{"latency": [1, 1], **change}))


def test_what_nobody_asked_for_nobody_is_told_to_lower():
    slow = make_problem(2, [(0, 1), (1, 0)], latency=[10**11, 1], distance=[0, 1])
    interval = "interval of 100000000001 cycles, the least there can be, is .*hold; measure time"
    for asked, says in (
        ({"name": "C"}, interval),
        ({"name": "D"}, "steps, the room for any schedule, is beyond .* hold; measure time"),
        ({"name": "B", "depth": 10**12}, "a depth of 10+ steps is .* hold; lower it, or measure"),
    ):
        with pytest.raises(InputError, match=says):
            resolve(ObjectiveSettings(**asked), slow)


def test_an_interval_that_cannot_be_held_is_refused():
    with pytest.raises(InputError, match="an initiation interval of 999999999 cycles is beyond"):
        resolve(ObjectiveSettings(name="C", ii=999_999_999), make_problem(2, [(0, 1)]))
