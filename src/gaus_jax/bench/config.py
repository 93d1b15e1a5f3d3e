"""What to run: a TOML file of instances, objectives, limits and methods."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import override, read_toml
from gaus_jax.bench.method import Method
from gaus_jax.bench.methods import read_methods
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.model.objective import AUTO, OBJECTIVES

LEAST = {"seeds": 1, "workers": 1, "warm": 0, "kill_grace": 0, "limit_per_node": 0}
UNBOUNDED = "none"  # for a kappa
KAPPAS = f'decimals of at least 1, or "{UNBOUNDED}" where every objective is C or D'


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that a benchmark consists of; every combination of its lists is one run."""

    sets: Mapping[str, Any] = field(default_factory=dict)  # label -> paths, globs, KIND:SIZE:SEED
    root: str = ""  # folder of the paths; else GAUS_BENCH, else shared/bench beside the checkout
    objectives: tuple[str, ...] = ("A", "B")
    ratio: float | str = "balanced"  # weight of resources in A
    lifetime: str = "register"
    # D = ceil(kappa D_min), exact decimals; "none": no bound of the latency, in C and D
    kappas: tuple[str, ...] = ("1",)
    ii: int | str = "auto"  # of C: cycles, or the least that each method finds feasible
    seeds: int = 5  # so many from 0; a method may ask for fewer
    limits: tuple[float, ...] = (10.0,)  # seconds after compilation
    limit_per_node: float = 0.0  # seconds more for each node
    methods: tuple[Method, ...] = ()
    workers: int = 1  # runs at once
    isolate: bool = True  # a process for each run
    warm: float = 0.5  # seconds of a run thrown away first, in which everything compiles
    kill_factor: float = 3.0  # a run is stopped after this many limits
    kill_grace: float = 300.0  # and so many seconds more, for start, loading and compilation


def read_config(path: str | Path) -> Config:
    """The benchmark that a TOML file describes; its ``root`` is relative to its own folder.

    Raises:
        SettingsError: an unreadable file, an unknown key (lists the known ones), a bad value, or a
            method that does not exist.
    """
    path = Path(path)
    tree = read_toml(path)
    if isinstance(tree.get("root"), str):
        tree["root"] = str(path.resolve().parent / tree["root"])
    if isinstance(tree.get("kappas"), list):
        tree["kappas"] = [kappa_text(kappa) for kappa in tree["kappas"]]
    methods = read_methods(tree.pop("methods", None), str(path))
    config = override(Config(methods=methods), tree, str(path))
    check(config, str(path))
    return config


def kappa_text(kappa: object) -> str:
    """One spelling of a kappa, "1.5" for 1.50, since cases are told apart by it."""
    try:
        return format(Decimal(str(kappa)).normalize(), "f")
    except InvalidOperation:  # "none", or what `check` refuses
        return str(kappa)


def check(config: Config, source: str) -> None:
    """Raise `SettingsError` for the first value that no run could have."""
    for name in config.objectives:
        OBJECTIVES[name]
    rules: dict[str, tuple[Callable[[Any], bool], str]] = {
        "objectives": (lambda x: True, ""),
        "kappas": (lambda k: _is_kappa(k, config.objectives), KAPPAS),
        "limits": (_is_positive, "seconds above 0"),
        "sets": (lambda label: _is_patterns(config.sets[label]), "lists of paths, or KIND:SIZE"),
    }
    for name, (holds, what) in rules.items():
        values = getattr(config, name)
        if not values:
            raise SettingsError(f"{source}: {name}: there is nothing to run; name at least one")
        for value in values:
            if not holds(value):
                raise SettingsError(f"{source}: {name}: {value!r}; expected {what}")
    for name, least in LEAST.items():
        if getattr(config, name) < least:
            raise SettingsError(f"{source}: {name} is {getattr(config, name)}; at least {least}")
    if config.kill_factor < 1:
        raise SettingsError(f"{source}: kill_factor is {config.kill_factor}; at least 1")
    if config.ii != AUTO and (isinstance(config.ii, str) or config.ii < 1):
        raise SettingsError(f'{source}: ii is {config.ii!r}; a number of at least 1, or "{AUTO}"')
    if config.lifetime not in LIFETIMES:
        raise SettingsError(
            f"{source}: lifetime is '{config.lifetime}'; known: {', '.join(LIFETIMES)}"
        )
    if config.workers > 1 and not config.isolate:
        raise SettingsError(f"{source}: several workers need isolate = true")
    if config.limit_per_node and config.isolate:
        raise SettingsError(
            f"{source}: limit_per_node needs isolate = false: a process of its own is ended by the "
            "limit alone"
        )


def _is_kappa(value: Any, objectives: Sequence[str]) -> bool:
    if value == UNBOUNDED:
        return all(OBJECTIVES[name].kappa is None for name in objectives)
    try:
        return Fraction(value) >= 1
    except (ValueError, ZeroDivisionError):
        return False


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _is_patterns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
