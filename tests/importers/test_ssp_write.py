import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers.ssp import SSP, read_schedule
from gaus_jax.importers.ssp_write import write
from tests.importers.cases import NAMES, differences, source
from tests.strategies import problems, scheduled

LOOP = make_problem(
    ["a", "b c"],
    [(0, 1), (1, 0), (0, 1)],
    latency=[2, 1],
    classes=["mul", "any"],
    limit=[1, np.inf],
    uses=([0, 1], [0, 1], [1, 7], [1, 5]),
    distance=[0, 1, 0],
    is_data=[True, True, False],
    name="loop",
)
TEXT = """ssp.instance @loop of "ModuloProblem" [II<3>] {
  library {
    operator_type @cycles1 [latency<1>]
    operator_type @cycles2 [latency<2>]
  }
  resource {
    resource_type @mul [limit<1>]
    resource_type @any
  }
  graph {
    %0 = operation<@cycles2> @a(%1 [dist<1>]) uses[@mul] [t<0>]
    %1 = operation<@cycles1> @"b c"(%0, @a) uses[@any] [t<2>]
  }
}
"""


def test_what_is_written():
    assert write(LOOP, Schedule(np.array([0, 2]), 3, 3)).decode() == TEXT
    bare = TEXT.replace(" [II<3>]", "").replace(" [t<0>]", "").replace(" [t<2>]", "")
    assert write(LOOP).decode() == bare


@pytest.mark.parametrize(
    ("limit", "distance", "ii", "kind"),
    [
        (np.inf, 0, None, "Problem"),
        (2, 0, None, "SharedOperatorsProblem"),
        (np.inf, 1, None, "CyclicProblem"),
        (np.inf, 0, 4, "CyclicProblem"),
        (2, 1, 4, "ModuloProblem"),
    ],
)
def test_the_class_that_is_written(limit, distance, ii, kind):
    p = make_problem(2, [(0, 1)], distance=distance, limit=limit)
    assert f'of "{kind}"' in write(p, Schedule(np.array([0, 1]), 2, ii)).decode()


@st.composite
def holdable(draw) -> Problem:
    """What SSP holds, with its edges in its order: by head, operands first."""
    p = draw(problems(loop_carried=True, limited=True))
    ids = draw(st.lists(NAMES.filter(bool), min_size=p.nodes, max_size=p.nodes, unique=True))
    classes = [draw(NAMES.filter(bool)) + str(r) for r in range(len(p.classes))]
    uses = sorted(set(zip(p.use_node.tolist(), p.use_class.tolist(), strict=True)))
    kept: dict[tuple[int, int], int] = {}  # distance of the order edges of a pair
    edges = []
    for e in np.lexsort((~p.is_data, p.head)).tolist():
        ends = int(p.tail[e]), int(p.head[e])
        k = int(p.distance[e])
        edges.append((*ends, k if p.is_data[e] else kept.setdefault(ends, k), int(p.is_data[e])))
    columns = np.array(edges, np.int64).reshape(-1, 4)
    node, kind = np.array(uses, np.int64).reshape(-1, 2).T
    return make_problem(
        ids,
        columns[:, :2],
        latency=np.maximum(p.latency, 1),
        classes=classes,
        limit=np.maximum(p.limit, 1),
        uses=(node, kind, 1, 1),
        distance=columns[:, 2],
        weight=columns[:, 3],
        is_data=columns[:, 3] > 0,
        name=draw(NAMES),
    )


@given(holdable(), st.data())
def test_round_trip(problem, data):
    again = SSP.read(source(write(problem)))
    assert differences(problem, again) == []
    starts = st.lists(st.integers(0, 9), min_size=problem.nodes, max_size=problem.nodes)
    start = np.array(data.draw(starts), np.int64)
    text = source(write(problem, Schedule(start, 12, data.draw(st.integers(1, 5)))))
    assert SSP.read(text) == again
    found = read_schedule(text)
    assert found is None if not problem.nodes else found.start.tolist() == start.tolist()


@given(scheduled(loop_carried=True))
def test_a_schedule_without_an_ii_keeps_its_loop_carried_edges(case):
    """As CIRCT checks them: the result is there when the consumer starts, II later each time."""
    problem, start, depth = case
    kept = holdable_part(problem)
    text = source(write(kept, Schedule(np.array(start, np.int64), depth)))
    found = read_schedule(text)
    again = SSP.read(text)
    assert found is None or (found.ii is not None) == (problem.loop_carried > 0)
    if found is not None:
        ready = found.start[again.tail] + again.latency[again.tail]
        assert (ready <= found.start[again.head] + again.distance * (found.ii or 0)).all()


def holdable_part(problem: Problem) -> Problem:
    """Without delays, uses and order edges, all of which SSP may refuse."""
    ends = np.column_stack([problem.tail, problem.head])
    return make_problem(
        problem.ids,
        ends,
        latency=problem.latency,
        classes=(),
        distance=problem.distance,
    )


REFUSED = [
    ({"delay": 1}, "edge 0 (a->b) has a delay beyond the latency"),
    ({"nodes": ["a", ""]}, "the name of a node or a class is empty"),
    ({"nodes": ["a", "\ud800"]}, "a name is not Unicode text"),
    ({"classes": [""], "limit": 1}, "the name of a node or a class is empty"),
    ({"latency": 2**32}, "a latency or a distance is above 4294967295"),
    ({"distance": 2**32}, "a latency or a distance is above 4294967295"),
    ({"limit": 1.5}, "class op has a limit of 1.5, no whole number >= 1"),
    ({"limit": 0}, "class op has a limit of 0, no whole number >= 1"),
    ({"limit": 1, "latency": 0}, "node a on class op, which is limited, has latency 0"),
    ({"limit": 4, "uses": ([0], [0], 2, 1)}, "which is limited, takes 2 units for 1 cycles, not 1"),
    ({"limit": 4, "uses": ([0], [0], 1, 3)}, "which is limited, takes 1 units for 3 cycles, not 1"),
    ({"limit": 4, "uses": ([0, 0], [0, 0], 1, 1)}, "which is limited, has two uses"),
    (
        {"edges": [(0, 1), (0, 1)], "distance": [0, 1], "is_data": False},
        "edge 1 (a->b) is an order edge beside one of another distance",
    ),
]


@pytest.mark.parametrize(("parts", "message"), REFUSED)
def test_what_is_not_written(parts, message):
    parts = {"nodes": ["a", "b"], "edges": [(0, 1)], **parts}
    with pytest.raises(InputError) as error:
        write(make_problem(parts.pop("nodes"), parts.pop("edges"), name="p", **parts))
    assert str(error.value).startswith("p: SSP cannot hold this: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([0], "1 starts for 2 nodes"),
        ([0, -1], "node 1 starts at -1"),
        ([2**32, 0], "node 0 starts"),
    ],
)
def test_starts_that_are_not_written(start, message):
    with pytest.raises(InputError, match=message):
        write(make_problem(2), Schedule(np.array(start), 9))


def test_what_is_harmless_is_left_out():
    kept = make_problem(2, [(0, 1)], latency=[0, 1])
    richer = make_problem(
        2,
        [(0, 1)],
        latency=[0, 1],
        size=[5, 6],
        output=True,
        class_cost=3,
        weight=7,
        uses=([0, 1, 1], 0, [4, 5, 6], [0, 2, 3]),
    )
    assert write(richer) == write(kept)
