"""The line from end to end: legal, bounded on both sides, and the same every time."""

import contextlib
import functools
import importlib
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from hypothesis import given, settings

import gaus_jax.device as device
import gaus_jax.rounds as rounds
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.baselines.list_best import lists
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import window
from gaus_jax.hunt import Hunt
from gaus_jax.instances.catalogue import generate
from gaus_jax.solve import solve
from tests import brute, reference
from tests.strategies import problems

# The hat alone: one program to compile for each shape where there would be two.
QUICK = override(
    Settings(),
    {
        "rounds": 1,
        "relax": {"evaluation": "hat"},
        "optimise": {"steps": 50, "restarts": 2},
        "legalise": {"sweeps": 20},
    },
    "test",
)
LONGER = override(QUICK, {"rounds": 3}, "test")


def asked(**fields) -> Settings:
    return override(QUICK, {"objective": fields}, "test")


def fork(count: int = 3, name: str = "fork"):
    """One producer of `count` consumers of weights 1, 2, ..."""
    return make_problem(
        count + 1,
        [(0, i + 1) for i in range(count)],
        weight=range(1, count + 1),
        uses=(range(count + 1), 0, 1, 1),
        name=name,
    )


def workload(seed: int, nodes: int = 7, name: str = "workload"):
    """A random graph of two classes whose packed shape is that of all others of its size."""
    rng = np.random.default_rng(seed)
    ends = [(int(rng.integers(0, j)), j) for j in range(1, nodes)]
    return make_problem(
        nodes,
        ends,
        size=rng.integers(1, 6, nodes),
        weight=rng.integers(0, 4, nodes - 1),
        classes=("x", "y"),
        uses=(range(nodes), rng.integers(0, 2, nodes), rng.integers(1, 4, nodes), 1),
        name=f"{name}{seed}",
    )


def cost_of(problem, depth, options):
    if options["name"] == "A":
        return functools.partial(
            reference.objective_A, problem, depth=depth, ratio=options.get("ratio", "balanced")
        )
    return functools.partial(
        reference.objective_B, problem, depth=depth, lifetime=options["lifetime"]
    )


@settings(max_examples=4)
@pytest.mark.parametrize(
    "options",
    [
        {"name": "A", "kappa": "1.3"},
        {"name": "A", "ratio": 3.0, "kappa": "1.5"},
        {"name": "B", "lifetime": "register", "kappa": "1.4"},
        {"name": "B", "lifetime": "buffer", "kappa": "1.2"},
    ],
)
@given(problem=problems(max_nodes=5, max_edges=6, loop_carried=True))
def test_legal_and_between_the_bound_and_the_baselines(options, problem):
    found = solve(problem, settings=asked(**options))
    depth = reference.depth(problem, options["kappa"])
    start = found.schedule.start.tolist()
    assert found.legal
    assert found.schedule.depth == depth
    assert reference.legal(problem, start, depth)
    cost = cost_of(problem, depth, options)
    assert found.value == pytest.approx(cost(start))
    best, _ = brute.optimum(problem, depth, cost)
    slack = 1e-9 * (1 + abs(best))
    assert found.lower_bound <= best + slack
    assert found.value >= best - slack
    assert found.status != "optimal" or found.value == pytest.approx(best)
    frame = window(problem, depth)
    for baseline in CONSTRUCTIVE.values():
        assert found.value <= cost(baseline.schedule(problem, frame).start.tolist()) + slack


@pytest.mark.parametrize("options", [{"name": "A"}, {"name": "B", "kappa": "1.5"}])
def test_list_schedules_of_every_priority_are_incumbents(options):
    problem = generate("divider", 6)
    nothing = {"opening": [], "cycle": [], "long": [], "climb": False}
    settings = override(asked(**options), {"search": nothing, "bound_limit": 1e-9}, "test")
    frame = window(problem, reference.depth(problem, options.get("kappa", "1")))
    cost = cost_of(problem, frame.depth, options | {"lifetime": "register"})
    every = [cost(build().tolist()) for build in lists(problem, frame, options["name"] == "B")]
    plain = [cost(b.schedule(problem, frame).start.tolist()) for b in CONSTRUCTIVE.values()]
    assert solve(problem, settings=settings).value == pytest.approx(min(every))
    assert min(every) < min(plain)


