"""What to sweep: a TOML file of settings, as for a solve, with a table ``[sweep]``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override, preset, read_toml
from gaus_jax.batch.sweep.axes import Rows, drawn, listed, zipped
from gaus_jax.batch.sweep.names import assigned, value_of
from gaus_jax.model.objective import OBJECTIVES

SECONDS = ("time_limit", "wall", "memory_limit")  # settings that no answer of a sweep may depend on
GUIDES = ("guide_share", "guide_intervals")  # settings that count under a time limit alone
KINDS = ("log", "linear", "choice")  # of random axes


@dataclass(frozen=True, kw_only=True)
class Halving:
    """Early stopping: all points under a small budget, the best of them under a larger one."""

    of: str = "rounds"  # a setting that is a budget of work
    values: tuple[int, ...] = ()  # its values, rung by rung
    keep: float = 0.34  # of the points, from one rung to the next


@dataclass(frozen=True, kw_only=True)
class SweepSettings:
    """The table ``[sweep]`` without its axes."""

    instances: tuple[str, ...] = ()  # paths, globs, KIND:SIZE or KIND:SIZE:SEED
    root: str = ""  # of the paths, relative to the file; else GAUS_BENCH
    objectives: tuple[str, ...] = ()  # each as in `objective.name`; by default the settings' own
    seeds: int = 1  # so many from 0
    base: bool = True  # the settings as they are take part too, and are always kept
    samples: int = 0  # draws of the random axes
    draw: int = 0  # seed of the draws
    side_by_side: int = 16  # points in one call to the device, at most
    halving: Halving = field(default_factory=Halving)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep as it was asked for."""

    settings: Settings  # of the base; every point is these with some values changed
    about: SweepSettings
    axes: tuple[Rows, ...]  # all their combinations are points
    source: str

    @property
    def names(self) -> list[str]:
        """The settings that are varied."""
        return [name for axis in self.axes for name in axis.names]

    @property
    def objectives(self) -> list[ObjectiveSettings]:
        """What is minimised, each for itself."""
        own = self.settings.objective
        return [override(own, {"name": name}, "objectives") for name in self.about.objectives] or [
            own
        ]


def read_sweep(path: str | Path) -> Sweep:
    """The sweep that a TOML file describes; every value of every axis is one that settings take.

    Raises:
        SettingsError: an unreadable file, an unknown key or setting (says which are near), a value
            that cannot be, or nothing to try.
    """
    source, tree = str(path), read_toml(Path(path))
    table = tree.pop("sweep", None)
    if not isinstance(table, dict):
        raise SettingsError(f"{source}: has no table [sweep]; see configs/sweep for examples")
    base = preset(tree.pop("preset")) if "preset" in tree else Settings()
    settings = override(base, tree, source)
    axes = {name: table.pop(name, None) for name in ("grid", "random", "zip")}
    if isinstance(table.get("root"), str):
        table["root"] = str(Path(path).resolve().parent / table["root"])
    about = override(SweepSettings(), table, f"{source}: sweep")
    sweep = Sweep(settings=settings, about=about, axes=(), source=source)
    _check(sweep)
    sweep = replace(sweep, axes=_axes(axes, settings, about, f"{source}: sweep"))
    _check_axes(sweep)
    return replace(sweep, axes=tuple(_fitted(axis, sweep) for axis in sweep.axes))


def _axes(
    given: Mapping[str, Any], settings: Settings, about: SweepSettings, source: str
) -> tuple[Rows, ...]:
    grid = _flat(given["grid"], f"{source}.grid")
    random = _flat(given["random"], f"{source}.random")
    zips = [] if given["zip"] is None else given["zip"]
    axes = listed(grid, f"{source}.grid")
    for place, table in enumerate(zips if isinstance(zips, list) else [zips]):
        where = f"{source}.zip[{place}]"
        axes.append(zipped(_flat(table, where), where))
    if random:
        if about.samples < 1:
            raise SettingsError(f"{source}: random axes need samples = N, of at least 1")
        whole = {name: type(value_of(settings, name, f"{source}.random")) is int for name in random}
        about_draws = about.samples, about.draw, f"{source}.random"
        axes.append(drawn(random, whole, *about_draws))
    return tuple(axes)


