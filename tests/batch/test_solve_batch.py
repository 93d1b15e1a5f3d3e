"""The line of a batch: legal answers that depend on nothing but their graph."""

import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gaus_jax.base.batch import LineSettings
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, OptimiseSettings, Settings
from gaus_jax.batch import line, programs, share
from gaus_jax.batch.items import Item
from gaus_jax.batch.line import Line, local_mesh
from gaus_jax.batch.prepare import Ready, made_ready, steps_of
from gaus_jax.batch.solve import solve_batch
from gaus_jax.batch.summary import Solved, Summary
from gaus_jax.core.build import make_problem
from gaus_jax.instances.random import workload
from tests.batch.small import LINE, SETTINGS, problems

SMALL = problems(3)
S = {"name": "S", "kappa": None}


def answers(found: Iterator[Solved]) -> dict[str, list[int]]:
    """Start steps by name."""
    starts = {}
    for solved in found:
        assert solved.result is not None, solved.reason
        assert solved.result.legal
        starts[solved.name] = solved.result.schedule.start.tolist()
    return starts


@pytest.fixture(scope="module")
def together() -> dict[str, list[int]]:
    return answers(solve_batch(problems(), settings=SETTINGS))


def test_every_problem_is_answered_once_and_legally(together):
    assert sorted(together) == sorted(p.name for p in problems())


def test_an_answer_is_the_same_alone(together):
    problem = problems()[4]
    alone = answers(solve_batch([problem], settings=SETTINGS))
    assert alone == {problem.name: together[problem.name]}


def test_order_company_shapes_and_threads_change_nothing(together):
    more = [*reversed(problems()), workload(40, 2, 77)]  # the last one widens a shape
    settings = replace(SETTINGS, line=replace(LINE, shapes=2, waste=0.0, threads=1))
    line = Line(settings, 0, local_mesh())
    found = answers(line.run(Item(name=p.name, problem=p) for p in more))
    assert {name: found[name] for name in together} == together
    assert line.summary.as_dict()["shapes"] == 2


@pytest.mark.skipif(platform.machine() != "x86_64", reason="of CPUs whose fused steps XLA knows")
def test_padding_changes_no_bit():
    # Of the way from the parameters to the means, which no schedule near them may show.
    ran = subprocess.run(
        [sys.executable, "-m", "tests.batch.two_shapes"], capture_output=True, text=True
    )
    assert ran.stdout.strip() == "True", ran.stderr


def test_shapes_are_chosen_from_the_first_graphs(monkeypatch):
    class ChosenError(Exception):
        pass

    def choose(sample, *how):
        raise ChosenError([shape for _, shape in sample])

    def slowly(index, *given):  # the later a graph comes, the sooner it is prepared
        if index == 0:
            raise InputError(
                "gone at once"
            )  # which makes room for one more graph, not for its shape
        time.sleep(0.05 * (9 - index))
        return made_ready(index, *given)

    monkeypatch.setattr(line, "Buckets", choose)
    monkeypatch.setattr(line, "made_ready", slowly)
    few = replace(SETTINGS, line=replace(LINE, ahead=4, threads=4))
    with pytest.raises(ChosenError) as raised:
        list(Line(few, 0, local_mesh()).run(Item(name=p.name, problem=p) for p in problems()))
    every = [made_ready(k, Item(name=p.name, problem=p), few, 0) for k, p in enumerate(problems())]
    firsts = [r.shape for r in every[1:4] if isinstance(r, Ready) and steps_of(r, few)]
    assert raised.value.args[0] == firsts


def test_another_key_gives_other_moves():
    settings = replace(SETTINGS, heat=3.0, optimise=OptimiseSettings(steps=0))
    one, other = (
        [
            s.result.schedule.start.tolist()
            for s in solve_batch(problems(), settings=settings, key=k)
        ]
        for k in (1, 2)
    )
    assert sorted(one) != sorted(other)