def test_the_optimum_of_small_workloads_is_found():
    for seed in range(4):
        problem = workload(seed)
        depth = reference.depth(problem, "1.5")
        best, _ = brute.optimum(
            problem, depth, lambda s, p=problem, d=depth: reference.objective_A(p, s, d, 2.0)
        )
        found = solve(problem, settings=override(LONGER, _objective(ratio=2.0), "test"))
        assert found.value == best


def _objective(**fields):
    return {"objective": {"kappa": "1.5", **fields}}


@pytest.mark.parametrize(
    ("problem", "start"),
    [
        (make_problem(0, name="empty"), []),
        (make_problem(1, name="single"), [0]),
        (make_problem(4, [(0, 1), (1, 2), (2, 3)], name="chain"), [0, 1, 2, 3]),
        (make_problem(2, classes=(), size=0, name="bare"), [0, 0]),
    ],
)
@pytest.mark.parametrize("name", ["A", "B"])
def test_graphs_without_choice(problem, start, name):
    found = solve(problem, name, QUICK)
    assert found.schedule.start.tolist() == start
    assert found.status == "optimal"
    assert found.value == found.lower_bound


def test_a_graph_without_edges_but_with_room():
    found = solve(make_problem(3), settings=asked(kappa="3"))
    assert (found.status, found.value) == ("optimal", 0)
    found = solve(make_problem(3), settings=asked(kappa="3", ratio=1.0))
    assert (found.status, found.value) == ("optimal", 1)


def test_the_bound_met_is_optimal():
    # One unit in four steps: spans 1, 2, 3, the heaviest edge the shortest, at best. The bound
    # takes each term at its own best and cannot tell.
    options = {"objective": {"depth": 4, "ratio": 100.0}, "legalise": {"sweeps": 500}}
    found = solve(fork(), settings=override(LONGER, options, "test"))
    assert found.value == 100 + 3 * 1 + 2 * 2 + 1 * 3
    assert found.status == "feasible"
    loose = solve(fork(), settings=asked(depth=3, weights={"communication": 1}))
    assert (loose.status, loose.value) == ("optimal", 6)


# The same every time


def starts(results):
    return [r.schedule.start.tolist() for r in results]


def test_the_same_seed_gives_the_same_schedule():
    problem = workload(5)
    once, again = (solve(problem, settings=asked(kappa="2"), key=7) for _ in range(2))
    assert starts([once]) == starts([again])
    assert [cost for _, cost in once.trace] == [cost for _, cost in again.trace]


def test_a_key_is_a_seed():
    keys = [jax.random.key(3), jax.random.PRNGKey(3)]
    found = [solve(workload(1), settings=asked(kappa="2"), key=key) for key in keys]
    assert found[0].seed == found[1].seed
    assert starts(found[:1]) == starts(found[1:])


@pytest.mark.parametrize(
    ("name", "evaluation"),
    [("A", "hat"), *(pytest.param(o, "auto", marks=pytest.mark.slow) for o in ("A", "B"))],
)
def test_alone_and_within_a_batch(name, evaluation):
    # Unequal sizes of one packed shape, one of another, and an empty one.
    batch = [workload(0), workload(1, nodes=6), make_problem(0), workload(2), workload(0)]
    batch += [workload(3, nodes=12)]
    options = {**_objective(name=name), "rounds": 2, "relax": {"evaluation": evaluation}}
    settings = override(QUICK, options, "test")
    together = solve(batch, settings=settings, key=3)
    alone = [solve(p, settings=settings, key=3) for p in batch]
    assert starts(together) == starts(alone)
    assert [r.value for r in together] == [r.value for r in alone]
    assert [r.problem["name"] for r in together] == [p.name for p in batch]