def _flat(tree: Any, source: str, above: str = "") -> dict[str, Any]:
    """Nested tables as dotted names: ``relax.window = [8]`` and ``"relax.window" = [8]`` alike."""
    if tree is None:
        return {}
    if not isinstance(tree, Mapping):
        raise SettingsError(f"{source}: expected a table of settings, got {tree!r}")
    found: dict[str, Any] = {}
    for name, value in tree.items():
        dotted = f"{above}{name}"
        inner = isinstance(value, Mapping) and not set(value) & set(KINDS)
        found |= _flat(value, source, f"{dotted}.") if inner else {dotted: value}
    return found


def _check(sweep: Sweep) -> None:
    """Raise `SettingsError` for what no sweep can have, whatever its axes are."""
    about, where = sweep.about, f"{sweep.source}: sweep"
    if not about.instances:
        raise SettingsError(f"{where}.instances: there is nothing to solve; name at least one")
    for name, least in (("seeds", 1), ("side_by_side", 1), ("samples", 0), ("draw", 0)):
        if getattr(about, name) < least:
            raise SettingsError(f"{where}.{name} is {getattr(about, name)}; at least {least}")
    for name in SECONDS:
        if getattr(sweep.settings, name) is not None:
            raise SettingsError(_seconds(sweep.source, name))
    own = [] if sweep.settings.objective.weights else [sweep.settings.objective.name]
    for name in (*about.objectives, *own):
        if "sequence" in OBJECTIVES[name].constraints:
            raise SettingsError(f"{where}: orders (objective {name}) are not for a sweep")
    halving = about.halving
    if halving.values:
        if not 0 < halving.keep < 1:
            raise SettingsError(f"{where}.halving.keep is {halving.keep}; between 0 and 1")
        if list(halving.values) != sorted(set(halving.values)):
            raise SettingsError(f"{where}.halving.values: expected rising numbers")
        _check_name(halving.of, f"{where}.halving.of")
        for value in halving.values:
            assigned(sweep.settings, halving.of, value, f"{where}.halving")


def _check_axes(sweep: Sweep) -> None:
    """Raise `SettingsError` for settings that no axis may vary."""
    names, where = sweep.names, f"{sweep.source}: sweep"
    if not names:
        raise SettingsError(f"{where}: nothing is varied; give grid, random or zip")
    halving = sweep.about.halving
    for name in names:
        if names.count(name) > 1 or (halving.values and name == halving.of):
            raise SettingsError(f"{where}: {name} is varied twice")
        _check_name(name, where)


def _check_name(name: str, where: str) -> None:
    """Raise `SettingsError` for a setting that neither an axis nor halving may vary."""
    if name in SECONDS:
        raise SettingsError(_seconds(where, name))
    if name in GUIDES:
        raise SettingsError(f"{where}: {name} counts under a time limit alone; leave it out")
    if name.split(".")[0] == "objective":
        raise SettingsError(
            f"{where}: {name} changes what is minimised, and costs would not compare; make a sweep "
            f"for each, or list objectives"
        )


def _fitted(axis: Rows, sweep: Sweep) -> Rows:
    """An axis whose values are of their settings' types: 8 and 8.0 are one point.

    Raises:
        SettingsError: an unknown setting, or a value that it cannot have.
    """

    def fit(name: str, value: Any) -> Any:
        changed = assigned(sweep.settings, name, value, f"{sweep.source}: sweep")
        fitted = value_of(changed, name, sweep.source)
        return fitted if isinstance(fitted, int | float | str) else value

    rows = (tuple(map(fit, axis.names, row)) for row in axis.rows)
    return Rows(axis.names, tuple(rows))


def _seconds(where: str, name: str) -> str:
    return (
        f"{where}: {name}: answers of a sweep depend on counts alone (rounds, optimise.steps, "
        f"legalise.sweeps); leave it out, --time-limit bounds the whole command"
    )
