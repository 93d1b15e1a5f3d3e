"""Objective S: exact face, rules, exact search and refinement against the oracle."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaus_jax as gj
import gaus_jax.ordering.search as ordering
from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.baselines import BASELINES, RULES
from gaus_jax.baselines.baseline import refusal
from gaus_jax.baselines.sequence.downsets import least_peak
from gaus_jax.baselines.sequence.exact import CpSatOrder, Downsets
from gaus_jax.bounds import BOUNDS, step_footprint
from gaus_jax.bounds.cut_footprint import greatest_cut
from gaus_jax.bounds.step_footprint import held_for_certain
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import by_priority, flow, footprints, starts, steps_of
from gaus_jax.legalise.sequence.moves import anneal, begin
from gaus_jax.legalise.sequence.refine import refine_order
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import verify
from tests import brute, reference
from tests.baselines.attempts import run
from tests.strategies import problems
from tests.tensors import branches, random_wired, unet

S = gj.ObjectiveSettings(name="S")
QUICK = gj.read_settings(None, ["optimise.steps=0", "legalise.sweeps=50", "search.threads=1"])


def ordered(**options):
    """Problems that have orders: without delays, with workspaces."""
    made = problems(workspace=True, loop_carried=True, **options)
    return made.map(lambda p: replace(p, delay=np.zeros_like(p.delay)))


def drawn(problem, seed: int) -> np.ndarray:
    """A random legal order."""
    return by_priority(flow(problem), np.random.default_rng(seed).random(problem.nodes))


def optimum(problem) -> float:
    return min(reference.objective_S(problem, start) for start in brute.orders(problem))


@given(ordered(), st.integers(0, 99))
def test_the_exact_face_is_the_oracle_s(problem, seed):
    objective, frame = resolve(S, problem)
    start = starts(drawn(problem, seed))
    wanted = reference.objective_S(problem, start.tolist())
    assert wanted < math.inf
    assert objective.exact(problem, Schedule(start, problem.nodes)) == wanted
    assert footprints(flow(problem), np.argsort(start)).max(initial=0) == wanted
    assert not verify(problem, Schedule(start, problem.nodes), objective)
    assert frame.depth == problem.nodes
    assert np.all((frame.asap <= start) & (start <= frame.alap))


@given(ordered(max_nodes=6), st.data())
def test_the_verifier_is_the_oracle_s(problem, data):
    step = st.integers(-1, problem.nodes)
    start = data.draw(st.lists(step, min_size=problem.nodes, max_size=problem.nodes))
    objective, _ = resolve(S, problem)
    found = verify(problem, Schedule(start, problem.nodes), objective)
    assert bool(found) == bool(reference.order_violations(problem, start))


def test_violations_name_both_sides():
    problem = make_problem(["a", "b", "c"], [(0, 1)])
    objective, _ = resolve(S, problem)
    found = [str(v) for v in verify(problem, Schedule([1, 1, 3], 3), objective)]
    assert found == [
        "sequence: node c: step 3 is outside 0 .. 2",
        "sequence: step 0: 0 nodes, not 1",
        "sequence: step 1: 2 nodes, not 1",
        "sequence: step 2: 0 nodes, not 1",
        "sequence: edge 0 (a->b): value ready at 2, consumer starts at 1",
    ]


@given(ordered(), st.integers(0, 99))
def test_rules_make_legal_orders(problem, seed):
    for name, rule in RULES.items():
        start = starts(rule.order(flow(problem))).tolist()
        assert not reference.order_violations(problem, start), name
    order = drawn(problem, seed)
    again = by_priority(flow(problem), starts(order).astype(float))
    np.testing.assert_array_equal(again, order)


def test_the_rules_on_a_fork():
    # a feeds two branches b-c and d-e, which f joins.
    fork = flow(make_problem(6, [(0, 1), (1, 2), (0, 3), (3, 4), (2, 5), (4, 5)]))
    found = {name: rule.order(fork).tolist() for name, rule in RULES.items()}
    assert found["program_order"] == [0, 1, 2, 3, 4, 5]
    assert found["breadth_first"] == [0, 1, 3, 2, 4, 5]
    assert found["depth_first"] == found["xla_post_order"] == [0, 1, 2, 3, 4, 5]


def test_greedy_frees_what_it_can():
    # Once a and b have run, c frees them both, while d only adds.
    problem = make_problem(4, [(0, 2), (1, 2)], size=[8, 8, 1, 4], output=[0, 0, 0, 1])
    for name in ("greedy_memory", "xla_list"):
        order = RULES[name].order(flow(problem)).tolist()
        assert order.index(2) < order.index(3) or order[0] == 3, name


@given(ordered(min_nodes=1, max_nodes=7, max_edges=9))
@settings(max_examples=30)
def test_the_exact_search_is_brute_force(problem):
    best, view = optimum(problem), flow(problem)
    least = float(held_for_certain(view).max(initial=0))
    found = least_peak(view, least, math.inf, 10_000)
    assert found.proved
    assert found.bound == best == reference.objective_S(problem, starts(found.order).tolist())
    none = least_peak(view, least, best, 10_000)
    assert (none.order, none.bound, none.proved) == (None, best, True)
    assert least_peak(view, 0.0, math.inf, 2).bound <= best


def naive_peak(problem) -> float:
    """Every downset at its least peak, by the number of its nodes."""
    view = flow(problem)
    groups = [
        [set(g.item[g.first[i] : g.first[i + 1]].tolist()) for i in range(problem.nodes)]
        for g in (view.before, view.readers)
    ]
    before, readers = groups
    level = {frozenset(): 0.0}
    for _ in range(problem.nodes):
        following: dict[frozenset[int], float] = {}
        for done, peak in level.items():
            held = sum(problem.size[v] for v in done if problem.output[v] or readers[v] - done)
            for i in set(range(problem.nodes)) - done:
                if before[i] <= done:
                    top = max(peak, held + problem.size[i] + problem.workspace[i])
                    wider = done | {i}
                    following[wider] = min(top, following.get(wider, math.inf))
        level = following
    return level[frozenset(range(problem.nodes))]


@pytest.mark.parametrize("make", [random_wired, branches])
@pytest.mark.parametrize("seed", range(12))
def test_nodes_that_are_forced_cost_nothing(make, seed):
    problem = random_wired(16, seed) if make is random_wired else branches(8, seed, width=3)
    sizes = np.random.default_rng(seed).integers(0, 9, problem.nodes)
    for changed in (problem, replace(problem, size=sizes, output=sizes == 8)):
        found = least_peak(flow(changed), 0.0, math.inf, 100_000)
        assert found.proved
        assert found.bound == naive_peak(changed)


def test_sets_of_more_nodes_than_a_word_has_bits():
    small, chain = branches(20, 1), 150
    ends = [(k, k + 1) for k in range(chain)]
    ends += [(int(t) + chain, int(h) + chain) for t, h in zip(small.tail, small.head, strict=True)]
    long = make_problem(
        chain + small.nodes, ends, size=np.concatenate([np.ones(chain), small.size])
    )
    found = least_peak(flow(long), 0.0, math.inf, 10_000)
    assert found.proved
    assert found.bound == naive_peak(small)
    assert not reference.order_violations(long, starts(found.order).tolist())


@given(ordered(max_nodes=7, max_edges=9))
@settings(max_examples=30)
def test_bounds_are_below_the_optimum(problem):
    best, view = optimum(problem), flow(problem)
    certain, cut = held_for_certain(view).max(initial=0), greatest_cut(view, 1e9)
    assert certain <= cut <= best
    assert greatest_cut(view, 0.0) == 0
    for name in ("step_footprint", "cut_footprint"):
        how = problem, steps_of(problem), {"footprint": 2.0}
        assert BOUNDS[name].relax(*how, "buffer", 1e9).value <= 2 * best
        assert BOUNDS[name].relax(*how, "register", 1e9).value == 0


def test_what_is_certain_is_found_for_as_many_as_there_is_time_for(monkeypatch):
    monkeypatch.setattr(step_footprint, "LANES", 64)
    view = flow(gj.generate("layered", 200))
    every, some = held_for_certain(view), held_for_certain(view, 0.0)
    assert some[:64].tolist() == every[:64].tolist()
    assert some[64:].tolist() == (view.size + view.workspace)[64:].tolist()
    assert np.any(some < every)


def test_cuts_see_what_no_single_path_asks_for():
    # While one branch runs, of the other either the fork's value, or one of its own is held.
    ends = [(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5)]
    problem = make_problem(6, ends, size=[2, 4, 4, 4, 4, 1], output=[0, 0, 0, 0, 0, 1])
    view = flow(problem)
    assert held_for_certain(view).max() == 9
    assert greatest_cut(view, 1e9) == 10 <= optimum(problem)


@given(ordered(min_nodes=3), st.integers(0, 99))
def test_moves_keep_the_measures_of_their_order(problem, seed):
    view = flow(problem)
    state = begin(view, drawn(problem, seed), seed)
    anneal(view, state, 3, 0.5, 0.1, 300)
    fresh = begin(view, state.order, 0)
    for name in ("place", "foot", "last", "after", "tops"):
        np.testing.assert_array_equal(getattr(state, name), getattr(fresh, name), err_msg=name)
    assert not reference.order_violations(problem, state.place.tolist())
    assert state.best_peak[0] == footprints(view, state.best).max()
    assert not reference.order_violations(problem, starts(state.best).tolist())


def test_refinement_is_never_worse_and_finds_the_optimum_of_branches():
    problem = branches(20, 0)
    view = flow(problem)
    level = RULES["breadth_first"].order(view)
    found = refine_order(view, level, moves=20_000, seed=0)
    exact = least_peak(view, 0.0, math.inf, 100_000)
    assert footprints(view, found).max() == exact.bound < footprints(view, level).max()
    assert refine_order(view, level, moves=0, seed=0) is level


@given(ordered(max_nodes=7, max_edges=9), st.integers(0, 3))
@settings(max_examples=15)
def test_solve_is_brute_force(problem, seed):
    result = gj.solve(problem, "S", QUICK, key=seed)
    assert result.status == "optimal"
    assert result.legal
    assert result.value == result.lower_bound == optimum(problem)


@pytest.mark.parametrize("make", [random_wired, branches])
@pytest.mark.parametrize("seed", range(3))
def test_solve_proves_graphs_of_thirty_nodes(make, seed):
    problem = make(30 if make is random_wired else 24, seed)
    result = gj.solve(problem, "S", QUICK)
    assert result.status == "optimal"
    assert result.value == least_peak(flow(problem), 0.0, math.inf, 4_000_000).bound


def test_solve_is_no_worse_than_any_rule():
    for problem in (random_wired(300, 0), branches(300, 0), unet(5)):
        result = gj.solve(problem, "S", QUICK)
        view = flow(problem)
        peaks = [footprints(view, rule.order(view)).max() for rule in RULES.values()]
        assert result.lower_bound <= result.value <= min(peaks)
        assert result.trace[-1][1] == result.value


def test_equal_keys_equal_orders():
    problem = random_wired(120, 3)
    found = [gj.solve(problem, "S", QUICK, key=5).schedule.start for _ in range(2)]
    np.testing.assert_array_equal(*found)


def test_a_given_order_is_a_start():
    problem = random_wired(100, 1)
    best = gj.solve(problem, "S", QUICK).schedule
    none = gj.read_settings(None, ["optimise.steps=0", "legalise.sweeps=0"])
    again = gj.solve(problem, "S", none, given=best)
    assert again.value == reference.objective_S(problem, best.start.tolist())
    with pytest.raises(InputError, match=r"given schedule is not legal: sequence: "):
        gj.solve(problem, "S", none, given=Schedule(best.start[::-1], 100))


def test_gradients_lead_to_legal_orders(monkeypatch):
    monkeypatch.setattr("gaus_jax.ordering.search.STATES", 1)  # else it is proved at once
    problem = random_wired(70, 0)
    settings = gj.read_settings(None, ["optimise.steps=60", "legalise.sweeps=5", "rounds=1"])
    result = gj.solve(problem, "S", settings)
    assert result.legal
    assert result.timings["optimise"] > 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"ii": 2}, "ii is given; an order has a step for each node"),
        ({"limits": {"op": 2}}, "limits is given"),
        ({"kappa": "2"}, "kappa is given"),
        ({"depth": 9}, "a depth is given"),
        ({"latency_weight": 1}, "a weight on latency is given"),
        ({"weights": {"peak_live": 1}, "constraints": ("sequence",)}, "go together and alone"),
        ({"weights": {"footprint": 1}}, "go together and alone"),
    ],
)
def test_what_an_order_has_no_place_for(asked, says):
    with pytest.raises(SettingsError, match=says):
        resolve(gj.ObjectiveSettings(name="S", **asked), make_problem(2, [(0, 1)]))


def test_delays_are_refused():
    with pytest.raises(InputError, match=r"edge 0 \(0->1\) has a delay of 3; an order knows no"):
        resolve(S, make_problem(2, [(0, 1)], delay=3))


def test_baselines_of_steps_refuse_orders_and_the_other_way_round():
    problem = make_problem(3, [(0, 1)])
    order, steps = resolve(S, problem)[0], resolve(gj.ObjectiveSettings(name="B"), problem)[0]
    for name, baseline in BASELINES.items():
        makes_orders = getattr(baseline, "sequential", False)
        assert bool(refusal(baseline, problem, order)) != makes_orders, name
        if makes_orders:
            assert "objective S" in refusal(baseline, problem, steps)


def test_the_empty_graph_and_a_single_node():
    assert gj.solve(make_problem(0), "S", QUICK).value == 0
    alone = gj.solve(make_problem(1, size=5, workspace=2), "S", QUICK)
    assert (alone.value, alone.status) == (7, "optimal")


def test_a_result_of_s_is_judged_by_its_integers():
    problem = make_problem(3, [(0, 1), (0, 2)], size=[3, 2, 1], workspace=[0, 0, 9])
    result = judge(problem, Schedule([0, 1, 2], 3), resolve(S, problem)[0])
    assert result.value == max(3, 3 + 2, 3 + 1 + 9)
    assert result.objective["lifetime"] == "buffer"


@pytest.mark.parametrize("name", ["order_exact", "order_cpsat"])
@pytest.mark.parametrize("seed", range(2))
def test_exact_baselines_agree(name, seed):
    problem = random_wired(12, seed)
    found = run(name, problem, Clock(20.0), name="S")
    best = least_peak(flow(problem), 0.0, math.inf, 100_000).bound
    assert found.best_cost == found.lower_bound == best


def test_an_interrupt_gives_the_best_order_so_far_and_ends_the_others(monkeypatch):
    calls = []

    def interrupt(*given):
        calls.append(given)
        raise KeyboardInterrupt

    monkeypatch.setattr("gaus_jax.ordering.search.bound", interrupt)
    found = gj.solve([branches(9, 0), branches(9, 1)], "S", QUICK)
    assert all(r.legal and r.interrupted for r in found)
    assert len(calls) == 1


def test_an_interrupt_while_a_problem_is_prepared_costs_the_others_nothing(monkeypatch):
    calls, prepare = [], ordering.prepare

    def interrupt(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return prepare(*given)

    monkeypatch.setattr(ordering, "prepare", interrupt)
    found = gj.solve([branches(9, seed) for seed in range(3)], "S", QUICK)
    assert all(r.legal for r in found)
    assert [r.interrupted for r in found] == [False, True, True]


def test_exact_baselines_refuse_what_is_too_large():
    large = random_wired(63, 0)
    objective, _ = resolve(S, large)
    exact = Downsets(most_nodes=62)
    assert "63 nodes, more than 62" in exact.supports(large, objective)
    small = CpSatOrder(starts=RULES, most_nodes=62)
    assert "more than 62" in small.supports(large, objective)


@given(ordered())
def test_what_is_certain_by_naive_reachability(problem):
    edges = reference.edges_in_force(problem, None)
    nodes = range(problem.nodes)
    reach = {(i, i) for i in nodes}
    for _ in nodes:
        reach |= {(i, e.head) for i, j in reach for e in edges if e.tail == j}
    certain = held_for_certain(flow(problem))
    for i in nodes:
        wanted = problem.size[i] + problem.workspace[i]
        for v in nodes:
            read = any(e.tail == v and e.is_data and (i, e.head) in reach for e in edges)
            if v != i and (v, i) in reach and (read or problem.output[v]):
                wanted += problem.size[v]
        assert certain[i] == wanted
