"""The search: parts, threads, the pool and the clock."""

import importlib
import time

import numpy as np
import pytest

import gaus_jax.chain as chain
import gaus_jax.hunt as hunt
import gaus_jax.legalise.parts as parts
import gaus_jax.rounds as rounds
from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings, override
from gaus_jax.core.schedule import Schedule
from gaus_jax.craft import Free
from gaus_jax.instances.catalogue import generate
from gaus_jax.legalise.cooling import Cooling
from gaus_jax.legalise.warm import warm_kernels
from gaus_jax.portfolio.pool import Pool
from gaus_jax.rounds import Rounds
from gaus_jax.solve import solve
from gaus_jax.worker import Found, Worker
from tests import reference

QUICK = override(
    Settings(),
    {
        "objective": {"name": "B", "kappa": "1.3"},
        "rounds": 3,
        "relax": {"evaluation": "hat"},
        "optimise": {"steps": 40, "restarts": 2},
        "legalise": {"sweeps": 20},
        "search": {"threads": 1},
    },
    "test",
)


def searching(**fields) -> Settings:
    return override(QUICK, {"search": fields}, "test")


def dense(seed: int = 0, nodes: int = 40):
    """A random workload with room to improve in every round."""
    return generate("dense", nodes, seed=seed)


def starts(results) -> list[list[int]]:
    return [r.schedule.start.tolist() for r in results]


def test_the_number_of_threads_changes_nothing():
    batch = [dense(seed) for seed in range(3)]
    cycle = [{"starts": ["best", "pool"], "gradient": 0.4}, {"starts": ["pool"], "heat": 0.3}]
    found = [
        solve(batch, settings=searching(threads=threads, cycle=cycle), key=5) for threads in (1, 2)
    ]
    assert starts(found[0]) == starts(found[1])
    assert [[c for _, c in r.trace] for r in found[0]] == [
        [c for _, c in r.trace] for r in found[1]
    ]
    alone = [solve(problem, settings=searching(threads=3, cycle=cycle), key=5) for problem in batch]
    assert starts(found[0]) == starts(alone)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_time_limit_counts_the_wall_once(threads):
    problem = dense(nodes=60)
    solve(problem, settings=searching(threads=threads))  # compiles
    options = {"rounds": 0, "time_limit": 1.0, "legalise": {"sweeps": 1e6}}
    found = solve(problem, settings=override(searching(threads=threads), options, "test"))
    search = sum(found.timings.get(s, 0.0) for s in ("optimise", "legalise", "refine"))
    assert found.status == "optimal" or 0.9 < search < 1.6
    assert max(seconds for seconds, _ in found.trace) < 1.6


class Spy:
    """What each round of a solve refined and annealed: starts' costs, heats and gradients."""

    def __init__(self, monkeypatch) -> None:
        self.heats: list[float] = []
        self.moves: list[int] = []
        self.gradients: list[float] = []
        refine, anneal = Free.refined, Rounds._anneal

        def refined(craft, schedule, heat, count, *how):
            self.heats.append(round(heat, 6))
            self.moves.append(count)
            return refine(craft, schedule, heat, count, *how)

        def annealed(rounds, awake, begin):
            self.gradients.append(begin)
            return anneal(rounds, awake, begin)

        monkeypatch.setattr(Free, "refined", refined)
        monkeypatch.setattr(Rounds, "_anneal", annealed)


ONCE = {"starts": ["middle"], "gradient": 0.0, "heat": 0.0}


@pytest.mark.parametrize(
    ("fields", "gradients", "heats"),
    [
        ({"opening": [ONCE], "cycle": [ONCE | {"gradient": 0.4}]}, [0.0, 0.4, 0.4], []),
        ({"opening": [ONCE | {"heat": 3.0, "lanes": 2}], "cycle": []}, [0.0], [3**0.5, 27**0.5]),
        ({"opening": [], "cycle": [{"starts": ["best"], "lanes": 1}]}, [], [1.0] * 3),
        (
            {"opening": [{"starts": ["best"], "heat": 3.0, "lanes": 1}, ONCE], "cycle": []},
            [0.0],
            [3.0],
        ),
    ],
    ids=["gradient alone", "with refinement", "refinement alone", "side by side"],
)
def test_parts_are_what_they_say(fields, gradients, heats, monkeypatch):
    spy = Spy(monkeypatch)
    found = solve(dense(), settings=searching(**fields))
    assert found.legal
    assert spy.gradients == gradients
    assert spy.heats == pytest.approx(heats)