def test_equal_shapes_compile_once(together, monkeypatch):
    count = 0
    compiled = share.compiled

    def counted(*arguments):
        nonlocal count
        count += 1
        return compiled(*arguments)

    monkeypatch.setattr(share, "compiled", counted)
    before = len(programs._PROGRAMS)
    answers(solve_batch(problems() * 3, settings=SETTINGS))
    assert count == 1  # one shape, asked for once, however many graphs and chunks
    assert len(programs._PROGRAMS) == before  # and known since the first batch


def test_memory_that_runs_out_halves_the_slots(together, monkeypatch):
    compiled = share.compiled

    def short_of_memory(arguments, *static):
        program = compiled(arguments, *static)
        slots = arguments[2].shape[0]

        def run(*parts):
            if slots > 2:
                raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes")
            return program(*parts)

        return run

    monkeypatch.setattr(share, "compiled", short_of_memory)
    line = Line(SETTINGS, 0, local_mesh())
    items = (Item(name=p.name, problem=p) for p in problems())
    assert answers(line.run(items)) == together
    assert [tally.halved for tally in line.summary.buckets.values()] == [1]


def test_memory_that_runs_out_while_compiling_halves_the_slots(together, monkeypatch):
    compiled = share.compiled

    def short_of_memory(arguments, *static):
        if arguments[2].shape[0] > 2:
            raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes")
        return compiled(arguments, *static)

    monkeypatch.setattr(share, "compiled", short_of_memory)
    line = Line(SETTINGS, 0, local_mesh())
    items = (Item(name=p.name, problem=p) for p in problems())
    assert answers(line.run(items)) == together
    assert [tally.halved for tally in line.summary.buckets.values()] == [1]


def test_failures_cost_nobody_else_anything(tmp_path, together):
    corrupt = tmp_path / "corrupt.gml"
    corrupt.write_text("graph [ node [ id 0 ] edge [ source 0 target 7 ] ]")
    tight = Item(name="tight", problem=problems()[0], objective={"depth": 1})
    typo = Item(name="typo", problem=problems()[0], objective={"dept": 1})
    summary: list[Summary] = []
    found = list(
        solve_batch([corrupt, tight, typo, *problems()], settings=SETTINGS, report=summary.append)
    )
    bad = {s.name: (s.status, s.reason) for s in found if s.result is None or not s.result.legal}
    assert set(bad) == {str(corrupt), "tight", "typo"}
    assert bad["tight"][0] == "infeasible"
    assert "depth 1 is below the least feasible depth" in bad["tight"][1]
    assert "corrupt.gml" in bad[str(corrupt)][1]
    assert "unknown key 'dept'" in bad["typo"][1]
    assert summary[-1].statuses["failed"] == 2
    assert summary[-1].statuses["infeasible"] == 1
    assert "(as in tight)" in summary[-1].text()
    good = iter([s for s in found if s.name in together])
    assert answers(good) == together


def test_an_endless_input_is_taken_as_it_is_needed(together):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            yield problems()[taken % 9]
            taken += 1

    settings = replace(SETTINGS, line=replace(LINE, ahead=10))
    found = solve_batch(endless(), settings=settings)
    for _ in range(30):
        assert next(found).result.legal
    found.close()
    assert taken <= 30 + 10


def test_what_needs_no_gradient_waits_for_none():
    chain = make_problem(3, [(0, 1), (1, 2)], name="chain")  # no node has a choice
    line = Line(replace(SETTINGS, objective=ObjectiveSettings(name="B")), 0, local_mesh())
    (solved,) = line.run(iter([Item(name="chain", problem=chain)]))
    assert solved.status == "optimal"
    assert line.summary.buckets == {}
    assert line.summary.as_dict()["waste"] == 0