@pytest.mark.parametrize("evaluation", ["auto", pytest.param("window", marks=pytest.mark.slow)])
def test_two_stages_of_annealing(evaluation):
    options = {**_objective(ratio=2.0), "relax": {"evaluation": evaluation}}
    found = solve(workload(3), settings=override(QUICK, options, "test"))
    depth = reference.depth(workload(3), "1.5")
    assert reference.legal(workload(3), found.schedule.start.tolist(), depth)


def test_patience_in_a_batch_is_each_problems_own(monkeypatch):
    # Alone a problem stops after two rounds without progress; neighbours must not keep it going.
    turns = Counter()
    begin = Hunt.begin

    def spy(hunt, *args):
        turns[hunt.task.problem.name] += 1
        return begin(hunt, *args)

    monkeypatch.setattr(Hunt, "begin", spy)
    settled = override(QUICK, {**_objective(ratio=2.0), "rounds": 6, "patience": 1}, "test")
    batch = [workload(seed) for seed in range(6)]
    together = solve(batch, settings=settled, key=1)
    within = dict(turns)
    turns.clear()
    alone = [solve(p, settings=settled, key=1) for p in batch]
    assert within == turns
    assert len(set(turns.values())) > 1
    assert starts(together) == starts(alone)


def test_the_length_of_a_call_does_not_depend_on_the_batch(monkeypatch):
    lengths = set()

    class Spy(rounds.Device):
        def anneal(self, *args):
            lengths.add(self.call)
            return super().anneal(*args)

    monkeypatch.setattr(rounds, "Device", Spy)
    monkeypatch.setattr(device, "CALL_WORK", 400)
    for count in (1, 3):
        solve([workload(seed) for seed in range(count)], settings=asked(kappa="1.5", ratio=2.0))
    assert len(lengths) == 1


# Failures and limits


def test_an_infeasible_depth_costs_the_others_nothing():
    chain = make_problem(6, [(i, i + 1) for i in range(5)], name="chain")
    options = asked(depth=5)
    first, none, last = solve([fork(), chain, workload(2, nodes=4)], settings=options)
    assert (none.status, none.schedule, none.legal, none.gap) == ("infeasible", None, False, None)
    assert "depth 5 is below the least feasible depth 6" in none.reason
    assert starts([first, last]) == starts(
        [solve(fork(), settings=options), solve(workload(2, nodes=4), settings=options)]
    )


@pytest.mark.parametrize("limit", [{"time_limit": 0.0}, {"wall": 0.0}])
def test_no_time_at_all_still_gives_a_legal_schedule(limit):
    found = solve(workload(3), settings=override(asked(kappa="2"), limit, "test"))
    assert found.legal
    assert found.timings.get("optimise", 0.0) < 0.5


def test_a_time_limit_ends_the_search():
    solve(workload(3), settings=asked(kappa="2"))  # compiles
    options = {"rounds": 0, "time_limit": 0.5, **_objective(kappa="2", ratio=2.0)}
    rounds = []
    found = solve(
        workload(3), settings=override(QUICK, options, "test"), report=lambda p: rounds.append(p)
    )
    search = sum(found.timings.get(s, 0.0) for s in ("optimise", "legalise", "refine"))
    assert found.status == "optimal" or 0.2 < search < 1.5
    assert all(p.rounds is None for p in rounds)


def test_an_interrupt_returns_the_best_so_far():
    def interrupt(progress):
        raise KeyboardInterrupt

    found = solve(
        workload(4), settings=override(asked(kappa="2"), {"rounds": 50}, ""), report=interrupt
    )
    assert found.legal
    assert found.trace
    assert (found.interrupted, found.reason.split(":")[0]) == (True, "interrupted")
    assert not solve(workload(4), settings=asked(kappa="2")).interrupted


def test_an_interrupt_that_got_lost_ends_the_search_and_the_result_says_so():
    def lost(progress):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    how = {"settings": override(asked(kappa="2"), {"rounds": 50}, ""), "report": lost}
    assert solve(workload(4), **how).interrupted


