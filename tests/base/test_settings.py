"""Settings from files, overrides and presets; tables; the clock."""

import dataclasses
import json
import threading

import pytest

import gaus_jax.base.settings as base
from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.registry import table
from gaus_jax.base.search import Part, SearchSettings
from gaus_jax.base.settings import (
    LegaliseSettings,
    ObjectiveSettings,
    OptimiseSettings,
    RelaxSettings,
    Settings,
    as_dict,
    override,
    read_settings,
)


def test_a_file_changes_what_it_names_and_nothing_else(file):
    found = read_settings(file('rounds = 2\n[objective]\nkappa = 1.1\nname = "B"\n'))
    objective = ObjectiveSettings(kappa="1.1", name="B")
    assert found == Settings(rounds=2, objective=objective)


def test_overrides_win_and_the_last_wins():
    found = read_settings(None, ["optimise.steps=7", "optimise.steps=9", "relax.widths=learned"])
    assert (found.optimise.steps, found.relax.widths) == (9, "learned")
    assert found.optimise == OptimiseSettings(steps=9)


@pytest.mark.parametrize(
    ("item", "read", "wanted"),
    [
        ("objective.ratio=2", lambda s: s.objective.ratio, 2.0),
        ("objective.ratio=balanced", lambda s: s.objective.ratio, "balanced"),
        ("objective.kappa=1.10", lambda s: float(s.objective.kappa), 1.1),
        ("objective.depth=12", lambda s: s.objective.depth, 12),
        (
            'search.cycle=[{starts=["asap", "x"], share=1}]',
            lambda s: s.search.cycle,
            (Part(starts=("asap", "x"), share=1.0),),
        ),
        ("search.opening=[]", lambda s: s.search.opening, ()),
        ("objective.weights.latency=3", lambda s: s.objective.weights, {"latency": 3}),
        ("time_limit=5", lambda s: s.time_limit, 5.0),
        (" rounds = 4", lambda s: s.rounds, 4),
    ],
)
def test_values_take_the_type_of_their_field(item, read, wanted):
    found = read(read_settings(None, [item]))
    assert found == wanted
    assert type(found) is type(wanted)


def test_weights_of_several_overrides_add_up():
    items = ["objective.weights.latency=3", "objective.weights.peak_live=1"]
    assert read_settings(None, items).objective.weights == {"latency": 3, "peak_live": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "round = 2",
            r"s.toml: unknown key 'round'; nearest: rounds; known: bound_limit, .*, wall$",
        ),
        ("[optimise]\nstep = 2", r"'optimise.step'; nearest: steps; known: learning_rate, .*"),
        ("[relax]\nwindw = 3", r"s.toml: unknown key 'relax.windw'; nearest: window; known: "),
        ("window = 3", r"s.toml: unknown key 'window'; nearest: relax.window; known: "),
        ("qqqq = 3", r"s.toml: unknown key 'qqqq'; known: bound_limit, "),
        ('[optimise]\nsteps = "many"', r"s.toml: optimise.steps: expected int, got 'many'"),
        ("[relax]\nwindow = 0", r"s.toml: relax.window is 0; it must be above 0"),
        ('[relax]\nwidths = "free"', r"s.toml: relax.widths is 'free'; known: annealed, learned"),
        ("[relax.window]\na = 1", r"s.toml: relax.window: expected int"),
        ("[search]\npool = 0", r"s.toml: search.pool is 0; it must hold at least one"),
        (
            "[[search.cycle]]\n[[search.cycle]]\nheat = -1",
            r"s.toml: search.cycle\[1\].heat is -1.0; ",
        ),
        ("[[search.long]]\nshare = 2", r"s.toml: search.long\[0\].share is 2.0; it is at most 1"),
        ("rounds = 2.5", r"s.toml: rounds: expected int, got 2.5"),
        ("rounds = true", r"rounds: expected int, got True"),
        ('time_limit = "long"', r"time_limit: expected float or NoneType, got 'long'"),
        ("time_limit = nan", r"time_limit: expected float or NoneType, got nan"),
        ("time_limit = inf", r"time_limit: expected float or NoneType, got inf"),
        ("relax = 3", r"'relax' is a section, not a value"),
        ("[rounds]\na = 1", r"rounds: expected int, got \{'a': 1\}"),
        ("rounds = ", r"s.toml: not valid TOML: Invalid value"),
        ('preset = "none"', r"unknown preset 'none'; known:"),
        ("rounds = -1", r"s.toml: rounds is -1; it must be at least 0"),
        ("[[search.cycle]]\nstarts = []", r"s.toml: search.cycle\[0\].starts is empty; name at"),
        (
            "[[search.cycle]]\n[[search.cycle]]\nstart = []",
            r"s.toml: unknown key 'search.cycle\[1\].start'; nearest: starts; known: abreast",
        ),
        ("[search]\ncycle = [3]", r"search.cycle\[0\]: expected Part, got 3"),
        ("[search]\ncycle = 3", r"search.cycle: expected tuple, got 3"),
        ("[[search.cycle]]\nstarts = [[1]]", r"cycle\[0\].starts\[0\]: expected str, got \[1\]"),
        ("[[search.opening]]\nheat = -1", r"search.opening\[0\].heat is -1"),
        ("[objective]\nweights = 3", r"weights: expected Mapping"),
        pytest.param(f"wall = 1{'0' * 400}", r"wall: expected float or NoneType", id="400"),
        pytest.param(f"wall = 1{'0' * 5000}", r"not valid TOML: Exceeds the limit", id="5000"),
    ],
)
def test_bad_files_say_where_what_and_what_next(file, text, says):
    with pytest.raises(SettingsError, match=says):
        read_settings(file(text))


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read(tmp_path, name):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path / name)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "b.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"b.toml: cannot be read"):
        read_settings(path)