def test_limited_objectives_go_the_same_line():
    loop = make_problem(
        4, [(0, 1), (1, 2), (2, 3), (3, 0)], distance=[0, 0, 0, 2], limit=1, name="loop"
    )
    settings = replace(SETTINGS, optimise=OptimiseSettings(steps=0))
    for name in ("C", "D"):
        (solved,) = solve_batch([loop], ObjectiveSettings(name=name), settings)
        assert solved.result.legal
        assert solved.result.objective["name"] == name


def test_orders_are_searched_beside_the_others():
    mixed = [Item(name=f"{k}", problem=p, objective={"kappa": None}) for k, p in enumerate(SMALL)]
    orders = [replace(item, name=f"S{item.name}", objective=S) for item in mixed]
    settings = replace(SETTINGS, optimise=OptimiseSettings(steps=0))
    found = {s.name: s for s in solve_batch([*orders, *mixed], settings=settings)}
    assert all(s.result.legal for s in found.values())
    for item in orders:
        result = found[item.name].result
        assert result.objective["name"] == "S"
        assert sorted(result.schedule.start) == list(range(item.problem.nodes))
        assert 0 < result.lower_bound <= result.value
        (alone,) = solve_batch([item], settings=settings)
        assert alone.result.schedule.start.tolist() == result.schedule.start.tolist()
    (bad,) = solve_batch([replace(orders[0], objective=S | {"depth": 99})], settings=settings)
    assert "a depth is given; an order has a step for each node" in bad.reason


def test_who_has_gradient_steps():
    loop = make_problem(
        4, [(0, 1), (1, 2), (2, 3), (3, 0)], distance=[0, 0, 0, 2], limit=1, size=[1, 2, 4, 8]
    )
    small, many = ObjectiveSettings(name="B", kappa="2"), {"line": replace(LINE, ahead=1)}
    for objective, changes, stepped in (
        (ObjectiveSettings(name="C"), {}, False),
        (ObjectiveSettings(name="C"), {"under_limits": True}, True),
        (small, {"least_nodes": 5}, False),
        (small, {}, True),
    ):
        settings = replace(SETTINGS, objective=objective, **changes, **many)
        ready = made_ready(0, Item(name="loop", problem=loop), settings, 0)
        assert isinstance(ready, Ready)
        ready.task.lower_bound = 0.0  # whatever the bounds prove
        assert (steps_of(ready, settings) > 0) == stepped


def test_the_summary_adds_up():
    line = Line(SETTINGS, 0, local_mesh())
    list(line.run(Item(name=p.name, problem=p) for p in problems()))
    said = line.summary.as_dict()
    (bucket,) = said["buckets"]
    assert said["graphs"] == 9
    assert said["shapes"] == 1
    assert 0 < bucket["graphs"] <= 9
    assert 0 < said["waste"] < 1
    assert np.isclose(said["waste"], bucket["waste"])
    assert "9 graphs in" in line.summary.text()


def test_one_path_is_a_batch_of_one(tmp_path):
    path = tmp_path / "g.dot"
    path.write_text("digraph { a -> b }")
    for given in (path, str(path)):
        (found,) = solve_batch(given, settings=SETTINGS)
        assert (found.name, found.status) == (str(path), "optimal")


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(SettingsError, match="settings of a batch are BatchSettings"):
        solve_batch([], settings=Settings())
    with pytest.raises(SettingsError, match="unknown start 'nowhere'"):
        solve_batch([], settings=replace(SETTINGS, starts=("nowhere",)))
    with pytest.raises(SettingsError, match="unknown objective 'Z'"):
        solve_batch([], "Z")
    with pytest.raises(SettingsError, match="register_limit is not for a batch"):
        solve_batch([], ObjectiveSettings(name="C", register_limit=3))
    with pytest.raises(SettingsError, match=r"line\.shapes is 0"):
        LineSettings(shapes=0)
    with pytest.raises(InputError, match=r"entry 0 of the batch is int"):
        list(solve_batch([3], settings=SETTINGS))
