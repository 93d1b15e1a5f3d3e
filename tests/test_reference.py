"""The oracle against numbers worked out by hand, and against itself in a second reading."""

import itertools
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from tests import brute, reference
from tests.strategies import pipelined, problems, scheduled

FEW = settings(derandomize=True, deadline=None, max_examples=60)


def diamond() -> Problem:
    """a -> b, c -> d; b takes two cycles, the others one."""
    return make_problem(
        ["a", "b", "c", "d"], [(0, 1), (0, 2), (1, 3), (2, 3)], latency=[1, 2, 1, 1]
    )


def pair(latency: int = 1, **fields) -> Problem:
    """p -> q, of sizes 4 and 0; p has the given latency, q has 1."""
    return make_problem(["p", "q"], [(0, 1)], **{"latency": [latency, 1], "size": [4, 0], **fields})


# Earliest and latest starts


def test_diamond_windows():
    # b is ready at 1 + 2 = 3, c at 2: d starts at 3 and ends at 4.
    assert reference.asap(diamond()) == [0, 1, 1, 3]
    # Depth 5: d at 4; b at 4 - 2, c at 4 - 1; a before b, at 1.
    assert reference.alap(diamond(), 5) == [1, 2, 3, 4]
    assert reference.alap(diamond(), 4) == [0, 1, 2, 3]
    assert reference.alap(diamond(), 3) is None


def test_the_last_of_a_long_latency_ends_within_the_depth():
    # One node of 3 cycles in depth 5 may start at 2 (steps 2, 3, 4), not at 3.
    alone = make_problem(1, latency=3)
    assert reference.alap(alone, 5) == [2]
    assert reference.latency_violations(alone, [2], 5) == set()
    assert reference.latency_violations(alone, [3], 5) == {0}
    assert reference.latency_violations(alone, [3], None) == set()
    assert reference.latency_violations(alone, [-1], None) == {0}


def test_delay_adds_to_latency():
    # p: 2 cycles and 3 more of delay; q at 5, ends at 6. Latest p in depth 9: 8 - 5 = 3.
    slow = pair(latency=2, delay=3)
    assert reference.asap(slow) == [0, 5]
    assert reference.alap(slow, 9) == [3, 8]
    assert reference.dependence_violations(slow, [1, 5]) == {0}
    assert reference.dependence_violations(slow, [0, 5]) == set()


def test_dependence_names_every_broken_edge():
    # d at 2, but b is ready at 3 (edge 2) and c, put at 2, at 3 (edge 3).
    assert reference.dependence_violations(diamond(), [0, 1, 2, 2]) == {2, 3}
    assert reference.dependence_violations(diamond(), [0, 1, 2, 3]) == set()


def test_chained_producers_share_a_step():
    # Two zero-latency nodes and their consumer all fit in step 0; each still takes up that step.
    chain = make_problem(3, [(0, 1), (1, 2)], latency=[0, 0, 1])
    assert reference.asap(chain) == [0, 0, 0]
    assert reference.depth(chain, 1) == 1
    assert reference.alap(chain, 2) == [1, 1, 1]
    assert reference.dependence_violations(chain, [1, 0, 0]) == {0}
    assert reference.latency_violations(chain, [1, 0, 0], 1) == {0}
    assert reference.latency(make_problem(1, latency=0), [6]) == 7


def test_the_empty_graph():
    empty = make_problem(0)
    assert reference.asap(empty) == []
    assert reference.alap(empty, 0) == []
    assert reference.depth(empty, "1.5") == 0
    assert reference.live(empty, [], 0, "register") == []
    assert reference.peak_live(empty, [], 0, "register") == 0
    assert reference.peak_usage(empty, []) == 0
    assert reference.min_ii(empty) == 1
    assert brute.optimum(empty, 0, len) == (0, [])


