"""XLA made to follow an order, and what happens where it cannot be."""

import sys

import jax
import jax.extend.xla
import jax.numpy as jnp
import numpy as np
import pytest

from gaus_jax.base.errors import HookError, InputError
from gaus_jax.base.settings import Settings
from gaus_jax.xla import impose, reorder
from gaus_jax.xla.hlo import program_of
from gaus_jax.xla.hlo_text import parse
from gaus_jax.xla.hook import compile_with, set_sequences
from gaus_jax.xla.ordering import order
from gaus_jax.xla.plan import Plan, order_of, plan, predicted, sequence
from tests.xla.cases import MODULE, picture, sorts

QUICK = Settings(rounds=1)


def wide(x):
    """Three branches, whose first halves come before all second halves."""
    first = [jnp.sort(x * (k + 1.0), axis=0) for k in range(3)]
    return sum(jnp.sum(jnp.sort(part, axis=1)) for part in first)


@pytest.fixture(scope="module")
def sorted_branches():
    return impose(sorts, picture(), settings=QUICK, calls=1)


def test_eight_branches_take_an_eighth(sorted_branches):
    report = sorted_branches.report
    assert report.kept == "ours"
    assert 8_380_000 < report.temp_before < 8_400_000
    assert 1_040_000 < report.temp_after < 1_060_000
    assert report.predicted_before == pytest.approx(report.temp_before, abs=1024)
    assert report.predicted_after == pytest.approx(report.temp_after, abs=1024)
    assert report.bound <= report.predicted_after
    assert report.time_ratio is not None
    assert report.time_ratio > 0
    assert report.as_dict()["platform"] == "cpu"


def test_outputs_are_the_same_bits(sorted_branches):
    other = jax.random.normal(jax.random.key(5), (512, 512))
    assert np.array_equal(sorted_branches(other), jax.jit(sorts)(other))


def test_the_executable_holds_the_order(sorted_branches):
    module = parse(sorted_branches.compiled.as_text())
    kinds = [i.opcode for i in module.computations[module.entry].instructions if i.opcode == "sort"]
    assert len(kinds) == 16
    assert predicted(module, {}) == sorted_branches.report.predicted_after


def test_no_other_compilation_is_touched():
    seen: list[str] = []

    def edit(module) -> None:
        seen.append(module.name)
        jax.jit(lambda x: x * 3)(jnp.ones(3))  # compiled while the hook is there

    found = compile_with(jnp.sin, (jnp.ones(4),), edit)
    assert found.calls == 1
    assert len(seen) == 1
    jax.jit(lambda x: jnp.cos(x) - 2)(jnp.ones(4))
    assert len(seen) == 1


def test_an_order_that_gains_nothing_is_not_imposed():
    def chain(x):
        return jnp.sort(jnp.sort(x, axis=0), axis=1)

    report = impose(chain, jnp.ones((16, 16)), settings=QUICK).report
    assert report.kept == "xla"
    assert report.temp_after == report.temp_before
    assert report.time_ratio is None


def test_an_order_that_takes_as_much_is_not_kept(monkeypatch):
    def same(module, *how):
        names = tuple(i.name for i in module.computations[module.entry].instructions)
        return Plan({module.entry: names}, 0.0)

    monkeypatch.setattr("gaus_jax.xla.imposing.plan", same)
    assert impose(wide, jnp.ones((16, 16)), settings=QUICK).report.kept == "xla"


def test_donated_arguments_are_used_again():
    def f(x):
        return jnp.sort(x, axis=0) + 1

    report = impose(f, jnp.ones((64, 64)), settings=QUICK, donate_argnums=0).report
    assert report.temp_after == 0


def test_a_callback_runs_in_order():
    said: list[int] = []

    def f(x):
        for k in range(3):
            jax.debug.callback(lambda k: said.append(int(k)), k, ordered=True)
        return wide(x)

    found = impose(f, jnp.ones((32, 32)), settings=QUICK, calls=0)
    jax.block_until_ready(found(jnp.ones((32, 32))))
    jax.effects_barrier()
    assert said == [0, 1, 2]
    assert "kept in program order for their effects" in found.report.notes[0]


def test_a_hook_that_is_not_called_fails_loudly(monkeypatch):
    monkeypatch.setattr(jax.extend.xla, "register_hlo_module_transformation", lambda *a, **k: None)
    with pytest.raises(HookError, match="on cpu without calling the hook"):
        impose(sorts, jnp.ones((8, 8)), settings=QUICK)


def test_a_platform_without_the_hook_reorders_and_says_so(monkeypatch):
    monkeypatch.setattr(jax.extend.xla, "register_hlo_module_transformation", lambda *a, **k: None)
    monkeypatch.setattr("gaus_jax.xla.imposing._HOOKED", frozenset())
    x = jax.random.normal(jax.random.key(2), (32, 32))
    with pytest.warns(UserWarning, match="equations are reordered instead.*may be lost"):
        found = impose(wide, x, settings=QUICK)
    assert found.report.kept == "reordered"
    assert found.report.predicted_after < found.report.predicted_before
    assert np.array_equal(found(x), jax.jit(wide)(x))


