"""A small sweep: as separate solves, in one program, resumed, halved, cut short."""

from dataclasses import replace

import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.settings import read_settings
from gaus_jax.batch.stored import read
from gaus_jax.batch.sweep.config import read_sweep
from gaus_jax.batch.sweep.found import best_settings, found_in
from gaus_jax.batch.sweep.points import points, settings_of
from gaus_jax.batch.sweep.run import run_sweep
from gaus_jax.cli import main
from gaus_jax.importers import load, save
from gaus_jax.instances.catalogue import generate
from gaus_jax.optimise import loop
from gaus_jax.report.sweep.page import write_summary
from gaus_jax.solve import solve
from gaus_jax.variants import solve_settings
from tests.importers.test_hatschet import GRAPH, MODEL

# The gradient alone, on the hat alone: one program.
BASE = """
rounds = 1
objective = { name = "A", kappa = "1.5" }
relax = { evaluation = "hat", window = 7 }
optimise = { steps = 60, restarts = 2 }
legalise = { sweeps = 0.0 }
[search]
climb = false
long = []
opening = [{ starts = ["middle", "random"], gradient = 0.0 }]
cycle = []
[sweep]
instances = ["dense:40"]
"""
TOGETHER = 5 * 2  # points by seeds
AXES = """
seeds = 2
[sweep.grid]
optimise.learning_rate = [0.02, 0.3]
relax.width_start = [0.05, 0.4]
[[sweep.zip]]
optimise.penalty_end = [20.0]
legalise.thresholds = [1]
"""


def sweep_of(folder, text: str = AXES):
    path = folder / "sweep.toml"
    path.write_text(BASE + text, encoding="utf-8")
    return read_sweep(path)