def test_kappa_is_an_exact_decimal():
    # One node of 50 cycles. In floats 1.1 * 50 is 55.00000000000001, and its ceiling 56.
    fifty = make_problem(1, latency=50)
    assert [reference.depth(fifty, kappa) for kappa in ("1.1", 1.1, Decimal("1.1"))] == [55] * 3
    assert reference.depth(fifty, "1.11") == 56  # 55.5
    assert reference.depth(fifty, 1) == 50
    # More digits than a default decimal context keeps: just above 50 is 51.
    assert reference.depth(fifty, "1." + "0" * 40 + "1") == 51


# Recurrences and the initiation interval


def loop(latencies: tuple[int, int] = (2, 3), distance: int = 1) -> Problem:
    """A cycle x -> y -> x, closed by an edge of the given distance."""
    return make_problem(["x", "y"], [(0, 1), (1, 0)], latency=latencies, distance=[0, distance])


def test_recurrence_bounds_the_interval():
    # 5 cycles over distance 1: II 5; over distance 2: 2.5, so 3.
    assert reference.recurrence_ii(loop()) == 5
    assert reference.recurrence_ii(loop(distance=2)) == 3
    assert reference.asap(loop(), 5) == [0, 2]
    assert reference.asap(loop(), 4) is None
    assert reference.alap(loop(), 100, 4) is None
    assert reference.depth(loop(), 1, 4) is None
    # A delay counts as work: 2 + 3 + 1 + 1 over 1.
    late = make_problem(2, [(0, 1), (1, 0)], latency=[2, 3], distance=[0, 1], delay=1)
    assert reference.recurrence_ii(late) == 7


def test_loop_carried_edge_shifts_by_the_interval():
    # At II 6 y may start up to 6 - 3 = 3 after x; at 4 the edge back (edge 1) breaks: 0 + 6 < 7.
    assert reference.dependence_violations(loop(), [0, 3], 6) == set()
    assert reference.dependence_violations(loop(), [0, 4], 6) == {1}
    assert reference.dependence_violations(loop(), [0, 4]) == set()  # left out
    assert reference.dependence_violations(loop(distance=2), [0, 7], 5) == set()


def test_loop_carried_edge_can_push_starts():
    # u (5 cycles) feeds v of the next iteration: at II 2 v waits until 5 - 2 = 3 and ends at 4,
    # but u itself ends at 5; w after v is at 4 and ends at 5; at II 1 v is at 4 and w ends at 6.
    pushed = make_problem(["u", "v", "w"], [(0, 1), (1, 2)], latency=[5, 1, 1], distance=[1, 0])
    assert reference.asap(pushed) == [0, 0, 1]
    assert reference.asap(pushed, 2) == [0, 3, 4]
    assert [reference.depth(pushed, 1, ii) for ii in (None, 2, 1)] == [5, 5, 6]
    # Latest in depth 5 at II 2: w 4, v 3, u within its own latency at 0 (3 + 2 - 5 = 0 as well).
    assert reference.alap(pushed, 5, 2) == [0, 3, 4]
    assert reference.alap(pushed, 5) == [0, 3, 4]
    assert reference.alap(pushed, 5, 1) is None


def test_self_loops_and_parallel_edges_in_recurrences():
    # A self-loop of 3 cycles over 2 iterations asks for 2; the parallel edge of delay 4 for
    # (3 + 4) / 2, so 4; both share their ends.
    twice = make_problem(1, [(0, 0), (0, 0)], latency=3, distance=2, delay=[0, 4])
    assert reference.recurrence_ii(twice) == 4
    assert [len(cycle) for cycle in reference.simple_cycles(twice)] == [1, 1]
    # No cycle, and a cycle of nothing but chained nodes: neither asks for anything.
    assert reference.recurrence_ii(pair()) == 0
    assert reference.recurrence_ii(loop((0, 0))) == 0
    assert reference.min_ii(loop((0, 0))) == 1


