"""The commands from end to end."""

import re
from pathlib import Path

import pytest

from gaus_jax.bench import records
from gaus_jax.cli import main
from gaus_jax.commands import bench as bench_commands

SMOKE = Path(__file__).parents[2] / "configs" / "bench" / "smoke.toml"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    """The cache is an option of the whole process, and of no other test."""
    monkeypatch.setattr(bench_commands, "use_compilation_cache", lambda: None)


def test_a_part_of_the_smallest_benchmark(tmp_path, capsys):
    chosen = ["--method", "asap", "list", "--objective", "B", "--only", "smoke", "--seeds", "1"]
    assert main(["bench", str(SMOKE), "--out", str(tmp_path), *chosen]) == 0
    said = capsys.readouterr().out
    assert "4 runs, 0 of them recorded already" in said
    assert "divider:4 B kappa 1 0.2 s, list seed 0: feasible, " in said
    assert said.endswith("none failed\n")
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'report.md'}\n"
    text = (tmp_path / "report.md").read_text()
    assert "Against" not in text  # both are rivals: there is nothing to compare them with
    assert re.search(r"^\| list \| .* \| 2 \|$", text, re.MULTILINE)  # solved


def test_mistakes_of_usage(tmp_path, capsys):
    assert main(["bench", str(SMOKE), "--out", str(tmp_path), "--method", "oracle"]) == 2
    assert "no method is named oracle; there are: gaus, asap" in capsys.readouterr().err
    assert main(["bench", str(tmp_path / "none.toml"), "--out", str(tmp_path)]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


@pytest.mark.slow
def test_all_of_the_smallest_benchmark(tmp_path):
    assert main(["bench", str(SMOKE), "--out", str(tmp_path)]) == 0
    found = records.read(tmp_path)
    assert {r["status"] for r in found} <= {"feasible", "optimal", "unsupported"}
    assert {"gaus", "asap", "list"} <= {r["method"] for r in found}
    for record in found:
        if record["cost"] is not None:
            assert record["cost"] == record["trace"][-1][1]
            assert record["bound"] <= record["cost"] * (1 + 1e-9)
