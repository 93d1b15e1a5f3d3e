"""Memory limits: smaller forms, an honest refusal, and estimates that hold."""

import subprocess
import sys

import pytest

import gaus_jax.footprint as footprint
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import Settings, override
from gaus_jax.footprint import fitted, gradient
from gaus_jax.instances import generate
from gaus_jax.portfolio import threads
from gaus_jax.relax.pack import Shape
from gaus_jax.solve import solve

SHAPE = Shape(
    free=20_000, fixed=0, edges=40_000, uses=20_000, changes=40_000, values=10_000,
    consumers=20_000, steps=400, classes=1, spans=False,
)  # fmt: skip


def limited(megabytes: float, **more) -> Settings:
    return override(Settings(), {"memory_limit": megabytes, **more}, "test")


@pytest.fixture
def light(monkeypatch):
    """A process that holds nothing yet, on two cores."""
    monkeypatch.setattr(footprint, "held", lambda: 0.0)
    monkeypatch.setattr(footprint, "COMPILER", 0.0)
    monkeypatch.setattr(footprint, "ARC", 0)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 64)


def test_no_limit_changes_nothing():
    assert fitted(Settings(), SHAPE, 5) == Settings()


def test_room_for_all_leaves_the_form_alone(light):
    found = fitted(limited(1e5), SHAPE, 1)
    assert found.relax.evaluation == "window"
    assert found.optimise.restarts == 1
    assert found.search.linear_size == Settings().search.linear_size


def test_smaller_forms_in_turn(light):
    asked = {"relax": {"evaluation": "dense"}, "optimise": {"restarts": 4}}
    sizes = {
        (form, lanes): gradient(Settings(), SHAPE, lanes, form)
        for form in ("dense", "window", "hat")
        for lanes in (4, 2, 1)
    }
    assert sorted(sizes.values(), reverse=True)[0] == sizes["dense", 4]
    for form, lanes in sizes:
        found = fitted(limited(2 * sizes[form, lanes], **asked), SHAPE, 1)
        # The first of the forms in order that takes at most half of the room.
        fits = [key for key in sizes if sizes[key] <= sizes[form, lanes]]
        assert (found.relax.evaluation, found.optimise.restarts) == fits[0]
    small = fitted(limited(2 * sizes["hat", 1], **asked), SHAPE, 1)
    most = int(sizes["hat", 1] * 1e6 / (3 * footprint.LINEAR))
    assert small.search.linear_size == (most if most >= footprint.SMALLEST else 0)


def test_networks_of_cuts_take_room(light, monkeypatch):
    left = [fitted(limited(100.0), SHAPE, count).search.linear_size for count in (1, 2)]
    monkeypatch.setattr(footprint, "ARC", 104)
    # 20,000 nodes, 40,000 edges and as many readers: 10.4 MB, for each problem.
    more = [fitted(limited(100.0 + 10.4 * k), SHAPE, k).search.linear_size for k in (1, 2)]
    assert more == pytest.approx(left, abs=1)


def test_what_cannot_fit_is_refused(light):
    least = gradient(Settings(), SHAPE, 1, "hat")
    with pytest.raises(SettingsError, match=rf"memory_limit is 1 MB .* about {least:.0f} MB"):
        fitted(limited(1.0), SHAPE, 1)


def test_one_graph_is_refused_before_it_starts_and_a_batch_keeps_its_schedules():
    problem = generate("dense", 60, seed=0)
    settings = limited(1.0, rounds=1, objective={"name": "B", "kappa": "1.5"})
    with pytest.raises(SettingsError, match="memory_limit is 1 MB"):
        solve(problem, settings=settings)
    found = solve([problem, generate("dense", 60, seed=1)], settings=settings)
    assert all(r.legal and r.reason.startswith("no search: memory_limit") for r in found)


MEASURED = """
import resource, sys
import gaus_jax as gj
problem = gj.generate("layered", 20_000)
settings = gj.read_settings(None, ["time_limit=3", "memory_limit=" + sys.argv[1]])
found = gj.solve(problem, "B", settings)
assert found.legal
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kilobytes are Linux's")
@pytest.mark.parametrize("limit", [800, 1200])
def test_a_process_stays_below_its_limit(limit):
    command = [sys.executable, "-c", MEASURED, str(limit)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(found.stdout) < limit