def test_resource_bound_of_the_interval():
    # Class 0: 2 * 3 + 1 * 1 = 7 unit-cycles over 3 units: 3. Class 1: 1 * 2 over 1: 2. No limit: 0.
    uses = ([0, 1, 1, 1], [0, 0, 1, 2], [2, 1, 1, 9], [3, 1, 2, 9])
    three = {"classes": ("a", "b", "c"), "uses": uses}
    assert reference.resource_ii(make_problem(2, limit=[3, 1, math.inf], **three)) == 3
    assert reference.resource_ii(make_problem(2, limit=[math.inf, 1, math.inf], **three)) == 2
    assert reference.resource_ii(make_problem(2, limit=math.inf, **three)) == 0
    assert reference.resource_ii(make_problem(2, limit=[0, 1, 9], **three)) == math.inf
    # Three uses of 0.1 over a limit of 0.1 are 3; summed in floats they would be just above.
    assert reference.resource_ii(make_problem(3, limit=0.1, uses=(range(3), 0, 0.1, 1))) == 3
    assert reference.resource_ii(make_problem(2, limit=0, uses=([0, 1], 0, 1, 0))) == 0
    assert reference.min_ii(make_problem(2, limit=[3, 1, math.inf], **three)) == 3


def iir_biqu() -> Problem:
    """The loop of the bench page: In1, four constants, four products, four sums, Out1."""
    nodes = ["in", "ka", "kb", "kc", "kd", "pa", "pb", "pc", "pd", "s2", "s3", "s4", "s5", "out"]
    names = (
        "ka pa, kc pc, kb pb, kd pd, in s2, s3 s2, pc s3, pa s3, s2 s4, s5 s4, pb s5, pd s5, "
        "s4 out, s2 pa 1, s2 pc 2, s2 pb 1, s2 pd 2"
    )
    rows = [edge.split() for edge in names.split(", ")]
    kinds = {"i": 0, "k": 1, "p": 2, "s": 3, "o": 4}
    return make_problem(
        nodes,
        [(nodes.index(row[0]), nodes.index(row[1])) for row in rows],
        latency=[[1, 1, 4, 5, 1][kinds[n[0]]] for n in nodes],
        classes=("in", "constant", "product", "sum", "out"),
        limit=[1, math.inf, 1, 1, 1],
        uses=(range(14), [kinds[n[0]] for n in nodes], 1, 1),
        distance=[int(row[2]) if len(row) > 2 else 0 for row in rows],
    )


def test_iir_biqu():
    # The cycle pa (4) - s3 (5) - s2 (5) of distance 1: 14; the same by pc over distance 2: 7.
    assert reference.recurrence_ii(iir_biqu()) == 14
    assert sorted(
        sum(e.gap for e in cycle) / sum(e.shift for e in cycle)
        for cycle in reference.simple_cycles(iir_biqu())
    ) == [7, 14]
    # Four products on one multiplier, four sums on one adder.
    assert reference.resource_ii(iir_biqu()) == 4
    assert reference.min_ii(iir_biqu()) == 14
    # constant 0, products 1, s3 and s5 at 5, s2 at 10, s4 at 15, out at 20; 21 steps in all.
    earliest = [0, 0, 0, 0, 0, 1, 1, 1, 1, 10, 5, 15, 5, 20]
    assert reference.asap(iir_biqu()) == earliest
    assert reference.asap(iir_biqu(), 14) == earliest
    assert reference.asap(iir_biqu(), 13) is None
    assert reference.depth(iir_biqu(), 1) == 21
    assert reference.depth(iir_biqu(), 1, 14) == 21
    # Latest: s5 may wait until 10, so pb, pd until 6 and kb, kd until 5; in until 9.
    assert reference.alap(iir_biqu(), 21, 14) == [9, 0, 5, 0, 5, 1, 6, 1, 6, 10, 5, 15, 10, 20]
    # Four products in slot 1; s3 and s5 in slot 5; s2 at 10 and s4 at 15, slot 1.
    used = reference.modulo_usage(iir_biqu(), earliest, 14)
    assert [max(used[r]) for r in range(5)] == [1, 4, 4, 2, 1]
    assert reference.resource_violations(iir_biqu(), earliest, 14) == {(2, 1), (3, 5)}


# Usage


