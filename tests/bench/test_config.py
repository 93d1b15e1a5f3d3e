"""Benchmark configurations: what they may say, and which runs they stand for."""

from pathlib import Path

import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.baselines import BASELINES
from gaus_jax.bench.config import read_config
from gaus_jax.bench.methods import read_methods
from gaus_jax.bench.plan import Choice, narrowed, runs
from gaus_jax.bench.records import Case
from gaus_jax.instances.sources import find_instances

SHIPPED = sorted((Path(__file__).parents[2] / "configs" / "bench").glob("*.toml"))
SETS = '[sets]\nsmall = ["hal:1"]\n'
SOLVER = '[[methods]]\nlabel = "gaus"\n'


@pytest.fixture
def config(tmp_path):
    def read(text):
        path = tmp_path / "bench.toml"
        path.write_text(text)
        return read_config(path)

    return read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1\n" + SETS + SOLVER, "unknown key 'colour'; known: .*isolate.*kappas.*limits"),
        (SETS + SOLVER + 'colour = "red"\n', "unknown key 'colour'; known: label, preset, rival"),
        (SETS + SOLVER + 'preset = "best"\n', "unknown preset 'best'; known: default, paper"),
        (
            SETS + SOLVER + 'set = ["rouds=3"]\n',
            "unknown key 'rouds'; nearest: rounds; known: bound_limit",
        ),
        (SETS + '[[methods]]\nbaseline = "oracle"\n', "unknown baseline 'oracle'; known: alap, "),
        (SETS + '[[methods]]\nbaseline = "asap"\noptions = { a = 1 }\n', "'asap' has no options"),
        (SETS + SOLVER + SOLVER, "two are labelled 'gaus'"),
        (SETS + '[[methods]]\npreset = "paper"\n', "a solver needs a label"),
        (
            SETS + '[[methods]]\nbaseline = ["asap", "list"]\nlabel = "x"\n',
            "one label for asap, list",
        ),
        (SETS, "expected tables"),
        (SOLVER, "sets: there is nothing to run"),
        ('[sets]\nsmall = "hal:1"\n' + SOLVER, "sets: 'small'; expected lists"),
        ('objectives = ["Z"]\n' + SETS + SOLVER, "unknown objective 'Z'; known: A, B"),
        ("limits = [0]\n" + SETS + SOLVER, r"limits: 0(\.0)?; expected seconds above 0"),
        ("kappas = [0.9]\n" + SETS + SOLVER, "kappas: '0.9'; expected decimals of at least 1"),
        ('kappas = ["none"]\n' + SETS + SOLVER, '"none" where every objective is C or D'),
        ('ii = "soon"\n' + SETS + SOLVER, 'ii is .soon.; a number of at least 1, or "auto"'),
        ("limit_per_node = -1\n" + SETS + SOLVER, "limit_per_node is -1.0; at least 0"),
        ("seeds = 0\n" + SETS + SOLVER, "seeds is 0; at least 1"),
        ('lifetime = "x"\n' + SETS + SOLVER, "lifetime is 'x'; known: register, buffer"),
        ("workers = 2\nisolate = false\n" + SETS + SOLVER, "several workers need isolate"),
        ("limit_per_node = 0.01\n" + SETS + SOLVER, "limit_per_node needs isolate = false"),
        ("limits = 3\n" + SETS + SOLVER, "expected tuple, got 3"),
        ("limits = [", "not valid TOML"),
    ],
)
def test_mistakes_are_named(config, text, message):
    with pytest.raises(SettingsError, match=message):
        config(text)


def test_every_combination_is_a_run(config):
    text = 'kappas = [1, 1.5]\nlimits = [1, 2]\nseeds = 3\nratio = 2\n[sets]\na = ["hal:1"]\n'
    text += 'b = ["dense:30:1", "dense:30:2"]\n' + SOLVER
    text += '[[methods]]\nbaseline = "asap"\nseeds = 1\n'
    made = runs(config(text))
    assert len(made) == len({run.key for run in made}) == 3 * 2 * 2 * 2 * (3 + 1)
    assert made[0].key.case == Case("hal:1", "A", 2.0, "1", "register")
    assert {run.key.case.ratio for run in made if run.key.case.objective == "B"} == {None}
    assert {run.instance.group for run in made} == {"a", "b"}


def test_a_kappa_has_one_spelling(config):
    both = config('kappas = [1.0, "1.50"]\nseeds = 1\n[sets]\na = ["hal:1"]\n' + SOLVER)
    assert both.kappas == ("1", "1.5")
    assert {r.key.case.kappa for r in runs(narrowed(both, Choice(kappas=["1.500"])))} == {"1.5"}


def test_a_star_leaves_out_what_is_of_another_kind(config):
    both = config('objectives = ["B", "C", "D"]\n' + SETS + ALL)
    found = {(run.key.case.objective, run.key.method) for run in runs(both)}
    assert {("B", "annealing"), ("C", "modulo_annealing"), ("D", "list_latency")} <= found
    assert {o for o, method in found if method == "annealing"} == {"B"}
    assert "B" not in {o for o, method in found if method == "cpsat_modulo"}
    named = config('objectives = ["C"]\n' + SETS + '[[methods]]\nbaseline = "annealing"\n')
    assert len(runs(named)) == 5  # a refusal each, as it is asked for by name


