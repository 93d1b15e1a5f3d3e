"""The commands ``solve``, ``verify`` and ``compare``: what is refused, and before any work."""

import json

import pytest

from gaus_jax.cli import main
from gaus_jax.commands import solve
from gaus_jax.core.build import make_problem
from gaus_jax.importers import save

QUICK = ["--no-cache", "--set", "rounds=1", "--set", "optimise.steps=0"]
QUICK += ["--set", "legalise.sweeps=5"]


@pytest.fixture
def graph(tmp_path, monkeypatch):
    """A graph of four nodes in the working directory."""
    monkeypatch.chdir(tmp_path)
    save(make_problem(4, [(0, 1), (0, 2), (1, 3), (2, 3)]), "g.json")
    return "g.json"


@pytest.fixture
def idle(monkeypatch):
    """Nothing is loaded and nothing solved."""
    for name in ("solve", "front"):
        monkeypatch.setattr(solve, name, lambda *a, **k: pytest.fail("solved"))
    monkeypatch.setattr(solve.flags, "load_graph", lambda *a: pytest.fail("loaded"))


def test_constructed_graphs_are_graphs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made = "biquad:1"
    written = ["--out", "r.json", "--schedule", "s.csv"]
    assert main(["solve", made, "--objective", "C", *QUICK, *written]) == 0
    assert main(["verify", made, "r.json"]) == 0
    assert main(["verify", made, "s.csv"]) == 0
    assert main(["info", made]) == 0
    assert main(["convert", made, "b.json"]) == 0
    assert main(["info", made, "--format", "gml"]) == 2
    assert "biquad:1 is constructed; leave --resources" in capsys.readouterr().err
    assert main(["info", "biquad:x"]) == 2
    assert "the size after 'biquad:' must be a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("limits", ['{op="x"}', "{op=true}", "{op=[1]}"])
def test_a_limit_that_is_no_number_is_one_sentence(graph, capsys, limits):
    assert main(["solve", graph, *QUICK, "--set", f"objective.limits={limits}"]) == 2
    assert "the limit of class 'op' is " in capsys.readouterr().err


def test_verify_refuses_a_limit_that_is_no_number(graph, capsys):
    assert main(["solve", graph, *QUICK, "--limit", "op=9", "--out", "r.json"]) == 0
    with open("r.json", encoding="utf-8") as file:
        tree = json.load(file)
    tree["settings"]["objective"]["limits"] = {"op": "x"}
    with open("r.json", "w", encoding="utf-8") as file:
        json.dump(tree, file)
    assert main(["verify", graph, "r.json"]) == 2
    assert "the limit of class 'op' is 'x'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "heading"),
    [
        (["--objective", "A"], "objective A, kappa 1\n"),
        (["--objective", "B", "--kappa", "1.5"], "objective B, kappa 1.5\n"),
        (["--objective", "C"], "objective C\n"),
        (["--objective", "D"], "objective D\n"),
        (["--objective", "D", "--kappa", "2"], "objective D, kappa 2\n"),
        (["--objective", "S"], "objective S\n"),
        (["--objective", "C", "--depth", "9"], "objective C, depth 9\n"),
        (["--set", "objective.weights.latency=1"], "objective A, kappa 1\n"),
    ],
)
def test_compare_names_a_latency_bound_where_there_is_one(
    graph, monkeypatch, capsys, flags, heading
):
    monkeypatch.setattr(solve, "compare", lambda *a: ("table", True))
    assert main(["compare", graph, "--no-cache", *flags]) == 0
    assert capsys.readouterr().out == f"{heading}table\n\n"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--pareto", "0"], "a front of 0 ratios is none; ask for at least 1"),
        (["--pareto", "3", "--ratio", "0"], "and it is 0; give one above 0, or balanced"),
        (["--pareto", "3", "--set", "objective.ratio=0"], "and it is 0; give one above 0"),
        (["--pareto", "3", "--chart"], "--chart draws one schedule; leave --pareto out"),
        (["--pareto", "0", "--plot", "f.png"], "a front of 0 ratios is none"),
        (["--objective", "S", "--lifetime", "register"], "--lifetime register is given; an order"),
        (["--out", "s.csv", "--schedule", "s.csv"], "--out and --schedule name one file"),
        (["--out", "s.csv", "--schedule", "./s.csv"], "--out and --schedule name one file"),
        (["--pareto", "3", "--out", "f.png", "--plot", "f.png"], "--out and --plot name one file"),
    ],
)
def test_flags_that_do_not_go_together_are_refused_before_any_work(
    graph, idle, tmp_path, capsys, flags, says
):
    assert main(["solve", graph, "--no-cache", *flags]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert [p.name for p in tmp_path.iterdir()] == [graph]


def test_an_interval_of_zero_is_refused_before_any_work(graph, idle, capsys):
    for objective in ("C", "S"):
        with pytest.raises(SystemExit) as stopped:
            main(["solve", graph, "--objective", objective, "--ii", "0"])
        assert stopped.value.code == 2
        assert (
            "argument --ii: 0 is no interval; give at least 1, or auto" in capsys.readouterr().err
        )


def test_an_order_has_no_interval_of_zero_either(graph, capsys):
    asked = ["--objective", "S", "--set", "objective.ii=0"]
    assert main(["solve", graph, *QUICK, *asked]) == 2
    assert "ii is given; an order has a step for each node" in capsys.readouterr().err


def test_a_batch_of_orders_refuses_a_lifetime_too(graph, capsys):
    asked = ["--objective", "S", "--lifetime", "register", "--out", "out", "--no-cache"]
    assert main(["batch", graph, *asked]) == 2
    assert "--lifetime register is given; an order" in capsys.readouterr().err


def test_the_lifetime_of_an_order_may_be_said(graph, capsys):
    assert main(["solve", graph, *QUICK, "--objective", "S", "--lifetime", "buffer"]) == 0
    assert "legal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("time_limit", "time_limit: expected float or NoneType, got"),
        ("objective.weights.latency", "weight of latency is"),
    ],
)
@pytest.mark.parametrize("zeros", [400, 5000])
def test_a_number_beyond_all_floats_is_one_sentence(graph, capsys, key, says, zeros):
    assert main(["solve", graph, "--no-cache", "--set", f"{key}=1{'0' * zeros}"]) == 2
    assert says in capsys.readouterr().err