def test_usage_counts_occupancy_cycles():
    # Occupancy 0, 1 and 3 from step 1, demands 7, 2 and 5: step 1 has 2 + 5, steps 2 and 3 have 5.
    three = make_problem(3, uses=([0, 1, 2], 0, [7, 2, 5], [0, 1, 3]), class_cost=2)
    assert reference.usage(three, [1, 1, 1], 6) == {0: [0, 7, 5, 5, 0, 0]}
    assert reference.usage(three, [1, 1, 1], 3) == {0: [0, 7, 5]}
    assert reference.peak_usage(three, [1, 1, 1]) == 14
    # Nodes 1 and 2 apart: the peak is node 2's own 5.
    assert reference.peak_usage(three, [0, 0, 1]) == 10


def test_occupancy_is_apart_from_latency():
    # Node 0: 1 cycle of latency, blocks for 4; node 1 starts at 3 and meets it beyond depth 4.
    tail = make_problem(2, uses=([0, 1], 0, [1, 2], [4, 3]), limit=2)
    assert reference.busy_until(tail, [3, 3]) == 7
    assert reference.usage(tail, [3, 3], 7) == {0: [0, 0, 0, 3, 3, 3, 1]}
    assert reference.resource_violations(tail, [3, 3]) == {(0, 3), (0, 4), (0, 5)}
    assert reference.resource_violations(tail, [0, 4]) == set()  # exactly at the limit
    assert reference.peak_usage(tail, [0, 4]) == 2


def test_several_uses_and_classes():
    # Node 0 uses class 0 twice (1 for a cycle, 2 for two) and class 1; node 1 uses class 1 only,
    # node 2 nothing at all. Costs 10 and 1.
    many = make_problem(
        3,
        classes=("a", "b"),
        class_cost=[10, 1],
        limit=[3, 4],
        uses=([0, 0, 0, 1], [0, 0, 1, 1], [1, 2, 4, 3], [1, 2, 1, 1]),
    )
    assert reference.usage(many, [0, 1, 1], 2) == {0: [3, 2], 1: [4, 3]}
    assert reference.peak_usage(many, [0, 1, 1]) == 10 * 3 + 4
    # Peaks of two classes may lie in different steps; in one step class b has 7.
    assert reference.peak_usage(many, [0, 0, 1]) == 10 * 3 + 7
    assert reference.resource_violations(many, [0, 0, 1]) == {(1, 0)}


def test_modulo_usage_folds_and_meets_itself():
    # Steps 1, 2, 3 at II 2: slot 1 twice, slot 0 once; with demand 2: 2 and 4.
    one = make_problem(1, uses=(0, 0, [2], 3), limit=3)
    assert reference.modulo_usage(one, [1], 2) == {0: [2, 4]}
    assert reference.resource_violations(one, [1], 2) == {(0, 1)}
    assert reference.resource_violations(one, [1], 3) == set()
    # Two nodes four steps apart share a slot at II 2 and 4, not at 3.
    two = make_problem(2, limit=1)
    assert reference.modulo_usage(two, [0, 4], 4) == {0: [2, 0, 0, 0]}
    assert reference.modulo_usage(two, [0, 4], 3) == {0: [1, 1, 0]}
    assert reference.resource_violations(two, [0, 4]) == set()


# Lifetimes


def test_register_lifetime():
    # p at 1, two cycles: held from 3 to q's step, both included.
    assert reference.live(pair(2), [1, 5], 6, "register") == [0, 0, 0, 4, 4, 4]
    assert reference.live(pair(2), [1, 3], 6, "register") == [0, 0, 0, 4, 0, 0]
    # A delay does not shorten it: q at 5 may wait, the value does from 3.
    assert reference.live(pair(2, delay=2), [1, 5], 6, "register") == [0, 0, 0, 4, 4, 4]


