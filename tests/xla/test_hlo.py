"""Compiled modules as problems: sizes, aliases, atoms, and XLA's own measure."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.xla import from_hlo
from gaus_jax.xla.ordering import peak
from gaus_jax.xla.program import Program
from tests.xla.cases import MODULE, picture, sorts


def edges(program: Program, data: bool) -> set[tuple[str, str]]:
    problem = program.problem
    return {
        (problem.ids[t], problem.ids[h])
        for t, h, kind in zip(problem.tail, problem.head, problem.is_data, strict=True)
        if kind == data
    }


def sizes(program: Program) -> dict[str, float]:
    return dict(zip(program.problem.ids, program.problem.size, strict=True))


def test_aliases_share_a_buffer_and_arguments_are_no_nodes():
    program = from_hlo(MODULE)
    found = sizes(program)
    assert list(found) == ["a", "b", "c", "pair", "second", "renamed", "row", "patch", "out"]
    # c is written over a, which dies with it; out over row; the others are new or only names.
    kept = {"a": 1024, "b": 1024, "row": 256, "patch": 4}
    assert found == dict.fromkeys(found, 0) | kept
    data = edges(program, data=True)
    assert {("a", "c"), ("a", "pair"), ("a", "row"), ("b", "second"), ("b", "row")} <= data
    assert ("a", "second") not in data  # of the tuple it takes the other element
    assert ("pair", "second") in edges(program, data=False)
    assert ("a", "b") in edges(program, data=False)  # a control dependency
    assert program.resident == 1024 + 4


def test_every_result_is_a_buffer_where_nothing_is_in_place():
    found = sizes(from_hlo(MODULE, in_place=False))
    assert found["c"] == 1024
    assert found["out"] == 256


def test_results_count_or_do_not():
    assert from_hlo(MODULE).outputs == 256
    assert sizes(from_hlo(MODULE, count="temporary", in_place=False))["out"] == 0
    assert np.flatnonzero(from_hlo(MODULE, in_place=False).problem.output).tolist() == [8]


def test_a_value_that_is_read_again_is_not_written_over():
    again = MODULE.replace("custom-call(%renamed, %c)", "custom-call(%renamed, %a)")
    assert sizes(from_hlo(again))["c"] == 1024


def test_a_result_is_not_written_over():
    """The loop fusion alone computes with `a`, but `a` is handed out too."""
    text = MODULE.replace("custom-call(%renamed, %c)", "custom-call(%renamed)").replace(
        "ROOT %out = f32[64]{0} dynamic-update-slice(%row, %patch, %zero)",
        "ROOT %out = (f32[256]{0}, f32[256]{0}) tuple(%a, %c)",
    )
    program = from_hlo(text)
    assert sizes(program)["a"] == sizes(program)["c"] == 1024
    assert program.outputs == 2048


def test_effects_keep_their_order():
    text = MODULE.replace(
        'custom_call_target="pick"', 'custom_call_target="pick", custom_call_has_side_effect=true'
    ).replace("slice(%x), slice={[0:1]}", "rng-get-and-update-state(), delta=1")
    program = from_hlo(text)
    assert ("row", "patch") in edges(program, data=False) | edges(program, data=True)
    assert "kept in program order for their effects: row, patch" in program.notes


def test_dynamic_dimensions_are_taken_at_their_bounds_and_told():
    program = from_hlo(MODULE.replace("%patch = f32[1]{0}", "%patch = f32[<=9]{0}"))
    assert sizes(program)["patch"] == 36
    assert program.notes == ("patch: dynamic dimensions are taken at their bounds",)


def test_an_element_that_a_tuple_lacks_is_told():
    with pytest.raises(InputError, match="takes element 5 of 'pair', which has 2"):
        from_hlo(MODULE.replace("index=1\n", "index=5\n"))


def test_what_is_no_module_is_told(tmp_path):
    with pytest.raises(InputError, match="int is neither compiled nor HLO text"):
        from_hlo(3)
    with pytest.raises(InputError, match=r"nowhere.hlo: cannot be read"):
        from_hlo(tmp_path / "nowhere.hlo")


def test_the_sorts_take_what_xla_says():
    compiled = jax.jit(sorts).lower(picture()).compile()
    program = from_hlo(compiled, count="temporary")
    taken = compiled.memory_analysis().temp_size_in_bytes
    assert taken - 1024 <= peak(program.problem) <= taken
    assert any("cases.py:" in source for source in program.source)


def test_a_result_in_a_donated_argument_takes_no_room():
    def f(x, y):
        return jnp.sort(x) @ y, jnp.cos(y)

    x = jnp.ones((64, 64))
    kept = from_hlo(jax.jit(f).lower(x, x).compile())
    given = from_hlo(jax.jit(f, donate_argnums=1).lower(x, x).compile())
    assert kept.outputs - given.outputs == 64 * 64 * 4


def looped(x: jax.Array) -> jax.Array:
    def step(state, _):
        state = jnp.tanh(state @ x)
        return state, jnp.sum(state)

    return jnp.sum(jax.lax.scan(step, x, None, length=4)[0])


def branched(x: jax.Array) -> jax.Array:
    return jax.lax.cond(x[0, 0] > 0, lambda v: jnp.sort(v) @ v, lambda v: v - 1, x)


@pytest.mark.parametrize("function", [jax.grad(looped), branched])
def test_xla_takes_no_less_than_the_peak_in_its_order(function):
    """Loops and branches; what the two measures of temporaries bracket."""
    x = jnp.ones((64, 64))
    compiled = jax.jit(function).lower(x).compile()
    taken = compiled.memory_analysis().temp_size_in_bytes
    every, some = from_hlo(compiled), from_hlo(compiled, count="temporary")
    assert peak(every.problem) - every.outputs <= taken <= peak(some.problem) + 1024
    assert np.max(every.problem.workspace) > 0


def test_a_loop_updates_its_state_in_place():
    compiled = jax.jit(looped).lower(jnp.ones((64, 64))).compile()
    program = from_hlo(compiled)
    whiles = [i for i, kind in enumerate(program.operation) if kind == "while"]
    assert len(whiles) == 1
    assert program.problem.size[whiles[0]] == 0
    # The product, beside the state that it is made from; its hyperbolic tangent is the new state.
    assert 64 * 64 * 4 <= program.problem.workspace[whiles[0]] < 64 * 64 * 4 + 64
