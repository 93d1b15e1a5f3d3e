"""Reports, offsets and files of them."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gaus_jax.base.settings import Settings
from gaus_jax.core.build import make_problem
from gaus_jax.xla import from_jaxpr, memory_report, order
from gaus_jax.xla.offsets import Buffers, buffers_of, csv, pack_arena

X = jax.ShapeDtypeStruct((8, 8), jnp.float32)  # 256 bytes


def branches(x):
    whole = [jnp.sin(x * (k + 1.0)) for k in range(4)]
    last = jax.lax.cond(x[0, 0] > 0, lambda v: jnp.sin(jnp.cos(v)), lambda v: v, whole[0])
    return sum(jnp.sum(part) for part in whole) + jnp.sum(last)


@pytest.fixture(scope="module")
def program():
    return from_jaxpr(branches, X)


def test_what_lives_at_the_peak_sums_to_the_peak(program):
    report = memory_report(program)
    assert report.peak == report.timeline[report.peak_step] == max(report.timeline)
    assert sum(live.size for live in report.at_peak) == report.peak
    assert all(live.born <= report.peak_step <= live.dies for live in report.at_peak)
    assert any("test_memory.py" in live.source for live in report.at_peak)
    sizes = [live.size for live in report.at_peak]
    assert sizes == sorted(sizes, reverse=True)


def test_a_workspace_is_named_beside_its_node(program):
    at = program.operation.index("cond")
    problem = program.problem
    nodes = np.array([*range(at + 1), *range(at + 1, problem.nodes)])
    names = buffers_of(problem, nodes).ids
    assert f"{problem.ids[at]}#workspace" in names
    alone = make_problem(2, [(0, 1)], size=[4, 0], workspace=[0, 6])
    lone = memory_report(
        type(program)(
            problem=alone,
            operation=("make", "use"),
            source=("", ""),
            owner=np.arange(2),
            is_store=np.zeros(2, bool),
            resident=0.0,
            outputs=0.0,
        )
    )
    assert [(live.name, live.size) for live in lone.at_peak] == [("1#workspace", 6), ("0", 4)]


def test_an_order_that_is_found_takes_no_more(program):
    found = order(program.problem, Settings(rounds=1))
    report = memory_report(program, found.nodes, found.bound)
    assert found.bound <= report.peak == found.after < memory_report(program).peak


def test_the_report_is_plain_json(program):
    found = json.loads(json.dumps(memory_report(program, bound=7.0).as_dict()))
    assert found["bound"] == 7
    assert found["resident"] == 256
    assert len(found["timeline"]) == len(found["order"]) == program.problem.nodes
    assert found["live_at_peak"][0].keys() >= {"name", "size", "source", "born", "dies"}
    assert found["arena"]["size"] >= found["peak"]


def test_the_text_names_peak_bound_and_buffers(program):
    text = memory_report(program, bound=300.0).text(rows=2)
    assert "no order goes below 300 B" in text
    assert "alive at the peak:" in text
    assert "more" in text.splitlines()[-1]


def test_buffers_are_written_for_minimalloc(program):
    report = memory_report(program)
    rows = [line.split(",") for line in report.csv().splitlines()]
    assert rows[0] == ["id", "lower", "upper", "size"]
    used = np.zeros(program.problem.nodes)
    for _, lower, upper, size in rows[1:]:
        used[int(lower) : int(upper)] += int(size)
    assert np.array_equal(used, report.timeline)
    assert csv(report.buffers, report.arena).startswith("id,lower,upper,size,offset\n")


@pytest.mark.parametrize("seed", range(5))
def test_buffers_alive_together_lie_apart(seed: int):
    draw = np.random.default_rng(seed)
    lower = draw.integers(0, 30, 60)
    buffers = Buffers(
        tuple(map(str, range(60))),
        lower,
        lower + draw.integers(1, 12, 60),
        draw.integers(1, 50, 60),
    )
    arena = pack_arena(buffers)
    least = max(
        int(buffers.size[(buffers.lower <= t) & (t < buffers.upper)].sum()) for t in range(42)
    )
    assert least <= arena.size == (arena.offset + buffers.size).max() <= 2 * least
    for a in range(60):
        for b in range(a):
            together = buffers.lower[a] < buffers.upper[b] and buffers.lower[b] < buffers.upper[a]
            apart = (
                arena.offset[a] + buffers.size[a] <= arena.offset[b]
                or arena.offset[b] + buffers.size[b] <= arena.offset[a]
            )
            assert apart or not together


def test_a_program_without_operations_has_a_report():
    report = memory_report(from_jaxpr(lambda x: x, X))
    assert report.peak == 0
    assert report.at_peak == ()
    assert "0 operations" in report.text()