def test_register_lifetime_of_a_chained_producer():
    # In q's own step: never held. One step on: held in that step only.
    assert reference.live(pair(0), [1, 1], 4, "register") == [0, 0, 0, 0]
    assert reference.live(pair(0), [1, 2], 4, "register") == [0, 0, 4, 0]
    # One consumer chained, one two steps later: held for the later one.
    both = make_problem(3, [(0, 1), (0, 2)], latency=[0, 1, 1], size=[4, 0, 0])
    assert reference.live(both, [0, 0, 2], 3, "register") == [0, 4, 4]


def test_buffer_lifetime():
    # From the start to the last read, the running time included.
    assert reference.live(pair(2), [1, 5], 7, "buffer") == [0, 4, 4, 4, 4, 4, 0]
    assert reference.live(pair(0), [1, 1], 4, "buffer") == [0, 4, 0, 0]
    # Of two reads, in steps 1 and 3, the later one counts.
    both = make_problem(3, [(0, 1), (0, 2)], size=[4, 0, 0])
    assert reference.live(both, [0, 1, 3], 5, "buffer") == [4, 4, 4, 4, 0]


def test_steps_outside_the_depth_are_not_listed():
    # An illegal schedule: held in steps -1 .. 3, of which the depth has 0, 1 and 2.
    assert reference.live(pair(), [-1, 3], 3, "buffer") == [4, 4, 4]


def test_value_without_consumer():
    # Three cycles, read by nobody: a register never, a buffer in the first step only.
    alone = make_problem(1, latency=3, size=4)
    assert reference.live(alone, [1], 5, "register") == [0, 0, 0, 0, 0]
    assert reference.live(alone, [1], 5, "buffer") == [0, 4, 0, 0, 0]


def test_output_is_held_to_the_last_step():
    # p read at 2, marked: to step 4 of 5 in a buffer; registers take no notice of the mark.
    marked = pair(output=[True, False])
    assert reference.live(marked, [1, 2], 5, "buffer") == [0, 4, 4, 4, 4]
    assert reference.live(marked, [1, 2], 5, "register") == [0, 0, 4, 0, 0]
    # Without a consumer it is held on too, and in the last step itself it counts once.
    alone = make_problem(1, size=4, output=True)
    assert reference.live(alone, [1], 3, "buffer") == [0, 4, 4]
    assert reference.live(alone, [2], 3, "buffer") == [0, 0, 4]
    # With no depth the last step is that of the schedule: q ends after step 2.
    assert reference.live(marked, [0, 2], None, "buffer") == [4, 4, 4]
    assert reference.live(make_problem(1, latency=3, output=True), [0], None, "buffer") == [1] * 3


def test_order_edges_carry_no_value():
    # The only data edge is read at 1; the order edge to step 3 holds nothing.
    mixed = make_problem(3, [(0, 1), (0, 2)], size=[4, 0, 0], is_data=[True, False])
    assert reference.live(mixed, [0, 1, 3], 4, "register") == [0, 4, 0, 0]
    assert reference.live(mixed, [0, 1, 3], 4, "buffer") == [4, 4, 0, 0]
    ordered = pair(is_data=False)
    assert reference.live(ordered, [0, 2], 3, "register") == [0, 0, 0]
    assert reference.live(ordered, [0, 2], 3, "buffer") == [4, 0, 0]
    assert reference.dependence_violations(ordered, [0, 0]) == {0}
    assert reference.communication(ordered, [0, 2]) == 2


def test_parallel_edges_are_one_value_and_two_communications():
    twin = make_problem(2, [(0, 1), (0, 1)], size=[4, 0], weight=[2, 3], delay=[0, 1])
    assert reference.live(twin, [0, 2], 3, "register") == [0, 4, 4]
    assert reference.communication(twin, [0, 2]) == 10
    assert reference.dependence_violations(twin, [0, 1]) == {1}


def test_sizes_add_up():
    # Two values of 4 and 3 overlap in step 2 alone: p in 1, 2 and q in 2, 3.
    two = make_problem(4, [(0, 2), (1, 3)], size=[4, 3, 0, 0])
    assert reference.live(two, [0, 1, 2, 3], 4, "register") == [0, 4, 7, 3]
    assert reference.peak_live(two, [0, 1, 2, 3], 4, "register") == 7
    assert reference.peak_live(two, [0, 1, 1, 3], 4, "register") == 4


