"""The whole report: written from a folder of records, wrong bounds caught, plots where possible."""

import builtins
import json

import pytest

from gaus_jax.base.errors import InputError, SettingsError, UnsoundBoundError
from gaus_jax.cli import main
from gaus_jax.report.bench.known import read_known
from gaus_jax.report.bench.page import section, write_report
from tests.report.bench.records import run

RUNS = [
    run("a", "gaus", 90.0, bound=50.0),
    run("a", "x", 100.0),
    run("a", "gaus", 88.0, limit_s=60.0, dirty=True),
    run("b", "x", None, reason="Traceback\nMemoryError: too large"),
]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, RUNS)
    return tmp_path


def write(folder, runs):
    (folder / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in runs))


def test_the_page_holds_every_part(folder):
    said = []
    path = write_report(folder, say=said.append)
    text = path.read_text()
    assert (path, said) == (folder / "report.md", [])
    for part in (
        f"    gaus-jax bench configs/bench/imagined.toml --out {folder}",
        f"    gaus-jax report {folder}",
        "Measured 2026-11-20 at commit cccccccccc, cccccccccc+",
        "## B, kappa 1, 10 s",
        "## B, kappa 1, 60 s",
        "| gaus | all | 1 | 0.900 | 0.900 | a | 1 | 0 | 0 |",
        "## More time",
        "| x | failed | MemoryError: too large | 1 | b B |",
        "| a | 100 | 10 | 88 | gaus | 50 | **90** | 100 |",
    ):
        assert part in text


def test_a_page_elsewhere_names_no_plots(folder):
    path = write_report(folder, folder.parent / "elsewhere.md", say=print)
    assert "png" not in path.read_text()


def test_a_section_is_one_heading_deeper(folder):
    text = section(folder)
    assert text.startswith("## Benchmark imagined")
    assert "### B, kappa 1, 10 s" in text


def test_plots_are_drawn(folder):
    pytest.importorskip("matplotlib")
    text = write_report(folder, say=print).read_text()
    plots = sorted((folder / "plots").iterdir())
    assert len(plots) == 4
    assert all(plot.read_bytes().startswith(b"\x89PNG") for plot in plots)
    assert all(f"](plots/{plot.name})" in text for plot in plots)


def test_without_matplotlib_the_tables_are_written_all_the_same(folder, monkeypatch):
    real = builtins.__import__

    def absent(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    said = []
    text = write_report(folder, say=said.append).read_text()
    assert said == ["no plots: matplotlib is not installed; pip install 'gaus-jax[plot]'"]
    assert "## B, kappa 1, 10 s" in text


def test_a_planted_bound_is_an_internal_error(folder, capsys):
    write(folder, [*RUNS, run("a", "y", None, bound=88.5)])
    with pytest.raises(UnsoundBoundError):
        section(folder)
    assert main(["report", str(folder)]) == 3
    said = capsys.readouterr().err
    assert "internal error: the bound 88.5 of y (seed 0, 10 s) on a, B, kappa 1 is above" in said
    assert "the cost 88.0 of gaus (seed 0, 60 s)" in said
    assert not (folder / "report.md").exists()


def test_bounds_may_meet_costs_up_to_rounding(folder):
    write(folder, [*RUNS, run("a", "y", None, bound=88.0 * (1 + 1e-10))])
    assert "| y | failed |" in section(folder)


def test_known_costs_are_read_from_beside_the_records(folder):
    known = '[[best]]\ninstance = "a"\nobjective = "B"\ncost = 80\nsource = "CP-SAT"\n'
    (folder / "best_known.toml").write_text(known)
    assert "| a | 100 | 10 | 80 | CP-SAT | 50 |" in section(folder)
    (folder / "best_known.toml").write_text(known.replace("cost", "bound"))
    assert "| a | 100 | 10 | 88 | gaus | 80 |" in section(folder)
    (folder / "best_known.toml").write_text(known.replace("cost = 80", "bound = 89"))
    with pytest.raises(UnsoundBoundError, match="of CP-SAT"):
        section(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", r"expected tables \[\[best\]\]"),
        ('[[best]]\ninstance = "a"', "best 1: missing key 'objective'"),
        (
            '[[best]]\ninstance = "a"\nobjective = "B"\nprice = 3',
            "unknown key 'price'; known: bound",
        ),
        ('[[best]]\ninstance = "a"\nobjective = "B"\ncost = "3"', "cost is '3'; expected a number"),
        ('[[best]]\ninstance = "a"\nobjective = "Z"', "unknown objective 'Z'"),
        ('[[best]]\ninstance = "a"\nobjective = "C"', "ii is None; under C a number"),
        ('[[best]]\ninstance = "a"\nobjective = "C"\nii = 0', "ii is 0; under C a number"),
    ],
)
def test_mistakes_in_known_costs_are_named(tmp_path, text, message):
    (tmp_path / "best.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_known(tmp_path / "best.toml")


def test_a_ratio_belongs_to_objectives_that_have_one(tmp_path):
    text = '[[best]]\ninstance = "a"\nobjective = "A"\ncost = 3\n'
    (tmp_path / "best.toml").write_text(text + text.replace('"A"', '"B"') + "kappa = 1.5\n")
    a, b = read_known(tmp_path / "best.toml")
    assert (a["ratio"], a["kappa"]) == ("balanced", "1")
    assert (b["ratio"], b["kappa"]) == (None, "1.5")


def test_a_folder_without_records_is_named(tmp_path, capsys):
    with pytest.raises(InputError, match=r"no records in records.jsonl; gaus-jax bench writes"):
        section(tmp_path)
    assert main(["report", str(tmp_path)]) == 2
    assert "no records" in capsys.readouterr().err