def test_a_preset_lies_under_its_file(tmp_path, monkeypatch, file):
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "slow.toml").write_text("rounds = 9\n[optimise]\nsteps = 1000\n")
    monkeypatch.setattr(base, "preset_folder", lambda: folder)
    found = read_settings(file('preset = "slow"\nrounds = 3\n'), ["optimise.restarts=1"])
    assert found == Settings(rounds=3, optimise=OptimiseSettings(steps=1000, restarts=1))
    with pytest.raises(SettingsError, match=r"unknown preset 'fast'; known: slow"):
        base.preset("fast")


def test_settings_survive_json():
    found = json.loads(json.dumps(as_dict(Settings())))
    assert override(Settings(rounds=5), found, "test") == Settings()


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        (Settings, {"precision": "float16"}, r"precision is 'float16'; known: float32, float64"),
        (Settings, {"time_limit": -1.0}, r"time_limit is -1.0"),
        (RelaxSettings, {"widths": "free"}, r"relax.widths is 'free'; known: annealed, learned"),
        (OptimiseSettings, {"step_scale": "two"}, r"optimise.step_scale is 'two'; known: width"),
        (OptimiseSettings, {"restarts": -1}, r"optimise.restarts is -1"),
        (LegaliseSettings, {"sweeps": float("nan")}, r"legalise.sweeps is nan"),
        (Part, {"heat": float("nan")}, r"part.heat is nan"),
        (Part, {"gradient": 1.5}, r"part.gradient is 1.5; it is at most 1"),
        (Part, {"share": 2}, r"part.share is 2; it is at most 1"),
        (Part, {"share": 0.0}, r"part.share is 0"),
        (SearchSettings, {"pool": 0}, r"search.pool is 0; it must hold at least one schedule"),
        (SearchSettings, {"threads": -1}, r"search.threads is -1"),
    ],
)
def test_impossible_settings_are_refused_at_construction(kind, fields, says):
    with pytest.raises(SettingsError, match=says):
        kind(**fields)


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().rounds = 3


# Tables


@dataclasses.dataclass
class Entry:
    name: str


def test_a_table_keeps_order_and_names_what_it_knows():
    found = table("fruit", Entry("pear"), Entry("apple"))
    assert list(found) == ["pear", "apple"]
    assert len(found) == 2
    assert found["apple"].name == "apple"
    assert "plum" not in found
    with pytest.raises(SettingsError, match=r"unknown fruit 'plum'; known: apple, pear"):
        found["plum"]


def test_a_long_table_says_which_names_are_near():
    found = table("digit", *map(Entry, ("one", "two", "three", "four", "five", "six")))
    with pytest.raises(SettingsError, match=r"'thre'; nearest: three; known: five, four, one"):
        found["thre"]


def test_duplicates_in_a_table_raise():
    with pytest.raises(ValueError, match=r"fruit 'pear' is listed twice"):
        table("fruit", Entry("pear"), Entry("pear"))


# The clock


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_stages_add_up_and_only_the_search_is_limited():
    time = Time()
    clock = Clock(limit=5.0, now=time)
    for stage, seconds in (("pack", 10), ("optimise", 2), ("refine", 1), ("optimise", 1)):
        with clock.stage(stage):
            time.seconds += seconds
    assert clock.timings == {"pack": 10, "optimise": 3, "refine": 1}
    assert (clock.used(), clock.left(), clock.expired()) == (4, 1, False)
    with clock.stage("legalise"):
        time.seconds += 1
        assert (clock.used(), clock.expired()) == (5, True)


def test_a_wall_counts_everything():
    time = Time()
    clock = Clock(wall=5.0, now=time)
    assert clock.limited
    time.seconds += 4
    assert clock.left() == 1
    time.seconds += 1
    assert clock.expired()
    assert not Clock(now=time).limited
    assert Clock(now=time).left() == float("inf")


def test_a_stage_that_fails_is_counted_and_closed():
    time = Time()
    clock = Clock(now=time)

    def fail():
        with clock.stage("pack"):
            time.seconds += 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with clock.stage("pack"):
        time.seconds += 1
    assert clock.timings == {"pack": 3}


def test_stages_do_not_nest():
    clock = Clock()
    with clock.stage("pack"), pytest.raises(AssertionError, match="within"), clock.stage("bound"):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "relax.peak_start=0", "relax.peak_end=0", "relax.last_start=0", "relax.last_end=0",
        "relax.width_end=0", "relax.window=0", "optimise.penalty_start=0",
        "optimise.penalty_end=0", "legalise.power_start=0", "legalise.power_end=1e9",
    ],
)  # fmt: skip
def test_what_a_progression_cannot_begin_or_end_at_is_refused(text):
    with pytest.raises(SettingsError, match=text.partition("=")[0]):
        read_settings(None, [text])


def test_no_setting_is_infinite_as_json_holds_none():
    with pytest.raises(SettingsError, match=r"time_limit is inf; it must be at least 0 and finite"):
        Settings(time_limit=float("inf"))


def test_starts_may_be_a_list():
    assert hash(Part(starts=["asap", "list"])) == hash(  # type: ignore[arg-type]
        Part(starts=("asap", "list"))
    )


def test_a_stage_that_ends_is_counted_once_for_other_threads():
    time, seen = Time(), []
    clock = Clock(now=time)

    class Watched(dict):
        def __setitem__(self, name, seconds):
            super().__setitem__(name, seconds)
            asking = threading.Thread(target=lambda: seen.append(clock.used()))
            asking.start()
            asking.join(0.2)  # it waits until the stage is over

    clock.timings = Watched()
    with clock.stage("refine"):
        time.seconds += 3
    while not seen:
        pass
    assert seen == [3]
