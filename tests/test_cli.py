"""The command line: exit codes, messages and files."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from gaus_jax.base.errors import InputError, UnsoundBoundError
from gaus_jax.cli import main
from gaus_jax.commands import flags, solve
from gaus_jax.core.build import make_problem
from gaus_jax.importers import load, save
from tests import reference

QUICK = ["--no-cache", "--set", "rounds=1", "--set", "optimise.steps=50"]
QUICK += [
    "--set",
    "relax.evaluation=hat",
    "--set",
    "optimise.restarts=2",
    "--set",
    "legalise.sweeps=20",
]
KEYS = {
    "format", "version", "problem", "status", "reason", "legal", "violations", "objective",
    "lower_bound", "gap", "ii", "depth", "ids", "start", "seed", "timings", "trace", "settings",
    "versions",
}  # fmt: skip

DIAMOND = make_problem(
    ["a", "b", "c", "d"], [(0, 1), (0, 2), (1, 3), (2, 3)], size=[2, 3, 4, 5], name="diamond"
)


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "diamond.json"
    save(DIAMOND, path)
    return str(path)


@pytest.fixture
def result(graph, tmp_path, capsys):
    """A result file of the diamond with a step of room."""
    path = tmp_path / "RESULT.json"
    assert main(["solve", graph, "--depth", "4", "--out", str(path), *QUICK]) == 0
    capsys.readouterr()
    return path


def edited(path, **changes):
    tree = json.loads(path.read_text())
    for key, value in changes.items():
        if key in tree["objective"]:
            tree["objective"][key] = value
        else:
            tree[key] = value
    path.write_text(json.dumps(tree))
    return str(path)


def test_solve_writes_a_result_with_every_key(result):
    tree = json.loads(result.read_text())
    assert set(tree) == KEYS
    assert reference.legal(DIAMOND, tree["start"], 4)
    assert tree["ids"] == ["a", "b", "c", "d"]
    assert tree["problem"]["sha256"] == DIAMOND.sha256
    assert tree["settings"]["optimise"]["steps"] == 50
    assert tree["objective"]["value"] == reference.objective_A(
        DIAMOND, tree["start"], 4, "balanced"
    )
    assert set(tree["objective"]) == {"name", "value", "terms", "weights", "lifetime"}
    assert (tree["seed"], tree["depth"], tree["ii"], tree["legal"]) == (0, 4, None, True)


def test_verify_accepts_it(graph, result, capsys):
    assert main(["verify", graph, str(result)]) == 0
    assert "legal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": [0, 0, 2, 3]}, r"dependence: edge 0 \(a->b\): value ready at 1, .* starts at 0"),
        ({"start": [0, 1, 2, 9]}, r"latency: node d: finishes at 10, depth is 4"),
        ({"start": [-1, 1, 2, 3]}, r"latency: node a: starts at -1"),
        ({"start": [0, 1, 2]}, r"shape: 3 starts for 4 nodes"),
        ({"start": [0, 1, 2, 10**15]}, r"latency: node d: finishes at 1000000000000001"),
        ({"start": [0, 1, 2, 2**63 - 1]}, r"latency: node d: finishes at 9223372036854775808"),
        ({"value": 1.0}, r"the file states 1.0, measured"),
        ({"value": None}, r"the file states None, measured"),
        ({"depth": 3, "start": [0, 1, 2, 3]}, r"finishes at 4, depth is 3"),
    ],
)
def test_verify_rejects_what_was_tampered_with(graph, result, change, says, capsys):
    assert main(["verify", graph, edited(result, **change)]) == 1
    out, err = capsys.readouterr()
    assert re.search(says, out + err)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": [0, 1, 2, 3.5]}, r"start\[3\] is 3.5, expected a whole number"),
        ({"start": [0, 1, 2, 2**70]}, r"beyond 64 bits"),
        ({"start": None}, r"no list 'start'"),
        ({"depth": "4"}, r"depth is '4', expected a whole number"),
        ({"ii": -5}, r"ii is -5"),
        ({"ii": 0}, r"ii is 0"),
        ({"depth": 10**15}, r"depth of 1000000000000000 steps is beyond"),
        ({"name": "Z", "weights": {}}, r"unknown objective 'Z'; known: A, B"),
        ({"weights": {"peak_usage": "x", "communication": 1}}, r"weight of peak_usage is 'x'"),
        ({"lifetime": "heap"}, r"unknown lifetime 'heap'"),
    ],
)
def test_verify_says_what_is_wrong_with_a_file(graph, result, change, says, capsys):
    assert main(["verify", graph, edited(result, **change)]) == 2
    assert re.search(says, capsys.readouterr().err)


def test_verify_notes_another_problem(graph, result, tmp_path, capsys):
    other = tmp_path / "other.json"
    save(make_problem(4, [(0, 1)], size=[2, 3, 4, 5]), other)
    main(["verify", str(other), str(result)])
    assert "made for a problem of another content" in capsys.readouterr().err


def test_verify_under_another_depth(graph, result, capsys):
    tree = json.loads(result.read_text())
    length = reference.latency(DIAMOND, tree["start"])
    assert main(["verify", graph, str(result), "--depth", "9"]) == 0
    assert main(["verify", graph, str(result), "--depth", "3"]) == (0 if length <= 3 else 1)
    assert main(["verify", graph, str(result), "--depth", "0"]) == 1
    assert "depth 0 is below the least feasible depth 3" in capsys.readouterr().err


def test_verify_accepts_a_mix_of_terms(graph, tmp_path, capsys):
    path = tmp_path / "mix.json"
    mix = ["--set", "objective.weights.latency=2", "--set", "objective.weights.peak_live=1"]
    assert main(["solve", graph, "--objective", "mine", *mix, *QUICK, "--out", str(path)]) == 0
    assert main(["verify", graph, str(path)]) == 0
    assert "objective mine" in capsys.readouterr().out


def test_verify_keeps_constraints_of_ones_own(tmp_path, capsys):
    graph, path = str(tmp_path / "four.json"), tmp_path / "r.json"
    save(make_problem(4, limit=1), graph)
    own = 'objective.constraints=["dependence", "latency", "resource"]'
    flags = ["--objective", "B", "--set", "objective.depth=4", "--set", own, *QUICK]
    assert main(["solve", graph, *flags, "--out", str(path)]) == 0
    assert main(["verify", graph, str(path)]) == 0
    assert main(["verify", graph, edited(path, start=[0, 0, 0, 0])]) == 1
    assert "class op" in capsys.readouterr().out


@pytest.mark.parametrize("objective", ["A", "B"])
@pytest.mark.parametrize("lifetime", ["register", "buffer"])
def test_options_reach_the_result(graph, tmp_path, objective, lifetime):
    path = tmp_path / "r.json"
    flags = ["--objective", objective, "--lifetime", lifetime, "--kappa", "1.5", "--seed", "9"]
    flags += ["--ratio", "3"]
    assert main(["solve", graph, *flags, *QUICK, "--quiet", "--out", str(path)]) == 0
    tree = json.loads(path.read_text())
    assert (tree["depth"], tree["seed"]) == (5, 9)
    assert tree["objective"]["lifetime"] == lifetime
    weights = {"A": {"peak_usage": 3, "communication": 1}, "B": {"peak_live": 1}}
    assert tree["objective"]["weights"] == weights[objective]
    assert main(["verify", graph, str(path)]) == 0


def test_weights_of_ones_own_do_not_pass_for_a_preset(graph, result, tmp_path, capsys):
    path = tmp_path / "mix.json"
    mix = ["--set", "objective.weights.latency=2"]
    assert main(["solve", graph, *mix, *QUICK, "--out", str(path)]) == 0
    assert json.loads(path.read_text())["objective"]["name"] == "mix"
    assert main(["verify", graph, str(path)]) == 0
    assert main(["verify", graph, str(path), "--objective", "A"]) == 1
    assert main(["verify", graph, edited(result, weights={"latency": 1.0}, value=3.0)]) == 1


def test_quiet_prints_nothing(graph, capsys):
    assert main(["solve", graph, *QUICK, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_depth_below_asap_names_the_least_and_a_critical_path(graph, tmp_path, capsys):
    path = tmp_path / "none.json"
    assert main(["solve", graph, "--depth", "2", *QUICK, "--out", str(path)]) == 1
    assert "least feasible depth 3; critical path: a -> b -> d" in capsys.readouterr().out
    tree = json.loads(path.read_text())
    assert (tree["status"], tree["legal"], tree["start"]) == ("infeasible", False, None)
    assert set(tree) == KEYS
    assert main(["verify", graph, str(path)]) == 2


@pytest.mark.parametrize("out", ["missing/R.json", "", "diamond.json/R.json"])
def test_a_place_that_cannot_be_written_is_found_before_solving(
    graph, tmp_path, monkeypatch, out, capsys
):
    monkeypatch.setattr(solve, "solve", lambda *a, **k: pytest.fail("solved"))
    assert main(["solve", graph, "--out", str(tmp_path / out), *QUICK]) == 2
    assert re.search(r"cannot be written|is a directory", capsys.readouterr().err)


def test_a_failed_run_leaves_an_older_result_as_it_was(graph, result):
    before = result.read_bytes()
    assert main(["solve", graph, "--set", "optimise.stepz=1", "--out", str(result)]) == 2
    assert result.read_bytes() == before
    assert [p.name for p in result.parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    "flags",
    [
        ["--ratio", "even"], ["--ratio", "-1"], ["--ratio", "nan"], ["--ratio", "inf"],
        ["--kappa", "0.9"], ["--kappa", "much"], ["--kappa", "nan"], ["--depth", "-1"],
        ["--depth", "3", "--kappa", "2"], ["--lifetime", "heap"], ["--seed", "-1"],
        ["--time-limit", "-1"], ["--fast"],
    ],
)  # fmt: skip
def test_bad_flags_exit_2(graph, flags, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["solve", graph, *flags])
    assert stopped.value.code == 2
    assert flags[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("optimise.stepz=1", r"'optimise.stepz'; nearest: steps; known: learning_rate"),
        ("nonsense", r"--set nonsense: expected key=value"),
        ("optimise.steps=many", r"steps: expected int, got 'many'"),
        ("optimise=3", r"'optimise' is a section, not a value"),
        ("objective.ratio=even", r"ratio is 'even'"),
        ("objective.kappa=much", r"kappa is 'much'"),
        ("objective.name=Z", r"unknown objective 'Z'; known: A, B"),
        ("rounds=-1", r"rounds.*-1"),
        ("optimise.restarts=-2", r"restarts.*-2"),
        ("search.cycle=[{starts=[]}]", r"starts"),
        ("precision=half", r"precision.*half"),
        ("relax.widths=free", r"widths.*free"),
        ("optimise.step_scale=two", r"step_scale.*two"),
    ],
)
def test_bad_settings_exit_2_and_say_why(graph, text, says, capsys):
    assert main(["solve", graph, "--no-cache", "--set", text]) == 2
    assert re.search(says, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("absent.json", None, "does not exist"),
        ("broken.json", "{", "not JSON"),
        ("empty.gml", "", "is empty"),
        ("graph.xyz", "hello", "of no known format"),
    ],
)
def test_bad_graphs_exit_2_with_their_path(tmp_path, name, content, says, capsys):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    assert main(["info", str(path)]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert str(path) in err


def test_a_flag_wins_over_what_a_file_says_against_it(graph, tmp_path):
    config, path = tmp_path / "c.toml", tmp_path / "r.json"

    def solved(text, *flags):
        config.write_text(text)
        asked = ["--config", str(config), *flags, *QUICK, "--out", str(path)]
        assert main(["solve", graph, *asked]) == 0
        return json.loads(path.read_text())

    assert solved("[objective]\ndepth = 40\n", "--kappa", "2")["depth"] == 6
    assert solved("[objective]\nkappa = 3\n", "--depth", "5")["depth"] == 5
    mix = "[objective]\nname = 'mine'\nweights = { latency = 1.0 }\n"
    objective = solved(mix, "--objective", "B")["objective"]
    assert (objective["name"], objective["weights"]) == ("B", {"peak_live": 1.0})
    settings = solved('preset = "default"\n', "--preset", "paper")["settings"]
    assert settings["optimise"]["method"] == "augmented"
    limited = solved("[objective]\nlimits = { op = 3 }\n", "--limit", "op=2")
    assert limited["settings"]["objective"]["limits"] == {"op": 2.0}


def test_a_flag_against_a_setting_of_the_command_line_is_refused(graph, capsys):
    assert main(["solve", graph, "--kappa", "2", "--set", "objective.depth=40"]) == 2
    assert "command line: objective: kappa and depth are both given" in capsys.readouterr().err


def test_a_config_file_under_set_under_flags(graph, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('rounds = 1\n[objective]\nkappa = "3"\nratio = 7\n[optimise]\nsteps = 30\n')
    path = tmp_path / "r.json"
    flags = ["--config", str(config), "--set", "optimise.steps=20", "--set", "objective.ratio=8"]
    assert main(["solve", graph, *flags, "--ratio", "9", "--no-cache", "--out", str(path)]) == 0
    tree = json.loads(path.read_text())
    assert tree["settings"]["optimise"]["steps"] == 20
    assert tree["objective"]["weights"]["peak_usage"] == 9
    assert tree["depth"] == 9


def test_info(graph, capsys):
    assert main(["info", graph, "--kappa", "1.5"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"nodes +4\n", out)
    assert re.search(r"ASAP length +3\n", out)
    assert re.search(r"depth at kappa 1.5 +5\n", out)
    assert re.search(r"mobility +2-3: 4\n", out)
    terms = re.findall(r"^(\w+) +>= ", out, re.MULTILINE)  # one bound each, none of an order
    assert terms == ["communication", "latency", "peak_live", "peak_usage"]


def test_info_of_an_empty_graph(tmp_path, capsys):
    path = tmp_path / "empty.json"
    save(make_problem(0), path)
    assert main(["info", str(path)]) == 0
    assert re.search(r"ASAP length +0\n", capsys.readouterr().out)


def test_convert_keeps_the_problem(graph, tmp_path):
    for name in ("copy.json", "copy.json.gz"):
        assert main(["convert", graph, str(tmp_path / name)]) == 0
        assert load(tmp_path / name) == DIAMOND


def test_convert_of_what_a_format_cannot_hold(graph, tmp_path, capsys):
    assert main(["convert", graph, str(tmp_path / "copy.xyz")]) == 2
    assert "of no known format" in capsys.readouterr().err
    assert not (tmp_path / "copy.xyz").exists()


def test_generate(tmp_path, capsys):
    path = tmp_path / "g.json"
    assert main(["generate", "sparse", "--size", "20", "--seed", "4", "--out", str(path)]) == 0
    assert load(path).nodes == 20
    assert main(["generate", "nothing", "--out", str(path)]) == 2
    assert "unknown instance kind 'nothing'; known: " in capsys.readouterr().err
    assert main(["generate", "sparse", "--size", "1", "--out", str(path)]) == 2
    assert "the least size is 2" in capsys.readouterr().err


def test_a_gml_workload_from_file_to_verified_result(tmp_path):
    path, out = tmp_path / "w.gml", tmp_path / "w.json"
    nodes = "".join(f'node [ id {i} label "n{i}" parameter {i + 1} ]\n' for i in range(4))
    edges = "".join(f"edge [ source 0 target {j} parameter 1 ]\n" for j in (1, 2, 3))
    path.write_text(f"graph [\ndirected 1\n{nodes}{edges}]\n")
    assert main(["solve", str(path), "--kappa", "2", *QUICK, "--out", str(out)]) == 0
    start = json.loads(out.read_text())["start"]
    assert (np.array(start[1:]) > start[0]).all()
    assert main(["verify", str(path), str(out)]) == 0


def test_the_graph_itself_is_no_place_for_the_result(graph, capsys):
    assert main(["solve", graph, "--out", graph, *QUICK]) == 2
    assert "would overwrite an input" in capsys.readouterr().err
    assert load(graph) == DIAMOND


def test_quiet_still_says_why_there_is_no_schedule(graph, capsys):
    assert main(["solve", graph, "--depth", "2", "--quiet", *QUICK]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "least feasible depth 3" in err


def test_a_failing_write_still_prints_the_answer(graph, tmp_path, monkeypatch, capsys):
    def fail(*args):
        raise InputError("R.json: cannot be written (No space left on device)")

    monkeypatch.setattr(solve, "write_result", fail)
    assert main(["solve", graph, "--out", str(tmp_path / "R.json"), *QUICK]) == 2
    out, err = capsys.readouterr()
    assert "legal" in out
    assert "No space left on device" in err


def test_a_schedule_for_other_programs(graph, tmp_path, capsys):
    for name, part in (("s.mlir", " @a() uses[@op] [t<"), ("s.csv", "# vertex;cycle;fu\na;")):
        assert main(["solve", graph, "--schedule", str(tmp_path / name), *QUICK]) == 0
        assert part in (tmp_path / name).read_text()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--schedule", "s.txt"], "no schedule is written in this format; name .mlir"),
        (["--schedule", "missing/s.csv"], "cannot be written"),
        (["--schedule", "diamond.json"], "would overwrite an input"),
        (["--schedule", "s.csv", "--pareto", "2"], "leave --pareto out"),
    ],
)
def test_a_schedule_that_cannot_be_written_is_found_before_solving(
    graph, tmp_path, monkeypatch, flags, says, capsys
):
    monkeypatch.setattr(solve, "solve", lambda *a, **k: pytest.fail("solved"))
    monkeypatch.chdir(tmp_path)
    assert main(["solve", graph, *flags, *QUICK]) == 2
    assert says in capsys.readouterr().err


def test_an_interrupted_solve_says_so(graph, tmp_path, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["gaus_jax.solve"], "bound_below", interrupt)
    path = tmp_path / "r.json"
    assert main(["solve", graph, *QUICK, "--out", str(path)]) == 0
    said = "interrupted: the best that was found by then"
    assert f"\n{said}\n" in capsys.readouterr().out
    assert json.loads(path.read_text())["reason"] == said
    assert main(["verify", graph, str(path)]) == 0
    assert main(["solve", graph, *QUICK, "--pareto", "2"]) == 0
    assert said in capsys.readouterr().out
    assert main(["compare", graph, *QUICK]) == 0
    assert said in capsys.readouterr().out


def test_an_interrupt_before_any_schedule_is_one_line(graph, monkeypatch, capsys):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(flags, "load", interrupt)
    assert main(["solve", graph]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "gaus-jax: interrupted before there was a schedule"
    ]


def test_a_bound_above_the_cost_is_an_internal_error(graph, monkeypatch, capsys):
    def unsound(*args, **options):
        raise UnsoundBoundError("cost 1 is below its lower bound 2")

    monkeypatch.setattr(flags, "load", unsound)
    assert main(["solve", graph]) == 3
    assert capsys.readouterr().err.startswith("gaus-jax: internal error: cost 1 is below")


def test_the_time_of_loading_is_in_the_result(result):
    assert json.loads(result.read_text())["timings"]["load"] > 0


def test_a_reader_that_has_gone_is_no_failure(graph):
    code = f"import sys; from gaus_jax.cli import main; sys.exit(main(['info', {graph!r}]))"
    read, write = os.pipe()
    os.close(read)
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    ran = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, env=buffered
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_help_lists_the_kinds_with_what_their_size_means(capsys):
    with pytest.raises(SystemExit):
        main(["generate", "--help"])
    assert re.search(r"fft +radix-2 transform; size: points", capsys.readouterr().out)


def test_compare_prints_a_row_a_graph(graph, capsys):
    assert main(["compare", graph, "ripple_adder:1", "--depth", "6", *QUICK]) == 0
    out = capsys.readouterr().out
    assert "objective A, depth 6" in out
    assert re.search(r"^diamond +4 +6 .* yes$", out, re.MULTILINE)
    assert main(["compare", graph, "--depth", "2", *QUICK]) == 1
    assert re.search(r"^diamond +4 +- .* infeasible$", capsys.readouterr().out, re.MULTILINE)
    assert main(["compare", "fft:x"]) == 2
    assert "must be a whole number" in capsys.readouterr().err