def test_an_interrupt_ends_the_whole_batch():
    seen = []

    def interrupt(progress):
        seen.append(progress)
        raise KeyboardInterrupt

    # Two packed shapes, so two groups, of which the second is not begun.
    batch = [workload(4), workload(4, nodes=14)]
    found = solve(batch, settings=asked(kappa="2"), report=interrupt)
    assert all(r.legal and r.interrupted for r in found)
    assert len(seen) == 1


# The package's own attribute of this name is the function.
line = importlib.import_module("gaus_jax.solve")
preparation = importlib.import_module("gaus_jax.prepare")


def test_a_bound_that_is_too_high_is_reported(monkeypatch):
    monkeypatch.setattr(preparation, "lower_bound", lambda *args: (1e6, {}))
    with pytest.raises(AssertionError, match=r"fork: .* below its lower bound 1000000"):
        solve(fork(), settings=asked(kappa="2"))


def test_progress_is_reported_after_every_round():
    seen = []
    found = solve(
        workload(0), settings=override(LONGER, _objective(ratio=2.0), ""), report=seen.append
    )
    assert [p.round for p in seen] == list(range(1, len(seen) + 1))
    assert {p.rounds for p in seen} <= {3}
    best = [p.best for p in seen]
    assert best == sorted(best, reverse=True)
    assert best[-1] == found.value


# Options


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_lifetimes_are_recorded_and_measured(lifetime):
    found = solve(workload(6), settings=asked(name="B", lifetime=lifetime, kappa="1.5"))
    start, depth = found.schedule.start.tolist(), found.schedule.depth
    assert found.objective["lifetime"] == lifetime
    assert found.value == reference.peak_live(workload(6), start, depth, lifetime)


def test_loop_carried_edges_are_left_out_and_counted():
    loop = make_problem(3, [(0, 1), (1, 2), (2, 0), (2, 2)], distance=[0, 0, 1, 2])
    found = solve(loop, settings=QUICK)
    assert found.problem["left_out"] == 2
    assert found.legal


def test_objective_as_settings_or_name():
    by_name = solve(workload(2), "B", QUICK)
    by_settings = solve(workload(2), ObjectiveSettings(name="B"), QUICK)
    assert by_name.objective == by_settings.objective
    assert solve([], "B", QUICK) == []


def test_a_given_schedule_is_never_made_worse():
    problem = workload(1)
    depth = reference.depth(problem, "1.5")
    best, start = brute.optimum(
        problem, depth, lambda s: reference.objective_A(problem, s, depth, 2.0)
    )
    options = override(QUICK, {**_objective(ratio=2.0), "time_limit": 0.0}, "test")
    assert solve(problem, settings=options).value >= best
    assert solve(problem, settings=options, given=Schedule(start, depth)).value == best


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ([0] * 7, r"given schedule.*dependence: edge 0"),
        ([0] * 3, r"given schedule.*shape: 3 starts for 7 nodes"),
        (list(range(10, 80, 10)), r"given schedule.*latency: node"),
    ],
)
def test_an_illegal_given_schedule_is_refused(start, says):
    with pytest.raises(InputError, match=says):
        solve(workload(1), settings=QUICK, given=Schedule(start, 100))


def test_where_the_latency_is_free_no_bound_rests_on_the_depth():
    problem = make_problem(16, np.arange(16).reshape(8, 2))
    longer = np.repeat(np.arange(0, 8, 2), 4) + np.tile([0, 1], 8)  # two at once, in eight steps
    about = {"objective": {"name": "B", "kappa": "1.5", "constraints": ["dependence"]}}
    settings = override(LONGER, about, "test")  # moves go on from what is given
    result = solve(problem, settings=settings, given=Schedule(longer, 8))
    assert result.value == 2.0
    assert result.lower_bound <= 1.0
    early = Schedule(longer - 1, 8)
    with pytest.raises(InputError, match=r"range: node 0: starts at -1, first step is 0"):
        solve(problem, settings=settings, given=early)


