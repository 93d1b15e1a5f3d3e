"""What a sweep's file may say, and the points that it asks for."""

import pytest

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import known_names
from gaus_jax.base.settings import Settings, preset_folder
from gaus_jax.batch.sweep.config import read_sweep
from gaus_jax.batch.sweep.names import assigned, value_of
from gaus_jax.batch.sweep.points import count, points, settings_of

HEAD = '[sweep]\ninstances = ["dense:8"]\n'


def sweep_of(tmp_path, text: str, head: str = HEAD):
    path = tmp_path / "sweep.toml"
    path.write_text(head + text, encoding="utf-8")
    return read_sweep(path)


def values(sweep) -> list[dict]:
    return [point.values for point in points(sweep)]


def test_a_grid_is_every_combination_beside_the_base(tmp_path):
    text = '[sweep.grid]\noptimise.steps = [10, 20]\n"relax.widths" = ["annealed", "learned"]\n'
    sweep = sweep_of(tmp_path, text)
    pairs = [(v["optimise.steps"], v["relax.widths"]) for v in values(sweep)]
    ways = ("annealed", "learned")
    assert pairs == [(1200, "annealed"), *((steps, way) for steps in (10, 20) for way in ways)]
    assert count(sweep) == 5
    last = settings_of(sweep, list(points(sweep))[-1].values, sweep.objectives[0])
    assert (last.optimise.steps, last.relax.widths) == (20, "learned")


def test_a_zip_goes_along_its_lists_and_equal_points_come_once(tmp_path):
    text = "[[sweep.zip]]\nlegalise.power_start = [4, 8]\nlegalise.power_end = [64, 128]\n"
    found = [tuple(v.values()) for v in values(sweep_of(tmp_path, text))]
    assert found == [(8.0, 128.0), (4, 64)]  # the second row is the base


def test_draws_are_a_function_of_seed_and_name(tmp_path):
    rate = '"optimise.learning_rate" = { log = [0.01, 1.0] }\n'
    steps = '"optimise.steps" = { linear = [10, 20] }\n'
    way = '"relax.widths" = { choice = ["annealed", "learned"] }\n'
    draw = lambda text, n=40, seed=0: [  # noqa: E731
        {k: v for k, v in own.items() if k == "optimise.learning_rate"}
        for own in values(
            sweep_of(
                tmp_path,
                f"samples = {n}\ndraw = {seed}\nbase = false\n[sweep.random]\n{text}",
            )
        )
    ]
    alone = draw(rate)
    assert draw(steps + rate + way) == alone
    assert draw(rate, n=10) == alone[:10]
    assert draw(rate, seed=1) != alone
    found = [own["optimise.learning_rate"] for own in alone]
    assert all(0.01 <= rate <= 1 for rate in found)
    assert 10 < sum(rate < 0.1 for rate in found) < 30  # half of them, by the logarithm
    sweep = sweep_of(tmp_path, f"samples = 40\n[sweep.random]\n{steps}{way}")
    drawn = values(sweep)[1:]
    assert {type(own["optimise.steps"]) for own in drawn} == {int}
    assert {own["relax.widths"] for own in drawn} == {"annealed", "learned"}


