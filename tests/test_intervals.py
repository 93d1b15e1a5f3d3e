"""Several intervals of one loop at once: in one program, and as a guide to shorter ones."""

import numpy as np
import pytest

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings, override
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from gaus_jax.device import _PROGRAMS
from gaus_jax.instances.catalogue import generate
from gaus_jax.interval import guide
from gaus_jax.interval.guide import guided
from gaus_jax.interval.least import least_interval
from gaus_jax.interval.ledger import Ledger
from gaus_jax.model.verify import verify
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.pack import pack, roomiest, shape_of
from gaus_jax.variants import solve_intervals
from tests import reference

QUICK = override(
    Settings(),
    {
        "objective": {"name": "C"},
        "rounds": 2,
        "relax": {"evaluation": "hat"},
        "optimise": {"steps": 20, "restarts": 1},
        "legalise": {"sweeps": 10},
        "search": {"threads": 1},
    },
    "test",
)


def test_registers_against_the_interval():
    loop = generate("biquad", 2)
    results = solve_intervals(loop, [5, 7, 9, 1], QUICK, key=1)
    assert [r.schedule is not None for r in results] == [True, True, True, False]
    assert "initiation interval 1 is below" in results[3].reason
    for ii, found in zip((5, 7, 9), results, strict=False):
        start = found.schedule.start.tolist()
        assert found.schedule.ii == ii
        assert found.legal
        assert found.value == reference.objective_C(loop, start, None, ii)
    assert results[0].value >= results[2].value  # more copies of everything are alive


def test_c_takes_the_place_of_a_whatever_other_settings_say():
    loop, units = generate("biquad", 2), {"objective": {"name": "A", "limits": {"mul": 2}}}
    limited = override(QUICK, {**units, "rounds": 1}, "test")
    assert names(solve_intervals(loop, [9], limited)) == ["C"]
    assert names(solve_intervals(loop, [9], limited, objective="A")) == ["A"]
    other = override(limited, {"objective": {"name": "B"}}, "test")
    assert names(solve_intervals(loop, [9], other)) == ["B"]


def names(results):
    return [r.objective["name"] for r in results if r.legal]


def test_intervals_run_in_one_program():
    before = len(_PROGRAMS)
    settings = override(QUICK, {"rounds": 1}, "test")
    results = solve_intervals(generate("lms", 3), [12, 14, 40], settings)
    assert all(r.legal for r in results)
    assert len(_PROGRAMS) - before <= 1


def test_a_shape_holds_what_smaller_ones_hold():
    loop = generate("biquad", 2)
    frames = [window(loop, asap_length(loop, ii) + 3 * ii, ii) for ii in (4, 16)]
    flat = [flatten(loop, frame, "register", [1.0]) for frame in frames]
    shape = roomiest([shape_of(graph) for graph, _ in flat])
    packed = pack([graph for graph, _ in flat], [free for _, free in flat], shape, "float32")
    assert packed.graph.slot_mask.sum(axis=-1).tolist() == [4, 16]


def crowded():
    """Three operations of two cycles and a chain, on one unit each; MinII is 6."""
    uses = (np.arange(6), [0, 0, 0, 1, 1, 1], 1, [2, 2, 2, 1, 1, 1])
    return make_problem(
        6, [(3, 4), (4, 5), (0, 3)], classes=("wide", "one"), limit=[1.0, 1.0], uses=uses
    )


def ledger(problem, **more):
    settings = override(QUICK, {"time_limit": 30.0, **more}, "test")
    return Ledger(problem, settings, 0, Clock(30.0), None)


def test_the_guide_gives_the_shortest_interval_that_it_finds():
    found = guided(ledger(crowded()), [6, 7, 9], until=20.0)
    assert found is not None
    assert found.objective.ii == found.window.ii == 6
    (schedule,) = found.hints.values()
    assert not verify(crowded(), schedule, found.objective)


def test_the_guide_passes_over_intervals_at_which_it_finds_nothing(monkeypatch):
    place = guide.place_modulo
    monkeypatch.setattr(
        guide, "place_modulo", lambda p, w, m, **how: None if w.ii < 9 else place(p, w, m, **how)
    )
    found = guided(ledger(crowded()), [6, 7, 9], until=20.0)
    assert found is not None
    assert found.objective.ii == 9


def test_of_many_intervals_the_longest_are_guided(monkeypatch):
    seen = []
    monkeypatch.setattr(guide, "place_modulo", lambda p, w, m, **how: seen.append(w.ii))
    assert guided(ledger(crowded(), guide_intervals=2), [6, 7, 8, 9], until=20.0) is None
    assert sorted(set(seen)) == [8, 9]


@pytest.mark.parametrize(("share", "asked"), [(0.0, False), (0.5, True)])
def test_a_share_of_the_seconds_is_the_guides(monkeypatch, share, asked):
    # The quick scheduler and all placements fail below 9, so that there is something to guide.
    seen = []
    monkeypatch.setattr(
        "gaus_jax.interval.shorter.guided", lambda ledger, open_, until: seen.append(open_)
    )
    for name in ("gaus_jax.feasible.place_modulo", "gaus_jax.feasible.iterative_modulo"):
        module, _, entry = name.rpartition(".")
        real = getattr(__import__(module, fromlist=[entry]), entry)
        monkeypatch.setattr(
            name,
            lambda p, w, *rest, real=real, **how: real(p, w, *rest, **how) if w.ii > 8 else None,
        )
    settings = override(
        QUICK, {"time_limit": 5.0, "guide_share": share, "proof_share": 0.0}, "test"
    )
    found = least_interval(crowded(), settings, 0, Clock(5.0))
    assert found.objective.ii == 9
    assert seen == ([[6, 7, 8]] if asked else [])


def test_without_an_objective_registers_are_counted_under_limits():
    quick = override(Settings(), {"time_limit": 0.1, "optimise": {"steps": 0}}, "test")
    (found,) = solve_intervals(generate("biquad", 2), [7], quick)
    assert found.objective["name"] == "C"