def test_modulo_live_counts_copies():
    # Held in steps 1 .. 5: at II 2 three odd steps and two even ones, so 12 and 8.
    assert reference.live(pair(), [0, 5], 6, "register", 2) == [8, 12]
    assert reference.live(pair(), [0, 5], 6, "register", 5) == [4] * 5
    assert reference.live(pair(), [0, 5], 6, "register", 4) == [4, 8, 4, 4]
    assert reference.live(pair(), [0, 5], 6, "buffer", 4) == [8, 8, 4, 4]
    assert reference.peak_live(pair(), [0, 5], 6, "register", 2) == 12


def test_modulo_live_of_loop_carried_values():
    # x at 0 is read by x itself two iterations on, in step 6 at II 3: steps 1 .. 6, twice a slot,
    # though the schedule is one step long. Without an II nobody reads it.
    again = make_problem(1, [(0, 0)], distance=2, size=4)
    assert reference.live(again, [0], 1, "register", 3) == [8, 8, 8]
    assert reference.live(again, [0], 1, "buffer", 3) == [12, 8, 8]
    assert reference.live(again, [0], 1, "register") == [0]
    assert reference.live(again, [0], 1, "buffer") == [4]
    # An output mark holds it to step 7 of depth 8 (in step 0 .. 7 at II 3).
    marked = make_problem(1, [(0, 0)], distance=2, size=4, output=True)
    assert reference.live(marked, [0], 8, "buffer", 3) == [12, 12, 8]
    # A read beyond the last step lasts longer than the mark.
    assert reference.live(marked, [0], 2, "buffer", 3) == [12, 8, 8]


def test_unknown_lifetime():
    with pytest.raises(ValueError, match=r"lifetime 'heap' is unknown.*register, buffer"):
        reference.live(pair(), [0, 1], 2, "heap")


# Terms and objectives


def test_communication():
    # 1 * (3 - 0) + 2 * (5 - 0), and the edge back: 3 * (0 + 2 * 4 - 5) at II 4.
    spans = make_problem(
        3, [(0, 1), (0, 2), (2, 0)], weight=[1, 2, 3], distance=[0, 0, 2], is_data=[1, 0, 1]
    )
    assert reference.communication(spans, [0, 3, 5]) == 13
    assert reference.communication(spans, [0, 3, 5], 4) == 13 + 9


def test_objective_a():
    # b and c both in step 1: peak 2. Spans 1 + 1 + 2 + 2 = 6. Ratio 10: 26.
    assert reference.objective_A(diamond(), [0, 1, 1, 3], 4, 10) == 26
    # c a step later: peak 1; spans 1 + 2 + 2 + 1.
    assert reference.objective_A(diamond(), [0, 1, 2, 3], 4, 10) == 16
    # Balanced: 6 / 2 = 3 at ASAP, where both parts are 6.
    assert reference.balanced_ratio(diamond()) == 3
    assert reference.objective_A(diamond(), [0, 1, 1, 3], 4, "balanced") == 12
    assert reference.objective_A(diamond(), [0, 1, 2, 3], 4, "balanced") == 9
    assert reference.objective_A(diamond(), [0, 1, 2, 3], 3, 10) == math.inf
    assert reference.objective_A(diamond(), [0, 0, 2, 3], 4, 10) == math.inf
    assert reference.objective_A(diamond(), [0, 1, 2, 9], None, 10) == 10 + 1 + 2 + 8 + 7


