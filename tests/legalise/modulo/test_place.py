"""Modulo placement: legal by the oracle, none where there is none, near to its means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaus_jax
from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.build import make_problem
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.loops import lms
from gaus_jax.legalise.modulo.place import place_modulo
from gaus_jax.legalise.modulo.plan import ModuloPlan
from tests import brute, reference
from tests.limited import anywhere, exists, fit_alone, legal, tight
from tests.strategies import pipelined, problems, scheduled

SEED = st.integers(0, 10**6)


def place(problem, frame, mean, **options):
    """As `place_modulo`; None too where a node does not fit by itself."""
    if not fit_alone(problem, frame.ii):
        return None
    return place_modulo(problem, frame, np.array(mean, float), **options)


@settings(max_examples=200)
@given(pipelined(max_slack=20, max_nodes=10), SEED, st.booleans())
def test_what_is_placed_is_legal(case, seed, see_all):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    frame = window(problem, depth, ii)
    plan = ModuloPlan.of(problem, frame, 10**6 if see_all else 0)
    mean = anywhere(problem, depth, seed)
    start = place(problem, frame, mean, seed=seed, budget=30 * problem.nodes, plan=plan)
    assert start is None or legal(problem, start, depth, ii)


@settings(max_examples=100)
@given(scheduled(max_slack=12, max_nodes=10, loop_carried=True), SEED)
def test_without_an_ii_it_is_serial_placement_under_limits(case, seed):
    problem, _, depth = case
    problem = tight(problem, max(1, depth))
    start = place(problem, window(problem, depth), anywhere(problem, depth, seed), seed=seed)
    assert start is None or legal(problem, start, depth, None)


def test_it_places_what_brute_force_does_and_no_more():
    placed, missed = [], []

    @settings(max_examples=100)
    @given(pipelined(max_nodes=4, max_edges=6, max_slack=4), SEED)
    def one(case, seed):
        problem, _, depth, ii = case
        problem, mean = tight(problem, ii), anywhere(problem, depth, seed)
        frame = window(problem, depth, ii)
        found = place(problem, frame, mean)
        possible = exists(brute.schedules(problem, depth, ii), problem, ii)
        assert possible or found is None
        if possible:
            (missed if found is None else placed).append(problem)

    one()
    assert len(placed) > 60
    assert not missed


@given(pipelined(limited=True), SEED)
def test_legal_means_are_the_answer(case, seed):
    problem, start, depth, ii = case
    if reference.resource_violations(problem, start, ii):
        return
    frame = window(problem, depth, ii)
    assert place_modulo(problem, frame, np.array(start, float), seed=seed).tolist() == start


@pytest.mark.parametrize("seed", range(4))
def test_no_single_node_could_be_nearer_to_its_mean(seed):
    """At 11 cycles the filter has hardly any schedule: nodes evict each other for a while."""
    loop, ii = lms(4), 11
    depth = asap_length(loop, ii) + ii
    frame = window(loop, depth, ii)
    mean = np.clip(anywhere(loop, depth, seed), frame.asap, frame.alap)
    start = place_modulo(loop, frame, mean, seed=seed, budget=40_000)
    for i in range(loop.nodes):
        for step in range(frame.asap[i], frame.alap[i] + 1):
            if abs(step - mean[i]) < abs(start[i] - mean[i]) - 1e-9:
                moved = start.copy()
                moved[i] = step
                assert not legal(loop, moved, depth, ii)


def test_equal_seeds_give_equal_starts_and_others_do_not():
    loop = lms(4)
    frame = window(loop, asap_length(loop, 11) + 22, 11)

    def starts(seed):
        """With so few placements that later attempts, with noise on the means, are needed too."""
        mean = np.full(loop.nodes, np.nan)  # the middle of the window
        return [
            None if start is None else start.tolist()
            for budget in range(80, 140, 4)
            for start in [place_modulo(loop, frame, mean, seed=seed, budget=budget)]
        ]

    found = [starts(seed) for seed in range(6)]
    assert found == [starts(seed) for seed in range(6)]
    assert len({tuple(start[-1]) for start in found}) > 1


@given(pipelined(max_nodes=7), st.booleans())
def test_a_plan_knows_the_longest_path_of_every_pair(case, at_ii):
    problem, _, depth, ii = case
    ii = ii if at_ii else None
    depth = depth if at_ii else asap_length(problem)
    plan = ModuloPlan.of(problem, window(problem, depth + 100, ii))
    far = {}
    for edge in reference.edges_in_force(problem, ii):
        pair = (edge.tail, edge.head)
        far[pair] = max(far.get(pair, -(10**6)), edge.gap - edge.shift)
    for middle in range(problem.nodes):
        for a, b in [(a, b) for a in range(problem.nodes) for b in range(problem.nodes)]:
            if (a, middle) in far and (middle, b) in far:
                through = far[a, middle] + far[middle, b]
                far[a, b] = max(far.get((a, b), -(10**6)), through)
    expected = {pair: length for pair, length in far.items() if pair[0] != pair[1]}
    tails = np.repeat(np.arange(problem.nodes), np.diff(plan.after.first)).tolist()
    after = zip(tails, plan.after.node.tolist(), plan.after.reach.tolist(), strict=True)
    heads = np.repeat(np.arange(problem.nodes), np.diff(plan.before.first)).tolist()
    before = zip(plan.before.node.tolist(), heads, plan.before.reach.tolist(), strict=True)
    assert {(a, b): reach for a, b, reach in after} == expected
    assert {(a, b): reach for a, b, reach in before} == expected


def test_a_node_that_never_fits_is_an_error():
    problem = make_problem(2, limit=1, uses=([0, 1], 0, 1, [1, 3]))
    frame = window(problem, 9, 2)
    with pytest.raises(InfeasibleError, match="node 1 alone takes 2 of class op"):
        place_modulo(problem, frame, np.zeros(2))
    assert place_modulo(problem, frame, np.zeros(2), limit=np.array([3.0])) is not None


def test_evicted_nodes_come_back():
    # The means put the long node last, when every slot is taken by one of the others.
    problem = make_problem(4, limit=1, uses=(np.arange(4), 0, 1, [1, 1, 1, 3]))
    frame = window(problem, 20, 6)
    start = place_modulo(problem, frame, np.array([1.0, 3.0, 5.0, 12.0]))
    assert legal(problem, start, 20, 6)
    tight = window(problem, 20, 5)
    assert place_modulo(problem, tight, np.array([1.0, 3.0, 5.0, 12.0]), budget=500) is None


def test_as_many_are_evicted_as_a_wide_node_needs():
    # w can start at step 1 alone and takes both units, which a and b have by then.
    uses = ([0, 1, 2], 0, [1, 1, 2], 1)
    problem = make_problem(["a", "b", "w", "p"], [(3, 2)], latency=[1, 1, 2, 1], limit=2, uses=uses)
    start = place_modulo(problem, window(problem, 3, 2), np.array([0.9, 0.9, 1, 0]))
    assert start[2] == 1
    assert legal(problem, start, 3, 2)


def test_nothing_is_placed_in_an_empty_graph():
    problem = make_problem(0)
    assert place_modulo(problem, window(problem, 0, 3), np.zeros(0)).tolist() == []


@given(problems(limited=True, loop_carried=True, min_nodes=1))
def test_a_budget_of_nothing_places_nothing(problem):
    ii = min_ii(problem).value + 12
    frame = window(problem, asap_length(problem, ii), ii)
    assert place_modulo(problem, frame, np.zeros(problem.nodes), budget=0) is None


@pytest.mark.parametrize(
    ("path", "resources", "ii"),
    [
        ("origami/iir_biqu", "origami/iir_biquRM", 14),
        ("MachSuite/viterbi/graph4", "MachSuite/viterbi/graph4_RM", 23),
    ],
)
def test_loops_of_the_benchmark_reach_min_ii(bench, path, resources, ii):
    model = bench / "hls" / f"{resources}.xml"
    if not model.is_file():
        pytest.skip(f"no resource model at {model}")
    problem = gaus_jax.load(bench / "hls" / f"{path}.graphml", resources=model)
    assert min_ii(problem).value == ii
    depth = asap_length(problem, ii) + ii
    frame = window(problem, depth, ii)
    start = place_modulo(problem, frame, frame.asap.astype(float))
    assert legal(problem, start, depth, ii)
