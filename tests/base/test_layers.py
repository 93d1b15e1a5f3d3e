"""Settings that exclude each other: the layer above wins, and one layer may not give both."""

import pytest

from gaus_jax.base.batch import read_batch_settings
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override, preset, read_settings

MIX = {"name": "mine", "weights": {"peak_live": 1.0}, "constraints": ["dependence"]}


def bound(settings):
    return settings.objective.kappa, settings.objective.depth


def weighed(settings):
    own = settings.objective
    return own.name, own.weights, tuple(own.constraints)


@pytest.mark.parametrize("read", [read_settings, read_batch_settings])
def test_of_kappa_and_depth_the_layer_above_wins(read, file):
    deep, scaled = file("[objective]\ndepth = 40\n"), ["objective.kappa=2"]
    assert bound(read(deep)) == (None, 40)
    assert bound(read(deep, scaled)) == ("2", None)
    assert bound(read(deep, flags={"objective": {"kappa": "2"}})) == ("2", None)
    assert bound(read(deep, ["objective.ratio=2"])) == (None, 40)
    assert bound(read(file("[objective]\nkappa = 2\n"), ["objective.depth=40"])) == (None, 40)


def test_one_layer_may_not_give_both(file):
    both = "objective: kappa and depth are both given"
    with pytest.raises(SettingsError, match=f"s.toml: {both}"):
        read_settings(file("[objective]\ndepth = 40\nkappa = 2\n"))
    with pytest.raises(SettingsError, match=f"--set: {both}"):
        read_settings(None, ["objective.kappa=2", "objective.depth=40"])
    with pytest.raises(SettingsError, match=f"command line: {both}"):
        read_settings(None, ["objective.depth=40"], flags={"objective": {"kappa": "2"}})
    with pytest.raises(SettingsError, match="kappa and depth are both given"):
        ObjectiveSettings(kappa="2", depth=40)


def test_an_objective_by_name_takes_no_weights_from_below():
    below = override(Settings(), {"objective": MIX}, "test")
    named = override(below, {"objective": {"name": "B"}}, "test")
    assert weighed(named) == ("B", {}, ())
    both = {"name": "B", "weights": {"latency": 1.0}}
    merged = override(below, {"objective": both}, "test", merge=True)
    assert weighed(merged) == ("B", {"latency": 1.0}, ())


def test_a_name_of_ones_own_is_a_label_of_the_weights_below():
    below = override(Settings(), {"objective": MIX}, "test")
    named = override(below, {"objective": {"name": "yours"}}, "test")
    assert weighed(named) == ("yours", MIX["weights"], ("dependence",))


def test_overrides_and_flags_are_one_layer():
    own = 'objective.constraints=["dependence"]'
    named = {"objective": {"name": "B"}}
    assert weighed(read_settings(None, [own], flags=named)) == ("B", {}, ("dependence",))
    assert read_settings(None, ["rounds=1"], flags={"rounds": 2}).rounds == 2


def test_a_preset_that_is_given_wins_over_the_one_of_a_file(file):
    path = file('preset = "default"\nrounds = 3\n')
    assert read_settings(path, base=preset("paper")) == override(preset("paper"), {"rounds": 3}, "")
    assert read_settings(path) == Settings(rounds=3)
    with pytest.raises(SettingsError, match="unknown preset 'none'"):
        read_settings(file('preset = "none"'), base=preset("paper"))