def test_balanced_ratio_boundaries():
    # A peak of 0.5 counts as 1; without edges the ratio is 0; recurrences need a fitting II.
    half = pair(weight=6, uses=([0], 0, 0.5, 1))
    assert reference.balanced_ratio(half) == 6
    assert reference.objective_A(make_problem(2), [0, 0], 1, "balanced") == 0
    # At II 5: 2 + (0 + 5 - 2) = 5, peak 1. At II 4 there is no ASAP schedule.
    assert reference.balanced_ratio(loop(), 5) == 5
    assert reference.objective_A(loop(), [0, 2], 5, 2, 5) == 2 * 1 + 5
    # Without an II the edge back is left out: 2 over a peak of 1.
    assert reference.balanced_ratio(loop()) == 2
    assert reference.objective_A(loop(), [0, 2], 5, "balanced") == 2 * 1 + 2
    with pytest.raises(ValueError, match="II 4 is below the recurrences' bound"):
        reference.balanced_ratio(loop(), 4)


def test_objectives_b_and_c():
    assert reference.objective_B(pair(2), [1, 5], 6) == 4
    assert reference.objective_B(pair(0), [1, 1], 6) == 0
    assert reference.objective_B(pair(0), [1, 1], 6, "buffer") == 4
    assert reference.objective_B(pair(), [5, 5], 6) == math.inf
    # p and q in slots 0 and 1 of two; at step 4 both would be in slot 0 of the one unit.
    single = pair(limit=1)
    assert reference.objective_C(single, [0, 5], 6, 2) == 12
    assert reference.objective_C(single, [0, 5], 6, 2, "buffer") == 12
    assert reference.objective_C(single, [0, 5], 6, 4, "buffer") == 8
    assert reference.objective_C(single, [0, 4], 6, 2) == math.inf
    assert reference.objective_C(loop(), [0, 4], None, 6) == math.inf


def test_objective_d():
    # One unit, held for two cycles: 0 and 2, the second ends at 3. Side by side breaks the limit.
    busy = make_problem(2, uses=([0, 1], 0, 1, 2), limit=1)
    assert reference.objective_D(busy, [0, 2]) == 3
    assert reference.objective_D(busy, [0, 1]) == math.inf
    assert reference.objective_D(busy, [0, 2], 2) == math.inf
    assert reference.objective_D(pair(3), [1, 4]) == 5
    assert reference.objective_D(pair(3), [1, 3]) == math.inf


# Brute force


def fork() -> Problem:
    """a -> b, c, d with weights 1, 2, 3; every latency is 1."""
    return make_problem(["a", "b", "c", "d"], [(0, 1), (0, 2), (0, 3)], weight=[1, 2, 3])


def chains(**fields) -> Problem:
    """p -> q and r -> t, sizes 4 and 3."""
    return make_problem(["p", "q", "r", "t"], [(0, 1), (2, 3)], **{"size": [4, 0, 3, 0], **fields})


def test_brute_force_places_producers_first():
    # 2 -> 0 -> 1, closed by a loop-carried edge that does not count.
    backwards = make_problem(3, [(2, 0), (0, 1), (1, 2)], distance=[0, 0, 1])
    assert brute.topological(backwards) == [2, 0, 1]


def test_brute_force_counts_the_schedules():
    # a at 0 leaves steps 1 and 2 to each of b, c, d: 8; a at 1 forces all to 2: 1.
    assert len(list(brute.schedules(fork(), 3))) == 9
    assert list(brute.schedules(fork(), 2)) == [[0, 1, 1, 1]]
    assert list(brute.schedules(fork(), 1)) == []
    # x, y of 2 and 3 cycles at II 6, depth 7: y is 2 or 3 after x and at most at 4.
    assert sorted(brute.schedules(loop(), 7, 6)) == [[0, 2], [0, 3], [1, 3], [1, 4], [2, 4]]
    assert list(brute.schedules(loop(), 7, 4)) == []


def test_brute_force_of_a():
    # Peak 2 needs one of b, c, d in step 2; b is the cheapest to move: 10 * 2 + (2 + 2 + 3).
    def cost(start):
        return reference.objective_A(fork(), start, 3, 10)

    assert brute.optimum(fork(), 3, cost) == (27, [0, 2, 1, 1])


