"""The methods that a configuration names."""

from collections.abc import Mapping
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import override
from gaus_jax.baselines import BASELINES
from gaus_jax.bench.listed import Listed
from gaus_jax.bench.solver import Solver

EVERY = "*"  # stands for all baselines that are not named elsewhere


def read_methods(tables: Any, source: str) -> tuple[Solver | Listed, ...]:
    """The methods of a configuration; the key ``baseline`` tells baselines from solvers.

    Its value is a name, a list of names that share the rest of the table, or "*" for every
    baseline that is not named elsewhere, where the objective is of its kind.

    Raises:
        SettingsError: an unknown key, preset, setting or baseline, or a label used twice.
    """
    if not isinstance(tables, list) or not all(isinstance(t, Mapping) for t in tables):
        raise SettingsError(f"{source}: methods: expected tables [[methods]], at least one")
    named = {name for table in tables for name in _names(table)} - {EVERY}
    methods: dict[str, Solver | Listed] = {}
    for table in tables:
        for method in _of_table(table, named, source):
            if method.label in methods:
                raise SettingsError(f"{source}: methods: two are labelled '{method.label}'")
            try:
                method.check()
            except SettingsError as error:
                raise SettingsError(f"{source}: method '{method.label}': {error}") from None
            methods[method.label] = method
    return tuple(methods.values())


def _of_table(table: Mapping[str, Any], named: set[str], source: str) -> list[Solver | Listed]:
    if "baseline" not in table:
        solver: Solver = override(Solver(), table, f"{source}: methods")
        if not solver.label:
            raise SettingsError(f"{source}: methods: a solver needs a label; give it one")
        return [solver]
    names = [n for n in BASELINES if n not in named] if EVERY in _names(table) else _names(table)
    rest = {key: value for key, value in table.items() if key != "baseline"}
    if len(names) > 1 and "label" in rest:
        raise SettingsError(f"{source}: methods: one label for {', '.join(names)}; leave it out")
    fitting = EVERY in _names(table)
    return [
        override(
            Listed(baseline=name, label=name, fitting=fitting), rest, f"{source}: baseline '{name}'"
        )
        for name in names
    ]


def _names(table: Mapping[str, Any]) -> list[str]:
    value = table.get("baseline", [])
    return [value] if isinstance(value, str) else [str(name) for name in value]