def found_alone(problem, settings, seed: int):
    """One point by itself, in the program that the sweep used."""
    ((_, result),) = solve_settings(problem, [settings], [seed], side_by_side=TOGETHER)
    return result


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The folder of a finished sweep, the sweep, and how often its step was traced."""
    folder = tmp_path_factory.mktemp("sweep")
    sweep, traces = sweep_of(folder), []
    step = loop._step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_step", lambda *args: traces.append(1) or step(*args))
        assert run_sweep(sweep, folder / "out")
    return folder / "out", sweep, len(traces)


def test_settings_that_are_numbers_share_one_program(swept):
    folder, _, traces = swept
    assert traces == 1
    assert len({str(record["values"]) for record in read(folder)}) == 5


def test_a_point_is_what_a_separate_solve_finds(swept):
    folder, sweep, _ = swept
    records = list(read(folder))
    assert len(records) == 5 * 2
    problem = generate("dense", 40)
    every = {point.place: point for point in points(sweep)}
    for record in records:
        settings = settings_of(sweep, every[record["point"]].values, sweep.objectives[0])
        alone = found_alone(problem, settings, record["seed"])
        assert record["cost"] == alone.value
        assert record["bound"] == alone.lower_bound
        assert record["sha256"] == problem.sha256
    assert len({record["cost"] for record in records}) > 1


def test_the_best_is_a_config_file(swept):
    folder, sweep, _ = swept
    found = found_in(sweep, folder)
    write_summary(sweep, found, folder)
    best = found.last.scores[0]
    settings = read_settings(folder / "best.toml")
    assert settings == best_settings(sweep, found)
    costs = [r["cost"] for r in read(folder) if (r["point"], r["seed"]) == (best.place, 1)]
    assert [found_alone(generate("dense", 40), settings, 1).value] == costs
    # A batch of another size rounds otherwise: its last bits may tip a node into the next step.
    assert solve(generate("dense", 40), settings=settings, key=1).value == pytest.approx(
        *costs, rel=0.15
    )
    assert "| 1 | " in (folder / "summary.md").read_text()
    assert (folder / "points.csv").read_text().count("\n") == 1 + 5


def costs(folder) -> dict:
    return {record["key"]: record["cost"] for record in read(folder)}


def test_a_killed_sweep_goes_on_where_it_was(swept, tmp_path):
    folder, sweep, _ = swept
    lines = (folder / "records.jsonl").read_bytes().splitlines(keepends=True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_bytes((folder / "run.json").read_bytes())
    (out / "records.jsonl").write_bytes(b"".join(lines[:7]) + lines[7][:20])
    steps, said = [], []
    assert run_sweep(sweep, out, report=steps.append, notice=said.append)
    assert [step.done for step in steps] == [8, 9, 10]
    assert "not a whole record" in said[0]
    assert costs(out) == costs(folder)
    assert run_sweep(sweep, out, report=lambda step: pytest.fail("ran again"))


def test_another_sweep_is_refused(swept, tmp_path):
    folder, _, _ = swept
    with pytest.raises(SettingsError, match=r"other settings \(sweep\.seeds\)"):
        run_sweep(sweep_of(tmp_path, AXES.replace("seeds = 2", "seeds = 3")), folder)


def test_a_time_limit_leaves_whole_records_alone(swept, tmp_path):
    _, sweep, _ = swept
    assert not run_sweep(sweep, tmp_path / "out", seconds=0.0)
    assert costs(tmp_path / "out") == {}


def test_halving_keeps_the_best_and_the_base(swept, tmp_path):
    text = AXES + "[sweep.halving]\nof = 'optimise.steps'\nvalues = [60, 120]\nkeep = 0.3\n"
    sweep = sweep_of(tmp_path, text)
    assert run_sweep(sweep, tmp_path / "out")
    first, second = found_in(sweep, tmp_path / "out").rungs
    kept = {one.place for one in first.scores[:2]} | {0}
    assert {one.place for one in second.scores} == kept
    # Its first rung is the sweep without halving.
    assert costs(swept[0]).items() <= costs(tmp_path / "out").items()
    best = best_settings(sweep, found_in(sweep, tmp_path / "out"))
    assert best is not None
    assert best.optimise.steps == 120


def test_a_million_points_are_not_a_slip(tmp_path, capsys):
    many = ", ".join(str(k) for k in range(1, 1001))
    path = tmp_path / "sweep.toml"
    text = f"[sweep.grid]\noptimise.steps = [{many}]\nlegalise.thresholds = [{many}]\n"
    path.write_text(BASE + text, encoding="utf-8")
    assert main(["sweep", str(path), "--out", str(tmp_path / "out"), "--no-cache"]) == 2
    assert "1000001 points, 1000001 runs; give --yes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command(swept, tmp_path, capsys):
    folder, sweep, _ = swept
    arguments = ["sweep", sweep.source, "--out", str(folder), "--no-cache"]
    assert main([*arguments, "--plot"]) == 0
    out = capsys.readouterr().out
    assert "(base)" in out
    for name in ("summary.md", "points.csv", "best.toml", "parallel.png", "sensitivity.png"):
        assert str(folder / name) in out
        assert (folder / name).stat().st_size > 0
    late = ["sweep", sweep.source, "--out", str(tmp_path / "o"), "--no-cache", "--time-limit", "0"]
    assert main(late) == 1
    assert "the time is up" in capsys.readouterr().err


def test_a_pair_is_solved_under_its_resource_model(tmp_path):
    graph, model = tmp_path / "hls" / "g.graphml", tmp_path / "hls" / "g_RM1.xml"
    graph.parent.mkdir()
    graph.write_text(GRAPH.replace("{namespace}", ""))
    model.write_text(MODEL)
    (tmp_path / "index.csv").write_text("path,resources\nhls/g.graphml,hls/g_RM1.xml\n")
    base = BASE.replace('"dense:40"', '"g@RM1"').replace("[sweep]", '[sweep]\nroot = "."')
    path = tmp_path / "sweep.toml"
    path.write_text(base + "[sweep.grid]\nlegalise.thresholds = [1]\n", encoding="utf-8")
    assert run_sweep(read_sweep(path), tmp_path / "out")
    found = {record["sha256"] for record in read(tmp_path / "out")}
    assert found == {load(graph, resources=model).sha256}


def test_a_damaged_instance_is_found_before_any_run(tmp_path):
    save(generate("dense", 8), tmp_path / "good.json")
    (tmp_path / "worse.json").write_text("{")
    text = AXES.replace("seeds", 'root = "."\nseeds')
    sweep = sweep_of(tmp_path, text)
    sweep = replace(sweep, about=replace(sweep.about, instances=("good.json", "worse.json")))
    with pytest.raises(InputError, match=r"worse\.json"):
        run_sweep(sweep, tmp_path / "out", report=lambda step: pytest.fail("ran"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "raised", "says"),
    [
        (RuntimeError("RESOURCE_EXHAUSTED: 9 bytes"), InputError, "too much for the device.*lower"),
        (RuntimeError("INTERNAL: a fault"), RuntimeError, "^INTERNAL: a fault$"),
    ],
)
def test_memory_alone_is_blamed_on_points_side_by_side(tmp_path, monkeypatch, error, raised, says):
    def broken(*given, **how):
        raise error

    monkeypatch.setattr("gaus_jax.batch.sweep.run.solve_settings", broken)
    with pytest.raises(raised, match=says):
        run_sweep(sweep_of(tmp_path), tmp_path / "out")