def test_brute_force_of_b():
    def best(lifetime, depth):
        found = brute.optimum(
            chains(), depth, lambda s: reference.objective_B(chains(), s, depth, lifetime)
        )
        return found[0]

    # Registers: p -> q in steps 0, 1 and r -> t in 1, 2 hold p in step 1 and r in step 2.
    # Buffers meet in step 1 and need a step more.
    assert [best("register", depth) for depth in (2, 3)] == [7, 4]
    assert [best("buffer", depth) for depth in (2, 3, 4)] == [7, 7, 4]


def test_brute_force_of_d():
    # Four nodes on one unit for a cycle each: 4 steps; two cycles each: starts 0, 2, 4, 6, ends 7.
    for occupancy, steps in ((1, 4), (2, 7)):
        problem = chains(uses=(range(4), 0, 1, occupancy), limit=1)
        found = brute.optimum(problem, 8, lambda s, p=problem: reference.objective_D(p, s, 8))
        assert found is not None
        assert found[0] == steps
    assert brute.optimum(problem, 6, lambda s: reference.objective_D(problem, s, 6)) is None


def test_brute_force_of_c():
    # At II 2 each value fills at least one slot; with r one step after p they take one each.
    def cost(start):
        return reference.objective_C(chains(), start, 3, 2)

    assert brute.optimum(chains(), 3, cost, ii=2) == (4, [0, 1, 1, 2])


def test_brute_force_refuses_what_is_too_large():
    # Windows of depth 3: two steps each, 16 combinations in all, of which 9 are legal.
    assert len(list(brute.schedules(fork(), 3, most=16))) == 9
    with pytest.raises(ValueError, match="up to 16 schedules within 3 steps"):
        next(brute.schedules(fork(), 3, most=15))


# Random problems: readings that must agree


@FEW
@given(scheduled())
def test_drawn_schedules_are_legal_and_within_their_windows(case):
    problem, start, depth = case
    assert reference.dependence_violations(problem, start) == set()
    assert reference.latency_violations(problem, start, depth) == set()
    windows = zip(reference.asap(problem), start, reference.alap(problem, depth), strict=True)
    assert all(lo <= step <= hi for lo, step, hi in windows)


@FEW
@given(pipelined())
def test_drawn_pipelined_schedules_are_legal(case):
    problem, start, depth, ii = case
    assert reference.legal(problem, start, depth, ii)
    assert reference.legal(problem, reference.asap(problem, ii), depth, ii)
    assert reference.legal(problem, reference.alap(problem, depth, ii), depth, ii)


@FEW
@given(problems(loop_carried=True))
def test_recurrence_bound_is_the_least_feasible_interval(problem):
    least = max(1, reference.recurrence_ii(problem))
    assert reference.asap(problem, least) is not None
    assert least == 1 or reference.asap(problem, least - 1) is None


@FEW
@given(pipelined())
def test_folding_keeps_the_sum(case):
    problem, start, _, ii = case
    flat = reference.usage(problem, start, reference.busy_until(problem, start))
    folded = reference.modulo_usage(problem, start, ii)
    assert folded == {r: [sum(row[m::ii]) for m in range(ii)] for r, row in flat.items()}


@FEW
@given(scheduled())
def test_an_interval_beyond_the_depth_changes_nothing(case):
    problem, start, depth = case
    for lifetime in reference.LIFETIMES:
        steps = reference.live(problem, start, depth, lifetime)
        slots = reference.live(problem, start, depth, lifetime, depth + 2)
        assert slots == [*steps, 0, 0]


@FEW
@given(scheduled(max_nodes=3, max_slack=1))
def test_brute_force_finds_every_schedule(case):
    problem, start, depth = case
    every = itertools.product(range(depth), repeat=problem.nodes)
    wanted = [list(s) for s in every if reference.legal(problem, list(s), depth)]
    assert sorted(brute.schedules(problem, depth)) == wanted
    assert start in wanted


@FEW
@given(problems(limited=True))
def test_limits_fit_every_single_node(problem):
    # One node after another, with the longest occupancy between two, keeps every limit.
    start = [5 * i for i in range(problem.nodes)]
    assert reference.resource_violations(problem, start) == set()
