"""Fronts: what the ratios find, what dominates what, and the files of it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gaus_jax.base.errors import MissingExtraError, SettingsError
from gaus_jax.base.settings import Settings, override
from gaus_jax.cli import main
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.instances import generate
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.pareto import Front, front, ratios, undominated
from gaus_jax.report.front import front_table, plot_front, write_front
from gaus_jax.solve import solve
from gaus_jax.variants import solve_ratios
from tests import brute, reference

QUICK = override(
    Settings(),
    {
        "objective": {"name": "A", "kappa": "1.5"},
        "rounds": 3,
        "relax": {"evaluation": "hat"},
        "optimise": {"steps": 40, "restarts": 1},
        "legalise": {"sweeps": 40},
    },
    "test",
)


def fan(wide: int = 4):
    """A source, some nodes of their own, a sink: few units want long edges."""
    edges = [(0, i) for i in range(1, wide + 1)] + [(i, wide + 1) for i in range(1, wide + 1)]
    return make_problem(wide + 2, edges)


def test_the_front_is_that_of_brute_force():
    problem = fan(3)
    depth = reference.depth(problem, "1.5")
    every = {
        (reference.peak_usage(problem, s), reference.communication(problem, s))
        for s in brute.schedules(problem, depth)
    }
    best = [p for p in every if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in every)]
    found = front(problem, 8, QUICK)
    assert {Front.terms(r) for r in found.points} <= set(best)
    # Both ends are optimal for the outermost ratios.
    assert Front.terms(found.points[0]) == max(best)
    assert Front.terms(found.points[-1]) == min(best)
    assert all(r.lower_bound <= r.value + 1e-9 for r in found.tried)


def test_each_ratio_is_answered_as_if_alone():
    problem = generate("dense", 40, seed=1)
    together = solve_ratios(problem, [0.5, 2.0, 8.0], QUICK, key=3)
    for ratio, result in zip([0.5, 2.0, 8.0], together, strict=True):
        alone = solve(
            problem, settings=override(QUICK, {"objective": {"ratio": ratio}}, "t"), key=3
        )
        assert alone.schedule.start.tolist() == result.schedule.start.tolist()
        assert result.settings["objective"]["ratio"] == ratio


def test_ratios_are_around_the_middle():
    assert ratios(3.0, 1) == [3.0]
    assert ratios(3.0, 3) == pytest.approx([3.0 / 32, 3.0, 3.0 * 32])


def test_what_is_dominated_goes():
    problem = fan(3)
    objective, frame = resolve(QUICK.objective, problem)
    every = [judge(problem, s, objective) for s in _schedules(problem, frame.depth)]
    kept = undominated(every)
    terms = [Front.terms(r) for r in kept]
    assert terms == sorted(terms, reverse=True)
    assert [c for _, c in terms] == sorted(c for _, c in terms)
    for result in every:
        assert any(
            a <= b and c <= d for (a, c), (b, d) in ((t, Front.terms(result)) for t in terms)
        )


def _schedules(problem, depth):
    return [Schedule(np.array(s), depth) for s in brute.schedules(problem, depth)]


def test_the_files_of_a_front(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    graph, out, plot = tmp_path / "g.json", tmp_path / "f.json", tmp_path / "f.png"
    assert main(["generate", "dense", "--size", "30", "--out", str(graph)]) == 0
    arguments = ["solve", str(graph), "--objective", "A", "--pareto", "4", "--no-cache"]
    quick = ["--set", "rounds=1", "--set", "optimise.steps=0", "--set", "legalise.sweeps=5"]
    assert main([*arguments, *quick, "--out", str(out), "--plot", str(plot)]) == 0
    said = capsys.readouterr().out
    assert "of 4 ratios" in said
    tree = json.loads(out.read_text())
    assert tree["format"] == "gaus-jax-front"
    assert len(tree["bounds"]) == 4
    assert all(point["legal"] and point["start"] for point in tree["points"])
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_front_is_of_objective_a_alone(tmp_path, capsys):
    with pytest.raises(SettingsError, match="objective A"):
        front(fan(), 3, override(QUICK, {"objective": {"name": "B"}}, "t"))
    graph = tmp_path / "g.json"
    main(["generate", "dense", "--size", "30", "--out", str(graph)])
    assert main(["solve", str(graph), "--plot", str(tmp_path / "x.png")]) == 2
    assert "add --pareto N" in capsys.readouterr().err
    assert main(["solve", str(graph), "--objective", "B", "--pareto", "3"]) == 2


def test_a_front_is_of_ratios_that_there_are():
    with pytest.raises(SettingsError, match="a front of 0 ratios is none"):
        front(fan(), 0, QUICK)
    with pytest.raises(SettingsError, match="and it is 0; give one above 0, or balanced"):
        front(fan(), 3, override(QUICK, {"objective": {"ratio": 0}}, "t"))


def test_without_edges_the_balanced_ratio_is_no_obstacle():
    assert front(make_problem(3), 2, QUICK).points


def test_no_schedule_is_said_as_everywhere(tmp_path, capsys):
    graph = tmp_path / "g.json"
    main(["generate", "dense", "--size", "30", "--out", str(graph)])
    assert main(["solve", str(graph), "--pareto", "3", "--depth", "2"]) == 1
    assert "infeasible" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["f.xyz", "f", "f.pgf", "f.png.gz"])
def test_a_picture_of_no_known_format_is_refused_before_any_work(tmp_path, name, capsys):
    pytest.importorskip("matplotlib")
    plot = tmp_path / name
    # The graph is not even looked for.
    assert main(["solve", "none.gml", "--pareto", "2", "--plot", str(plot)]) == 2
    err = capsys.readouterr().err
    assert "no picture is written in this format; name ." in err
    assert ".pdf, .png, " in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "head"), [("f.PNG", b"\x89PNG"), ("f.pdf", b"%PDF"), ("f.svg", b"<?xml")]
)
def test_a_picture_has_the_format_of_its_name(tmp_path, name, head):
    pytest.importorskip("matplotlib")
    plot_front(front(fan(), 2, QUICK), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(head)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_picture_that_fails_leaves_the_older_one(tmp_path, monkeypatch):
    figure = pytest.importorskip("matplotlib.figure").Figure

    def fail(self, place, **options):
        if isinstance(place, str | Path):
            Path(place).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fail)
    plot = tmp_path / "f.png"
    plot.write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        plot_front(front(fan(), 2, QUICK), plot)
    assert plot.read_bytes() == b"old"


def test_a_plot_without_matplotlib_names_the_extra(monkeypatch, tmp_path, capsys):
    found = front(fan(), 2, QUICK)
    assert "2 ratios" in front_table(found)
    write_front(found, tmp_path / "f.json")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"gaus-jax\[plot\]"):
        plot_front(found, tmp_path / "f.png")
    # On the command line it is said before any work: the graph is not even looked for.
    assert main(["solve", "none.gml", "--pareto", "2", "--plot", str(tmp_path / "f.png")]) == 2
    assert "gaus-jax[plot]" in capsys.readouterr().err