def test_the_last_round_leaves_no_refinement_waiting(monkeypatch):
    spy = Spy(monkeypatch)
    settings = searching(opening=[ONCE | {"heat": 1.0}], cycle=[])
    solve(dense(), settings=override(settings, {"rounds": 1}, "test"))
    assert (spy.gradients, len(spy.heats)) == ([0.0], 2)


def test_a_refined_schedule_takes_its_starts_place(monkeypatch):
    pools = []
    refine = Free.refined

    def refined(craft, schedule, *how):
        found = refine(craft, schedule, *how)
        pools.append((schedule, found))
        return found

    monkeypatch.setattr(Free, "refined", refined)
    made = []
    monkeypatch.setattr(hunt, "Pool", lambda size: made.append(Pool(size)) or made[-1])
    part = {"starts": ["best"], "lanes": 1}
    solve(dense(), settings=searching(opening=[part], cycle=[part], climb=False))
    assert len(pools) == 3
    assert [s.start.tolist() for s in made[0].schedules] == [pools[-1][1].start.tolist()]


def test_the_length_of_a_refinement_is_in_sweeps(monkeypatch):
    spy = Spy(monkeypatch)
    part = {"starts": ["best"], "lanes": 1}
    solve(dense(), settings=searching(opening=[part, part | {"length": 2.5}], cycle=[]))
    assert spy.moves[1] == 2.5 * spy.moves[0] > 0


def test_a_part_whose_starts_are_missing_is_skipped(monkeypatch):
    # B has no communication to bound, so there is no schedule of that name.
    spy = Spy(monkeypatch)
    absent, there = ONCE | {"starts": ["given", "communication_flow"]}, ONCE | {"gradient": 0.3}
    solve(dense(), settings=searching(opening=[absent, there], cycle=[absent]))
    assert spy.gradients == [0.3]


def test_a_start_that_is_missing_is_passed_over():
    some, all_there = (
        [ONCE | {"starts": names}] for names in (["communication_flow", "random"], ["random"])
    )
    found = [solve(dense(), settings=searching(opening=o, cycle=[])) for o in (some, all_there)]
    assert starts(found[:1]) == starts(found[1:])


def test_a_hint_is_a_start_by_its_name(monkeypatch):
    seen = []
    refine = Free.refined
    monkeypatch.setattr(
        Free, "refined", lambda c, s, *how: seen.append(s.start.tolist()) or refine(c, s, *how)
    )
    problem = dense()
    depth = reference.depth(problem, "1.3")
    given = Schedule(reference.alap(problem, depth), depth)
    part = {"starts": ["given", "asap"], "lanes": 2}
    solve(problem, settings=searching(opening=[part], cycle=[]), given=given)
    assert seen == [given.start.tolist(), reference.asap(problem)]
    seen.clear()
    solve(problem, settings=searching(opening=[], cycle=[part | {"lanes": 1}]), given=given)
    # Round after round they take turns.
    assert seen == [given.start.tolist(), reference.asap(problem), given.start.tolist()]


def test_what_waits_is_not_refined_after_the_time(monkeypatch):
    calls = []
    monkeypatch.setattr(Free, "refined", lambda craft, schedule, *how: calls.append(1) or schedule)

    class Spent(Clock):
        def expired(self):
            return bool(calls)

    monkeypatch.setattr(importlib.import_module("gaus_jax.jobs"), "Clock", Spent)
    part = {"starts": ["random"], "lanes": 4}
    found = solve(dense(), settings=searching(opening=[part], cycle=[part]))
    assert found.legal
    assert len(calls) == 1


def test_patience_leaves_no_refinement_waiting(monkeypatch):
    # The only gradient improves nothing by itself, so that patience ends; its lanes wait.
    spy = Spy(monkeypatch)
    monkeypatch.setattr(hunt.Task, "offer", lambda task, schedule, seconds: task.cost(schedule))
    options = override(searching(opening=[ONCE | {"heat": 2.0}], cycle=[ONCE]), {"rounds": 9}, "")
    solve(dense(), settings=override(options, {"patience": 1}, "test"))
    assert spy.gradients == [0.0]
    assert len(spy.heats) == 2