def test_intervals_are_of_loops(config):
    both = config('objectives = ["B", "C"]\nseeds = 1\n' + SETS + SOLVER)
    for ii in ("auto", 7):
        b, c = runs(narrowed(both, Choice(ii=ii)))
        assert (b.key.case.ii_asked, b.objective.ii) == (None, None)
        assert (c.key.case.ii_asked, c.objective.ii) == (str(ii), ii)
    free = config('objectives = ["C"]\nkappas = ["none"]\nseeds = 1\n' + SETS + SOLVER)
    (only,) = runs(free)
    assert (only.objective.kappa, only.key.case.kappa) == (None, "none")


def test_a_choice_narrows_them(config):
    both = config('seeds = 3\n[sets]\na = ["hal:1"]\nb = ["fft:4", "fft:8"]\n' + SOLVER + ALL)

    def chosen(**choice):
        asked = Choice(**choice)
        return runs(narrowed(both, asked), asked.only)

    assert {r.key.case.instance for r in chosen(only=["b"])} == {"fft:4", "fft:8"}
    assert {r.key.case.instance for r in chosen(only=["*:1", "fft:8"])} == {"hal:1", "fft:8"}
    assert {r.key.method for r in chosen(methods=["ga*"])} == {"gaus"}
    assert {r.key.seed for r in chosen(seeds=2)} == {0, 1}
    assert {r.key.limit for r in chosen(limits=[0.5])} == {0.5}
    assert {r.key.case.objective for r in chosen(objectives=["B"])} == {"B"}
    with pytest.raises(SettingsError, match="no method is named x; there are: gaus, asap"):
        chosen(methods=["x"])
    with pytest.raises(SettingsError, match="no instance is named c; there are: a, hal:1, b"):
        chosen(only=["c"])
    for bad, message in (
        ({"workers": 0}, "workers is 0; at least 1"),
        ({"seeds": 0}, "seeds is 0; at least 1"),
        ({"limits": [0.0]}, "limits: 0.0; expected seconds above 0"),
        ({"kappas": ["none"], "objectives": ["B"]}, "no kappa is named none"),
    ):
        with pytest.raises(SettingsError, match=message):
            chosen(**bad)
    one = config('isolate = false\n[sets]\na = ["hal:1"]\n' + SOLVER)
    with pytest.raises(SettingsError, match="what was chosen: several workers need isolate"):
        narrowed(one, Choice(workers=2))


ALL = '[[methods]]\nbaseline = "*"\n'


def test_a_star_is_every_baseline_not_named_elsewhere(config):
    text = SETS + ALL + '[[methods]]\nbaseline = ["list"]\nlabel = "mine"\nseeds = 1\n' + SOLVER
    methods = {m.label: m for m in config(text).methods}
    assert set(methods) == set(BASELINES) - {"list"} | {"mine", "gaus"}
    assert methods["mine"].settings() == {"baseline": "list"}
    assert methods["mine"].rival
    assert not methods["gaus"].rival


def test_methods_are_made_again_from_what_a_worker_is_told(config):
    made = config(SETS + SOLVER + 'set = ["rounds=2"]\npreset = "paper"\n' + ALL).methods
    assert tuple(read_methods([m.spec()], "task")[0] for m in made) == made
    assert made[0].settings()["rounds"] == 2
    assert made[0].settings()["optimise"]["method"] == "augmented"


def test_the_settings_say_what_a_run_depends_on(config):
    hashes = set()
    for text in ("", 'set = ["rounds=2"]\n', 'preset = "paper"\n'):
        hashes |= {run.key.settings for run in runs(config(SETS + SOLVER + text))}
    assert len(hashes) == 3


def test_instances_are_found_under_the_root(tmp_path, monkeypatch):
    for name in ("b.json.gz", "a.json"):
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / name).touch()
    found = find_instances({"mine": ["set/*", "fft:4"]}, str(tmp_path))
    assert [i.name for i in found] == ["a", "b", "fft:4"]
    monkeypatch.setenv("GAUS_BENCH", str(tmp_path))
    assert [i.name for i in find_instances({"mine": ["set/a*"]})] == ["a"]
    with pytest.raises(InputError, match=r"sets.mine: no file fits .*set/c\*"):
        find_instances({"mine": ["set/c*"]})
    with pytest.raises(InputError, match=r"sets.yours: .*/a.json is there already, .* sets.mine;"):
        find_instances({"mine": ["set/a*"], "yours": ["set/*"]})
    with pytest.raises(InputError, match="must be a whole number"):
        find_instances({"mine": ["fft:four"]})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_ones_are_read(path, request):
    config = read_config(path)
    if path.stem != "smoke":
        request.getfixturevalue("bench")  # skips where the files are absent
    assert runs(config)
    # Those of the schedulers lie beside the solver's, of another configuration.
    assert path.stem == "hls_schedulers" or any(not method.rival for method in config.methods)
