"""Jaxprs as problems, and the same equations in another order."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export
from jax.extend import core as jex

from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import read_settings
from gaus_jax.baselines import RULES
from gaus_jax.bounds.cut_footprint import greatest_cut
from gaus_jax.core.sequence import flow, footprints
from gaus_jax.xla import from_jaxpr, reorder
from gaus_jax.xla.jaxprs import program_of_jaxpr
from gaus_jax.xla.ordering import Order, peak
from gaus_jax.xla.programs import PROGRAMS

X = jax.ShapeDtypeStruct((8, 8), jnp.float32)  # 256 bytes
ROW = 32  # bytes


def kinds(program) -> list[str]:
    return list(program.operation)


def test_inner_jits_are_inlined_and_sizes_are_bytes():
    inner = jax.jit(lambda v: jnp.sin(v) + 1)
    program = from_jaxpr(lambda x: inner(inner(x)), X)
    assert kinds(program) == ["sin", "add", "sin", "add"]
    assert program.problem.size.tolist() == [256] * 4
    assert program.problem.output.tolist() == [False, False, False, True]
    assert program.resident == 256
    assert program.outputs == 256
    assert "test_jaxprs.py" in program.source[0]


def test_constants_are_there_throughout():
    table = np.arange(16.0, dtype=np.float32)
    program = from_jaxpr(lambda x: x + jax.jit(lambda: jnp.sum(jnp.asarray(table)))(), X)
    assert program.resident == 256 + 64


def test_a_donated_argument_dies_with_its_last_reader():
    def f(x):
        return jnp.sin(jnp.cos(x))

    held, given = from_jaxpr(f, X), from_jaxpr(f, X, donate_argnums=0)
    assert given.problem.ids[0] == "argument0"
    assert held.resident - given.resident == 256
    assert peak(held.problem) == peak(given.problem) == 512
    assert given.owners(np.arange(3)).tolist() == [0, 1]
    with pytest.raises(InputError, match=r"donate_argnums \[3\]: the function is given 1"):
        from_jaxpr(f, X, donate_argnums=3)


def test_donated_arguments_come_before_all_equations():
    program = from_jaxpr(lambda x, y: jnp.sin(x), X, X, donate_argnums=(0, 1))
    pairs = set(zip(program.problem.tail.tolist(), program.problem.head.tolist(), strict=True))
    assert {(0, 1), (1, 2)} <= pairs


def test_loops_and_branches_are_atoms_with_what_they_take_inside():
    def step(state, row):
        return state + jnp.sum(row), row * 2

    def f(x):
        last, rows = jax.lax.scan(step, jnp.float32(0), x)
        return jax.lax.cond(last > 0, lambda v: jnp.sin(jnp.cos(v)), lambda v: v, rows)

    program = from_jaxpr(f, X)
    taken = dict(zip(program.operation, program.problem.workspace, strict=True))
    assert taken["scan"] == 4 + ROW  # the new state beside the old one, and a row of results
    assert taken["cond"] == 256  # the cosine; the sine is the result


def test_a_dropped_result_counts_in_its_step():
    closed = jax.make_jaxpr(lambda x: jax.lax.sort((x, x), num_keys=1)[0])(X)
    (equation,) = closed.jaxpr.eqns
    kept, dropped = equation.outvars
    equation = equation.replace(outvars=[kept, jex.DropVar(dropped.aval)])
    program = program_of_jaxpr(closed.jaxpr.replace(eqns=[equation]), "sort")
    assert program.problem.workspace.tolist() == [256.0]
    assert peak(program.problem) == 512


def test_results_of_one_equation_live_apart():
    def f(x):
        first, second = jax.lax.sort((x, x * 2), num_keys=1)
        return jnp.sum(first) + jnp.sum(jnp.sin(second))

    program = from_jaxpr(f, X)
    stores = np.flatnonzero(program.is_store)
    assert [program.problem.ids[i] for i in stores] == ["sort.1{1}"]
    assert program.problem.size[stores[0]] == 256


def test_effects_are_kept_in_order_and_told():
    def f(x):
        jax.debug.print("{}", x[0, 0])
        jax.debug.print("{}", x[1, 1])
        return x

    program = from_jaxpr(f, X)
    prints = [i for i, kind in enumerate(program.operation) if kind == "debug_print"]
    pairs = set(zip(program.problem.tail.tolist(), program.problem.head.tolist(), strict=True))
    assert tuple(prints) in pairs
    assert "kept in program order for their effects" in program.notes[0]


def test_what_cannot_be_traced_is_told():
    def choosy(x):
        return x if x[0, 0] > 0 else -x

    with pytest.raises(InputError, match="choosy: cannot be traced with these specs: Tracer"):
        from_jaxpr(choosy, X)


def test_symbolic_shapes_are_told():
    (n,) = export.symbolic_shape("n")
    with pytest.raises(InputError, match="which is not of fixed size"):
        from_jaxpr(jnp.sin, jax.ShapeDtypeStruct((n,), jnp.float32))


def branches(x):
    whole = [jnp.sin(x * (k + 1.0)) for k in range(6)]
    return {"sum": sum(jnp.sum(part) for part in whole), "x": x}


def test_a_reordered_function_gives_the_same_bits_with_less():
    x = jax.random.normal(jax.random.key(1), X.shape)
    found = reorder(branches, x)
    assert found.order.after < found.order.before
    wanted, got = branches(x), found(x)
    assert jax.tree.structure(wanted) == jax.tree.structure(got)
    assert all(
        np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (wanted, got)), strict=True)
    )
    with pytest.raises(InputError, match="arguments have the structure"):
        found(x, x)


@pytest.mark.parametrize("name", ["wired", "wired_gradient", "sorts"])
def test_real_functions_give_the_same_bits(name: str):
    function, arguments = PROGRAMS[name](PROGRAMS[name].quick_size)
    plain = jex.jaxpr_as_fun(jax.make_jaxpr(function)(*arguments))(*jax.tree.leaves(arguments))
    quick = read_settings(None, ["optimise.steps=0", "rounds=1"])
    got = reorder(function, *arguments, settings=quick)(*arguments)
    assert all(np.array_equal(a, b) for a, b in zip(plain, jax.tree.leaves(got), strict=True))


@pytest.mark.parametrize("name", ["inception", "vision", "unet_gradient"])
def test_networks_are_programs_that_rules_can_order(name: str):
    function, arguments = PROGRAMS[name](PROGRAMS[name].quick_size)
    program = from_jaxpr(function, *arguments)
    view = flow(program.problem)
    peaks = [footprints(view, rule.order(view)).max() for rule in RULES.values()]
    assert program.problem.nodes > 10
    assert 0 < greatest_cut(view, 1.0) <= min(peaks) <= peak(program.problem)


def test_a_network_of_flax_names_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "flax", None)
    with pytest.raises(InputError, match="install it with pip install flax"):
        PROGRAMS["inception"](1)


def test_an_illegal_order_is_found(monkeypatch):
    def backwards(problem, settings, key):
        return Order(np.arange(problem.nodes)[::-1], 0.0, 0.0, 0.0)

    monkeypatch.setattr("gaus_jax.xla.reordered.order", backwards)
    with pytest.raises(jex.JaxprTypeError):
        reorder(lambda x: jnp.sin(jnp.cos(x)), X)