def test_an_interrupt_ends_refinements_on_other_threads(monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(Rounds, "_anneal", interrupt)
    options = override(searching(threads=2), {"legalise": {"sweeps": 3e6}}, "test")
    began = time.perf_counter()
    assert solve(dense(nodes=60), settings=options).legal
    assert time.perf_counter() - began < 60


def test_near_the_end_no_gradient_begins(monkeypatch):
    spy, late = Spy(monkeypatch), []
    begin = hunt.Hunt.begin

    def noted(one, count, seconds, over, is_late, steps):
        late.append(is_late)
        begin(one, count, seconds, over, is_late, steps)
        assert not (is_late and one.gradient)

    monkeypatch.setattr(hunt.Hunt, "begin", noted)
    cycle = [ONCE | {"gradient": 0.4}, {"starts": ["best"], "lanes": 1}]
    settings = searching(opening=[], cycle=cycle)
    solve(dense(), settings=override(settings, {"rounds": 0, "time_limit": 0.7}, "test"))
    assert late[-1]
    assert not late[0]
    assert spy.gradients


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("limit", [None, 0.7])
def test_a_long_cooling_begins_after_the_opening_and_cools_down(monkeypatch, threads, limit):
    warm_kernels()  # which cools too
    runs = []
    run = Cooling.run

    def noted(one, moves, start, end, expired):
        runs.append((id(one), start, end))
        run(one, moves, start, end, expired)

    monkeypatch.setattr(chain.Cooling, "run", noted)
    monkeypatch.setattr(Free, "refined", lambda craft, schedule, *how: schedule)
    settings = searching(threads=threads, long=[{"starts": ["best"], "share": 0.5}])
    if limit:
        settings = override(settings, {"rounds": 0, "time_limit": limit}, "test")
    found = solve(dense(nodes=60), settings=settings, key=3)
    assert len({one for one, *_ in runs}) == 1
    points = [start for _, start, _ in runs] + [runs[-1][2]]
    assert points[0] == 0
    assert points == sorted(points)
    assert points[-1] == 1
    assert found.legal


def test_a_long_cooling_alone_improves_on_its_start(monkeypatch):
    quiet = searching(opening=[], cycle=[], long=[], climb=False)
    before = solve(dense(nodes=60), settings=quiet, key=3)
    long = searching(opening=[], cycle=[], long=[{"starts": ["best"]}], climb=False)
    after = solve(dense(nodes=60), settings=long, key=3)
    assert after.value < before.value


def test_no_long_cooling_without_moves(monkeypatch):
    monkeypatch.setattr(hunt, "Chain", None)
    settings = override(searching(), {"legalise": {"sweeps": 0}}, "test")
    assert solve(dense(), settings=settings).legal


@pytest.mark.parametrize(("worth", "begins"), [(np.inf, "relaxed"), (0.0, "best")])
def test_a_long_cooling_begins_at_what_a_relaxation_led_to(monkeypatch, worth, begins):
    problem, seen = dense(nodes=60), []
    monkeypatch.setattr(hunt, "WORTH", worth)
    monkeypatch.setattr(
        Free, "cooling", lambda craft, schedule, *how: seen.append(schedule.start.tolist())
    )
    monkeypatch.setattr(Worker, "legal", lambda self, *how: Found(relaxed, 1e9))
    depth = reference.depth(problem, "1.3")
    relaxed = Schedule(reference.alap(problem, depth), depth)
    best = solve(problem, settings=searching(opening=[], cycle=[], climb=False))
    settings = searching(opening=[{"starts": ["middle"], "gradient": 0.9, "heat": 0.0}])
    solve(problem, settings=override(settings, {"search": {"climb": False}}, "test"))
    expected = {"relaxed": relaxed, "best": best.schedule}[begins]
    assert seen == [best.schedule.start.tolist(), expected.start.tolist()]


@pytest.mark.parametrize("after", [0, 2])
def test_a_long_cooling_waits_for_so_many_rounds_of_the_cycle(after, monkeypatch):
    events = []
    refined = Free.refined
    monkeypatch.setattr(Free, "refined", lambda *how: events.append("cycle") or refined(*how))
    monkeypatch.setattr(Free, "cooling", lambda *how: events.append("long"))
    cycle = [{"starts": ["best"], "heat": 0.3, "lanes": 1}]
    long = [{"starts": ["best"], "after": after}]
    fields = {"opening": [], "cycle": cycle, "long": long, "climb": False}
    solve(dense(), settings=searching(**fields))
    assert events.index("long") == after
    assert events.count("cycle") == 3


LOCAL = {"name": "mine", "weights": {"communication": 1.0, "peak_live": 1.0}}


@pytest.mark.parametrize(
    ("least", "about", "gradients"),
    [
        (0.25, {"name": "B"}, True),
        (1e6, {"name": "B"}, False),
        (1e6, {"name": "A"}, False),
        (1e6, LOCAL, True),
    ],
)
@pytest.mark.parametrize("limit", [None, 2.0])
def test_gradients_of_too_few_steps_for_the_depth_are_left_out(
    monkeypatch, least, about, gradients, limit
):
    # Communication asks for something of neighbours alone: few steps are worth their time, unless
    # a start is good in it already.
    spy = Spy(monkeypatch)
    settings = override(searching(least_steps=least), {"objective": about}, "test")
    if limit:
        settings = override(settings, {"rounds": 0, "time_limit": limit}, "test")
    assert solve(dense(), settings=settings).legal
    assert bool(spy.gradients) == gradients


def test_what_a_gradient_left_out_was_to_begin_at_is_kept(monkeypatch):
    made, legal = [], Worker.legal

    def noted(one, points, *how):
        found = legal(one, points, *how)
        made.append(found.schedule.start.tolist())
        return found

    monkeypatch.setattr(Worker, "legal", noted)
    kept, offer = [], hunt.Pool.offer
    monkeypatch.setattr(
        hunt.Pool,
        "offer",
        lambda pool, s, cost: kept.append(s.start.tolist()) or offer(pool, s, cost),
    )
    part = {"starts": ["middle"], "gradient": 0.0}
    quiet = searching(opening=[part], cycle=[], long=[], climb=False, least_steps=1e6)
    solve(dense(nodes=60), settings=override(quiet, {"objective": {"name": "B"}}, "test"))
    assert len(made) == 1
    assert made[0] in kept[1:]  # the first is the incumbent


def test_a_cooling_of_several_parts_comes_before_the_cycle(monkeypatch):
    monkeypatch.setattr(parts, "PART_NODES", 10)
    monkeypatch.setattr(parts, "LEAST_STEPS", 1)
    events = []
    refined, run = Free.refined, Cooling.run

    def noted(one, moves, start, end, expired):
        events.append(("cooling", end))
        run(one, moves, start, end, expired)

    def also(craft, *how):
        events.append(("refined", 0.0))
        return refined(craft, *how)

    monkeypatch.setattr(chain.Cooling, "run", noted)
    monkeypatch.setattr(Free, "refined", also)
    wide = {"starts": ["best"], "heat": 1.0, "share": 0.6, "lanes": 1, "abreast": 2}
    narrow = {"starts": ["best"], "heat": 0.5, "lanes": 1}
    cycle = [{"starts": ["best"], "heat": 0.3, "lanes": 1}]
    tower = generate("layered", 120, seed=1)
    found = []
    for threads in (1, 2):
        events.clear()
        fields = {"threads": threads, "opening": [], "cycle": cycle, "climb": False}
        found.append(solve(tower, settings=searching(**fields, long=[narrow, wide]), key=3))
        kinds = [kind for kind, _ in events]
        assert found[-1].legal
        assert 0 < kinds.index("refined") < len(kinds)
        assert "refined" not in kinds[: kinds.index("refined")]
        before = [end for kind, end in events[: kinds.index("refined")]]
        assert before[-1] == 1  # the wide cooling is over; the narrow one never began
        assert before == sorted(before)
    assert starts(found[:1]) == starts(found[1:])


def test_what_there_is_no_time_to_compile_is_not_begun(monkeypatch):
    monkeypatch.setattr(rounds, "COMPILE_LEAST", 1e9)
    monkeypatch.setattr(rounds.Device, "compiled", lambda self, begin: False)
    monkeypatch.setattr(rounds.Device, "compile", None)
    asked = searching(opening=[], long=[], cycle=[{"starts": ["best"], "gradient": 0.3}])
    found = solve(dense(), settings=override(asked, {"wall": 60.0, "rounds": 9}, "test"), key=0)
    assert found.legal