def test_bounds_of_amounts_that_are_not_whole_stay_below_the_cost():
    # No cut counts what is born late, and none may round up what others have proved of it.
    problem = replace(generate("dense", 60), latency=np.full(60, 2), size=np.full(60, 0.01))
    result = solve(
        problem, settings=override(LONGER, {"objective": {"name": "B", "kappa": "1.5"}}, "test")
    )
    assert 0 < result.lower_bound <= result.value < 0.5


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({"optimise": {"optimiser": "newton"}}, r"unknown optimiser 'newton'; known: adam"),
        ({"optimise": {"method": "guess"}}, r"unknown method 'guess'; known: augmented, penalty"),
        ({"optimise": {"measure": "guess"}}, r"unknown measure of violation 'guess'"),
        (
            {"search": {"long": [{"starts": ["best"], "needs": "nothing"}]}},
            r"unknown start 'nothing'; known: alap, apart, asap",
        ),
        (
            {"search": {"cycle": [{"starts": ["nowhere"]}]}},
            r"unknown start 'nowhere'; known: alap, apart, asap",
        ),
        (
            {"search": {"cycle": [{"starts": ["best"]}, {"starts": ["lst"]}]}},
            r"search.cycle\[1\].starts: unknown start 'lst'; nearest: list.*; known: alap",
        ),
        (
            {"optimise": {"optimiser": "adm"}},
            r"optimise.optimiser: unknown optimiser 'adm'; nearest: adam, nadam; known: adam, ",
        ),
        ({"relax": {"evaluation": "exact"}}, r"unknown evaluation 'exact'; known: dense, hat"),
    ],
)
def test_unknown_names_in_settings(tree, says):
    with pytest.raises(SettingsError, match=says):
        solve(workload(0), settings=override(asked(kappa="2"), tree, "test"))


def test_unknown_names_are_found_before_the_work(monkeypatch):
    monkeypatch.setattr(line, "prepare", lambda *args: pytest.fail("prepared"))
    tree = {"optimise": {"optimiser": "newton"}}
    with pytest.raises(SettingsError, match="unknown optimiser 'newton'"):
        solve(make_problem(2, [(0, 1)]), settings=override(QUICK, tree, "test"))


def test_an_objective_by_name_takes_the_place_of_weights():
    own = {"name": "mine", "weights": {"communication": 1.0}}
    below = override(QUICK, {"objective": own}, "test")
    found = solve(workload(4), "B", below)
    assert dict(found.objective["weights"]) == {"peak_live": 1.0}
    labelled = solve(workload(4), "yours", below)
    assert (labelled.objective["name"], dict(labelled.objective["weights"])) == (
        "yours",
        {"communication": 1.0},
    )


@pytest.mark.parametrize("given", ["a.aig", Path("a.aig"), ["a.aig"]])
def test_a_path_is_no_problem(given):
    with pytest.raises(InputError, match=r"got .*a\.aig'\)?; read a file with gaus_jax\.load"):
        solve(given)


@pytest.mark.parametrize("given", [3, [3], None])
def test_what_is_no_problem_is_told_by_its_type(given):
    with pytest.raises(InputError, match=r"expected a problem, got (int|NoneType)"):
        solve(given)


def test_an_interrupt_of_the_bound_still_gives_a_schedule(monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "lower_bound", interrupt)
    searched = []
    monkeypatch.setattr(line, "search", lambda *args: searched.append(args))
    found = solve([workload(4), workload(5)], settings=asked(kappa="2"))
    assert all(r.legal and r.lower_bound == 0 and r.interrupted for r in found)
    assert not searched


def test_an_interrupt_of_the_lists_still_gives_schedules(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "lists", lambda *args: [interrupted])
    bounded = []
    monkeypatch.setattr(line, "bound_below", lambda *args: bounded.append(args))
    found = solve([workload(4), workload(5)], settings=asked(kappa="2"))
    assert all(r.legal for r in found)
    assert not bounded


