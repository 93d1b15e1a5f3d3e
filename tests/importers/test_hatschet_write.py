import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers import labels as file_labels
from gaus_jax.importers import load
from gaus_jax.importers.hatschet import labels
from gaus_jax.importers.hatschet_write import binding, check, write_schedule
from tests.importers.cases import index_rows, source
from tests.importers.test_hatschet import GRAPH


def schedule(start, ii=None, depth=0):
    return Schedule(np.array(start, np.int64), depth, ii)


def mixed(limit=2):
    """Two limited nodes, two of a class without a limit, one that uses nothing."""
    return make_problem(
        ["a", "b", "c", "d", "e"],
        latency=[2, 2, 1, 1, 3],
        classes=["mul", "any"],
        limit=[limit, np.inf],
        uses=([0, 1, 2, 3], [0, 0, 1, 1], 1, 1),
    )


def test_what_is_written():
    text = write_schedule(mixed(), schedule([0, 3, 1, 1, 2], 3)).decode()
    assert text == (
        "# II 3\n# scheduleLength 5\n# vertex;cycle;fu\na;0;0\nb;3;1\nc;1;0\nd;1;1\ne;2;0\n"
    )


def test_without_an_ii_iterations_do_not_overlap():
    p = make_problem(2, latency=1, limit=1, uses=([0, 1], 0, 1, [2, 5]))
    text = write_schedule(p, schedule([0, 2], depth=3)).decode()
    assert text.startswith("# II 7\n# scheduleLength 3\n")
    assert write_schedule(p, schedule([0, 2], depth=9)).startswith(b"# II 9\n")
    assert write_schedule(make_problem(0), schedule([])).startswith(b"# II 1\n# scheduleLength 0\n")


def test_names_of_the_graph():
    named = GRAPH.replace("{namespace}", "").replace(
        '<data key="uses_resource"> a', '<data key="name">m 2</data><data key="uses_resource"> a'
    )
    assert labels(source(named)) == ("m", "m2")
    assert labels(source(named.replace("m 2", " m"))) is None
    assert labels(source(GRAPH.replace("{namespace}", ""))) is None
    rows = write_schedule(make_problem(2), schedule([0, 1]), ("m", "m2")).decode().split("\n")
    assert rows[3:5] == ["m;0;0", "m2;1;1"]


@pytest.mark.parametrize("label", ["", "#a", "a;b", "a\nb"])
def test_names_that_would_not_be_read(label):
    with pytest.raises(InputError, match="is no name of a vertex"):
        check(make_problem(1), [label])
    with pytest.raises(InputError, match="is no name of a vertex"):
        write_schedule(make_problem([label]), schedule([0]))


def test_what_has_no_single_unit():
    with pytest.raises(InputError, match="node 1 has 2 uses of resources"):
        check(make_problem(2, classes=["x", "y"], uses=([1, 1], [0, 1], 1, 1)))
    with pytest.raises(InputError, match="node 1 takes 2 units"):
        check(make_problem(2, uses=([0, 1], 0, [1, 2], 1)))
    with pytest.raises(InputError, match="node 0 holds a unit for longer than the II"):
        binding(make_problem(2, limit=2, uses=([0, 1], 0, 1, 3)), schedule([0, 1], 2))


def test_too_few_units():
    with pytest.raises(InputError, match="no binding to the 1 units of class mul was found"):
        binding(mixed(1), schedule([0, 3, 0, 0, 0], 3))
    with pytest.raises(InputError, match="no binding to the 1 units of class mul was found"):
        binding(mixed(1), schedule([4, 4, 0, 0, 0]))
    assert binding(mixed(1), schedule([0, 3, 0, 0, 0])).tolist() == [0, 0, 0, 1, 0]


def test_arcs_that_the_first_cut_would_not_colour():
    """From slot 0 on first fit leaves the last use no unit; from slot 1 on it succeeds."""
    p = make_problem(4, limit=2, uses=(np.arange(4), 0, 1, [1, 2, 2, 2]))
    assert binding(p, schedule([1, 3, 5, 2], 4)).tolist() == [0, 1, 1, 0]


def clashes(units, start, cycles, ii):
    """Pairs of uses of one unit that hold it in the same cycle, or the same slot."""
    held = [
        {(s + k) % ii if ii else s + k for k in range(o)}
        for s, o in zip(start, cycles, strict=True)
    ]
    pairs = [(i, j) for i in range(len(start)) for j in range(i)]
    return [(i, j) for i, j in pairs if units[i] == units[j] and held[i] & held[j]]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=8),
    st.none() | st.integers(4, 7),
)
def test_no_two_hold_a_unit_at_once(uses, ii):
    start, cycles = zip(*uses, strict=True)
    count = len(start)
    p = make_problem(count, limit=count, uses=(np.arange(count), 0, 1, cycles))
    units = binding(p, schedule(start, ii))
    assert clashes(units, start, cycles, ii) == []
    peak = max(
        sum(any((s + k) % (ii or 99) == slot for k in range(o)) for s, o in uses)
        for slot in range(ii or 20)
    )
    if ii is None or set(cycles) <= {0, 1}:
        assert len(set(units[np.array(cycles) > 0].tolist())) == peak


def test_benchmark_names(bench):
    for row in index_rows(bench, "hls")[::80]:
        names = file_labels(bench / row["path"])
        assert names is not None
        check(load(bench / row["path"], resources=bench / row["resources"]), names)
