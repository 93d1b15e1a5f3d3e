"""The command ``batch``: which settings it runs under."""

import pytest

from gaus_jax.cli import main
from gaus_jax.commands import batch
from gaus_jax.core.build import make_problem
from gaus_jax.importers import save


class Stopped(Exception):  # noqa: N818 (no error)
    """The settings are known."""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """What a command runs under, on six cores of 64."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(6)), raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    save(make_problem(2), "g.json")
    found = []

    def stop(items, out, settings, **how):
        found.append(settings)
        raise Stopped

    monkeypatch.setattr(batch, "run_batch", stop)

    def run(*flags: str, config: str = ""):
        (tmp_path / "c.toml").write_text(config)
        with pytest.raises(Stopped):
            main(["batch", "g.json", "--out", "o", "--no-cache", "--config", "c.toml", *flags])
        return found[-1]

    return run


def test_half_of_the_cores_of_the_process_load_files(settings):
    assert settings().line.loaders == 3
    assert settings(config="[line]\nslots = 2").line.loaders == 3
    assert settings("--set", "objective.name=line.loaders").line.loaders == 3


def test_loaders_that_are_given_stay_whatever_gives_them(settings):
    for count in (0, 1, 5):
        assert settings(config=f"[line]\nloaders = {count}").line.loaders == count
        assert settings("--set", f"line.loaders={count}").line.loaders == count
        assert settings("--set", f"line={{loaders={count}}}").line.loaders == count
    assert settings("--set", "line.loaders=0", config="[line]\nloaders = 5").line.loaders == 0


def test_a_path_that_does_not_exist_is_no_item(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save(make_problem(2), "g.json")
    for wrong in ("graphz/", "h.json", "dot_produkt:16", "list.txt", "index.csv"):
        assert main(["batch", "g.json", wrong, "--out", "o", "--no-cache"]) == 2
        assert f"gaus-jax: {wrong.rstrip('/')}" in capsys.readouterr().err
        assert not (tmp_path / "o").exists()