def test_an_interrupt_of_the_preparation_costs_no_schedule_of_the_others(monkeypatch):
    calls, prepare = [], preparation.prepare

    def once(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return prepare(*args)

    monkeypatch.setattr(line, "prepare", once)
    found = solve([workload(4), workload(5), workload(6)], settings=asked(kappa="2"))
    assert all(r.legal for r in found)
    assert len(calls) == 4


def test_schedules_that_were_searched_for_are_not_dated_to_the_beginning(monkeypatch):
    find = preparation.least_interval

    def slow(*args):
        with args[3].stage("legalise"):
            time.sleep(0.3)
        return find(*args)

    monkeypatch.setattr(preparation, "least_interval", slow)
    problem = make_problem(6, [(0, 1), (2, 3)], limit=1, uses=(range(6), 0, 1, 1))
    found = solve(problem, settings=asked(name="D", kappa=None))
    assert found.trace[0][0] >= 0.3


def test_the_seconds_of_the_bound_are_one_budget(monkeypatch):
    left = []

    def slow(bounds, problem, frame, weights, lifetime, remaining, facts):
        left.append(remaining())
        time.sleep(0.05)
        left.append(remaining())
        return 0.0, {}

    monkeypatch.setattr(preparation, "lower_bound", slow)
    solve(workload(4), settings=override(QUICK, {"bound_limit": 0.5, "time_limit": 0.0}, "test"))
    assert left[0] > left[1] + 0.04


def test_every_result_has_the_promised_timings():
    found = solve(make_problem(2, [(0, 1)]), settings=QUICK, loaded=0.25)
    assert {"load", "compile", "optimise", "legalise", "verify"} <= set(found.timings)
    assert found.timings["load"] == 0.25


def test_what_compiles_before_the_search_and_in_it_adds_up(monkeypatch):
    monkeypatch.setattr(preparation, "warm_bounds", lambda: time.sleep(0.3))
    monkeypatch.setattr(rounds, "warm_kernels", lambda: time.sleep(0.2))
    problem = make_problem(6, [(0, 1), (2, 3), (4, 5)], limit=1, uses=(range(6), 0, 1, 1))
    options = asked(name="B", kappa="3", limits={"op": 1})
    found = solve(problem, settings=override(options, {"optimise": {"steps": 0}}, "test"))
    assert found.legal
    assert found.timings["compile"] >= 0.5


@pytest.mark.parametrize(
    ("name", "wall", "compiles"), [("A", 8.0, 0), ("B", 8.0, 0), ("A", 60.0, 1)]
)
def test_nothing_is_compiled_that_the_wall_may_not_hold(monkeypatch, name, wall, compiles):
    begun, compile = [], device.Device.compile
    monkeypatch.setattr(device.Device, "compile", lambda *own: begun.append(1) or compile(*own))
    monkeypatch.setattr(device, "_PROGRAMS", {})
    options = override(asked(name=name, kappa="2"), {"wall": wall, "rounds": 2}, "test")
    assert solve(workload(8, nodes=20), settings=options).legal
    assert bool(begun) == compiles


def test_what_is_compiled_already_is_used_whatever_the_wall(monkeypatch):
    annealed, anneal = [], device.Device.anneal
    options, problem = asked(kappa="2"), workload(8, nodes=20)
    solve(problem, settings=override(options, {"rounds": 2}, "test"))
    monkeypatch.setattr(
        device.Device, "anneal", lambda *own: annealed.append(own[2]) or anneal(*own)
    )
    solve(problem, settings=override(options, {"wall": 8.0, "rounds": 2}, "test"))
    assert annealed


def test_loading_counts_against_the_wall():
    options = override(asked(kappa="2"), {"wall": 5.0}, "test")
    found = solve(workload(3), settings=options, loaded=10.0)
    assert found.legal
    assert found.timings["optimise"] == 0


def test_a_device_that_gives_up_costs_no_result(monkeypatch):
    def broken(*args):
        raise RuntimeError("RESOURCE_EXHAUSTED: out of memory")

    monkeypatch.setattr(line, "search", broken)
    first, second = solve([workload(3), workload(4)], settings=asked(kappa="2"))
    for found in (first, second):
        assert found.legal
        assert "ended early: RESOURCE_EXHAUSTED" in found.reason