@pytest.mark.parametrize("function", [lambda x: x if x.sum() > 0 else -x, lambda x: 1 / 0, 3])
def test_what_cannot_be_traced_is_told(function):
    with pytest.raises(InputError, match="cannot be traced with these specs: "):
        impose(function, jnp.ones(4))


@pytest.mark.parametrize(
    ("function", "specs"),
    [
        (lambda: (), ()),
        (lambda: jnp.sort(jnp.arange(9.0)), ()),
        (lambda x: x, (1,)),
        (lambda x: (x, jnp.sin(x), x), (1,)),
        (lambda x: (jnp.sort(x), x @ x.T), (0,)),
        (lambda x: None, (1,)),
    ],
)
def test_functions_with_little_to_order(function, specs):
    given = [jnp.ones((rows, 3)) for rows in specs]
    wanted = jax.tree.leaves(function(*given))
    found = impose(function, *given, settings=QUICK, calls=1)
    for got in (found(*given), reorder(function, *given, settings=QUICK)(*given)):
        got = jax.tree.leaves(got)
        assert all(np.array_equal(a, b) for a, b in zip(wanted, got, strict=True))
    assert found.report.temp_after <= found.report.temp_before


def test_a_jax_without_the_hook_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax.extend.xla", None)
    with pytest.raises(HookError, match=rf"jax {jax.__version__} .* both have it from 0.10.2 on"):
        impose(sorts, jnp.ones((8, 8)))


def test_an_order_for_another_module_is_refused():
    with pytest.raises(HookError, match="no computation 'elsewhere' any more"):
        compile_with(jnp.sin, (jnp.ones(4),), lambda m: set_sequences(m, {"elsewhere": ()}))

    def short(module):
        name = module.computations()[-1].name
        return set_sequences(module, {name: ("x",)})

    with pytest.raises(HookError, match="was compiled otherwise this time; it differs in"):
        compile_with(jnp.sin, (jnp.ones(4),), short)


def test_xla_refuses_an_illegal_order():
    def backwards(module):
        computation = module.computations()[-1]
        names = [i.name for i in module.schedule().sequence(computation)]
        return set_sequences(module, {computation.name: names[::-1]})

    with pytest.raises(jax.errors.JaxRuntimeError, match="not scheduled after its operand"):
        compile_with(lambda x: jnp.sort(jnp.sort(x) + 1), (jnp.ones(9),), backwards)


def test_the_cache_on_disk_is_passed_by_and_left_clean(tmp_path):
    """The hook is called although the function is cached, and nothing of it is stored."""
    from jax.experimental.compilation_cache import compilation_cache as disk

    names = "jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs"
    before = [getattr(jax.config, name) for name in names]
    jax.config.update(names[0], str(tmp_path))
    jax.config.update(names[1], 0.0)
    disk.reset_cache()
    try:
        x = jnp.ones((24, 24))
        jax.jit(sorts).lower(x).compile()
        stored = sorted(path.name for path in tmp_path.iterdir())
        assert any("sorts" in name for name in stored)
        found = impose(sorts, x, settings=QUICK, calls=0)
        assert found.report.kept == "ours"
        assert not any("sorts_" in path.name for path in tmp_path.iterdir())
        assert getattr(jax.config, names[1]) == 0.0
    finally:
        for name, value in zip(names, before, strict=True):
            jax.config.update(name, value)
        disk.reset_cache()


def test_sequences_and_orders_are_each_other():
    module = parse(MODULE)
    computation = module.computations["main"]
    program = program_of(module, "main")
    nodes = order(program.problem, QUICK).nodes
    names = sequence(computation, program, nodes)
    assert sorted(names) == sorted(i.name for i in computation.instructions)
    assert names[:2] == ("x", "zero")
    assert np.array_equal(order_of(computation, program, names), nodes)
    found = plan(module, "all", QUICK, 0)
    assert predicted(module, found.sequences) <= predicted(module, {})
    assert found.bound <= predicted(module, found.sequences)


def test_results_of_one_instruction_come_just_before_it():
    x = jnp.ones((32, 32))
    compiled = jax.jit(lambda x: jax.lax.sort((x, x * 2), num_keys=1)).lower(x).compile()
    module = parse(compiled.as_text())
    computation = module.computations[module.entry]
    program = program_of(module, module.entry, count="all", in_place=False)
    (store,) = np.flatnonzero(program.is_store)
    names = [i.name for i in computation.instructions]
    found = order_of(computation, program, names).tolist()
    owner = program.problem.ids.index(names[program.owner[store]])
    assert found.index(owner) == found.index(store) + 1
