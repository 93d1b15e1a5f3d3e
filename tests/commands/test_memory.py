"""The command ``memory``."""

import importlib
import json

import numpy as np
import pytest

from gaus_jax.cli import main
from tests.xla.cases import MODULE

# Part of a module, in which another computation's name is used.
CUT = """HloModule cut

%other (p: f32[2]) -> f32[2] {
  ROOT %p = f32[2] parameter(0)
}
ENTRY %main (x: f32[2]) -> f32[2] {
  ROOT %out = f32[2] negate(%p)
}
"""
QUICK = ["--set", "rounds=1"]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of functions in the working directory."""
    text = """
import jax, jax.numpy as jnp
def f(x):
    return sum(jnp.sum(jnp.sort(jnp.sort(x * (k + 1.0), axis=0) + k, axis=1)) for k in range(4))
def choosy(x):
    return x if x.sum() > 0 else -x
def failing(x):
    def refuse(v):
        raise RuntimeError("no")
    y = jax.pure_callback(refuse, jax.ShapeDtypeStruct(x.shape, x.dtype), x)
    return f(y)
def nothing():
    return ()
def same(x):
    return x
def wide(x):
    return jnp.sort(x), x[:0]
number = 3
"""
    (tmp_path / "functions_to_order.py").write_text(text)
    (tmp_path / "cut.hlo").write_text(CUT)
    monkeypatch.chdir(tmp_path)
    return "functions_to_order"


def test_a_function_is_compiled_ordered_and_imposed(module, capsys, tmp_path):
    files = ["--out", "report.json", "--csv", "buffers.csv"]
    asked = ["memory", f"{module}:f", "--spec", "f32[64,64]", "--impose", *QUICK, *files]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "in the order found:" in shown
    assert '"kept": "ours"' in shown
    assert json.loads((tmp_path / "report.json").read_text())["peak"] < 30_000
    assert (tmp_path / "buffers.csv").read_text().startswith("id,lower,upper,size\n")


def test_a_function_at_the_level_of_its_jaxpr(module, capsys):
    asked = ["memory", f"{module}:f", "--spec", "f32[64,64]", "--level", "jaxpr", *QUICK]
    assert main(asked) == 0
    assert "sort" in capsys.readouterr().out


@pytest.mark.parametrize(("more", "share"), [([], 6.0), (["--impose"], 2.0)])
def test_the_orders_share_the_seconds(module, monkeypatch, more, share):
    given = []
    for name in ("gaus_jax.commands.memory.order", "gaus_jax.xla.plan.order"):
        place, _, entry = name.rpartition(".")
        real = getattr(importlib.import_module(place), entry)

        def seen(problem, settings, key, part=1.0, real=real):
            given.append((settings.time_limit * part, settings.wall * part))
            return real(problem, settings, key, part)

        monkeypatch.setattr(name, seen)
    asked = ["memory", f"{module}:f", "--spec", "f32[64,64]", *QUICK]
    assert main([*asked, "--set", "wall=12", "--time-limit", "6", *more]) == 0
    every = np.array(given).sum(axis=0)
    assert every == pytest.approx([6.0, 12.0])
    assert given[0] == pytest.approx((share, 2 * share))


@pytest.mark.parametrize("name", ["nothing", "same", "wide"])
@pytest.mark.parametrize("more", [[], ["--level", "jaxpr"], ["--impose"]])
def test_functions_with_little_to_order(module, capsys, name, more):
    specs = [] if name == "nothing" else ["--spec", "f32[0,4]"]
    assert main(["memory", f"{module}:{name}", *specs, *more, *QUICK]) == 0
    assert "in the order found:" in capsys.readouterr().out


def test_a_function_that_fails_when_it_runs(module, capsys):
    asked = ["memory", f"{module}:failing", "--spec", "f32[64,64]", "--impose", *QUICK]
    assert main(asked) == 2
    assert "function cannot be compiled and run on zeros" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--out", "--csv"])
def test_a_file_that_cannot_be_written_whole_leaves_the_older_one(
    tmp_path, monkeypatch, capsys, flag
):
    path, out = tmp_path / "two.hlo", tmp_path / "out"
    path.write_text(MODULE)
    out.write_text("old")

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gaus_jax.base.files.os.fsync", fail)
    assert main(["memory", str(path), *QUICK, flag, str(out)]) == 2
    assert "out: cannot be written (No space left on device)" in capsys.readouterr().err
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "two.hlo"]


def test_a_file_of_hlo(tmp_path, capsys):
    path = tmp_path / "two.hlo"
    path.write_text(MODULE)
    assert main(["memory", str(path), *QUICK]) == 0
    assert "two_branches/main: 9 operations" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.hlo"], "nowhere.hlo: cannot be read"),
        (["nowhere:f"], "module 'nowhere' cannot be imported"),
        (["{module}:g"], "has no function 'g'"),
        (["{module}:number"], "has no function 'number'"),
        (["{module}:f"], "cannot be compiled for these specs"),
        (["{module}:f", "--spec", "f32[2,"], "spec 'f32[2,': expected a type and dimensions"),
        (["{module}:f", "--spec", "q9[2]"], "types: f16, f32"),
        (["{module}:choosy", "--spec", "f32[2]"], "cannot be compiled for these specs"),
        (["nowhere.hlo", "--spec", "f32[2]"], "--spec is for a function"),
        (["{module}:choosy", "--spec", "f32[2]", "--impose"], "cannot be compiled for these specs"),
        (["{module}:f", "--spec", "f64[2]"], "64-bit types are switched off in JAX"),
        (["cut.hlo"], "cut.hlo:7: 'out' uses 'p', which computation 'main' does not define"),
        (["nowhere.hlo", "--out", "r", "--csv", "./r"], "--out and --csv name one file"),
        (["nowhere.hlo", "--impose"], "--impose compiles a function"),
    ],
)
def test_bad_usage_is_told(module, capsys, arguments: list[str], message: str):
    assert main(["memory", *(a.replace("{module}", module) for a in arguments)]) == 2
    assert message in capsys.readouterr().err