def test_parts_of_the_search_have_names():
    changed = assigned(Settings(), "search.cycle.1.heat", 0.7, "test")
    assert changed.search.cycle[1].heat == 0.7
    assert changed.search.cycle[0] == Settings().search.cycle[0]
    assert value_of(changed, "search.cycle.1.heat", "test") == 0.7
    limited = assigned(changed, "objective.limits.mul", 2.0, "test")
    assert limited.objective.limits == {"mul": 2.0}
    names = list(known_names(Settings()))
    assert {"rounds", "search.long.0.share", "relax.width_end", "objective.limits"} <= set(names)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sweep.grid]\noptimise.rate = [1.0]\n", r"unknown setting 'optimise\.rate'; nearest:.*"),
        ("[sweep.grid]\nlearning_rate = [1.0]\n", r"nearest: optimise\.learning_rate"),
        ("[sweep.random]\nrate = { log = [1, 2] }\n", r"need samples"),
        ("samples = 2\n[sweep.random]\nqqqq = { log = [1, 2] }\n", r"'qqqq'; known: objective"),
        (
            "[sweep.grid]\nsearch.cycle.9.heat = [1.0]\n",
            r"unknown setting 'search\.cycle\.9\.heat'",
        ),
        ("sample = 3\n", r"unknown key 'sample'; nearest: samples; known: base"),
        ("[sweep.grid]\noptimise.steps = [1.5]\n", r"optimise\.steps: steps: expected int"),
        ("[sweep.grid]\nrelax.width_end = [0.0]\n", r"width_end is 0\.0; it must be above 0"),
        ("[sweep.grid]\noptimise.steps = []\n", r"expected a list of values, got \[\]"),
        ("[sweep.grid]\ntime_limit = [1.0]\n", r"time_limit: answers of a sweep depend on counts"),
        ("[sweep.grid]\nguide_share = [0.1]\n", r"guide_share counts under a time limit alone"),
        ("[sweep.grid]\nobjective.kappa = ['1', '2']\n", r"costs would not compare"),
        ("", r"nothing is varied"),
        ("[[sweep.zip]]\nrounds = [1, 2]\npatience = [1]\n", r"rounds has 2, patience has 1"),
        ("[sweep.grid]\nrounds = [1]\n[[sweep.zip]]\nrounds = [2]\n", r"rounds is varied twice"),
        ("[sweep.grid]\nrounds = [1]\n[sweep.halving]\nvalues = [1, 2]\n", r"varied twice"),
        ("[sweep.grid]\npatience = [1]\n[sweep.halving]\nvalues = [2, 1]\n", r"rising numbers"),
        (
            "[sweep.grid]\npatience = [1]\n[sweep.halving]\nof = 'round'\nvalues = [1]\n",
            r"unknown setting 'round'; nearest: rounds",
        ),
        *(
            (
                f"[sweep.grid]\npatience = [1]\n[sweep.halving]\nof = '{of}'\nvalues = [1, 2]\n",
                says,
            )
            for of, says in (
                ("time_limit", r"halving\.of: time_limit: answers of a sweep depend on counts"),
                ("wall", r"halving\.of: wall: answers of a sweep depend on counts"),
                ("memory_limit", r"memory_limit: answers of a sweep depend on counts"),
                ("guide_intervals", r"guide_intervals counts under a time limit alone"),
                ("objective.depth", r"halving\.of: objective\.depth changes what is minimised"),
            )
        ),
        ("samples = 2\n[sweep.random]\nrounds = { log = [0, 1] }\n", r"above 0, the lesser first"),
        (
            "samples = 2\n[sweep.random]\nrounds = { normal = [0, 1] }\n",
            r"unknown setting .rounds.normal.",
        ),
        ("seeds = 0\n[sweep.grid]\nrounds = [1]\n", r"seeds is 0; at least 1"),
        ("objectives = ['Z']\n[sweep.grid]\nrounds = [1]\n", r"unknown objective 'Z'"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(tmp_path, text, says):
    with pytest.raises(SettingsError, match=says):
        sweep_of(tmp_path, text)


def test_files_that_are_no_sweeps(tmp_path):
    with pytest.raises(SettingsError, match=r"has no table \[sweep\]"):
        sweep_of(tmp_path, "rounds = 1\n", head="")
    with pytest.raises(SettingsError, match=r"nothing to solve"):
        sweep_of(tmp_path, "[sweep.grid]\nrounds = [1]\n", head="[sweep]\n")
    with pytest.raises(SettingsError, match=r"wall: answers of a sweep"):
        sweep_of(tmp_path, "[sweep.grid]\nrounds = [1]\n", head="wall = 3.0\n" + HEAD)


@pytest.mark.parametrize("name", ["default", "optimisers", "refinement"])
def test_the_examples_are_sweeps(name):
    folder = preset_folder().parent / "sweep"
    assert count(read_sweep(folder / f"{name}.toml")) > 10
