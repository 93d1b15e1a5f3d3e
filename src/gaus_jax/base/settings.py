"""Settings: frozen dataclasses, read from TOML and overridden by ``key=value``."""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gaus_jax.base.checks import check_choice, check_numbers, check_positive
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.search import SearchSettings

TEMPERATURES = ("peak_start", "peak_end", "last_start", "last_end")


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """What to minimise, and under which depth, initiation interval and limits."""

    name: str = "A"  # a preset of FORMULATIONS, or any name where weights are given
    weights: Mapping[str, float | str] = field(default_factory=dict)  # term -> factor
    constraints: tuple[str, ...] = ()  # by default those of the preset
    ratio: float | str = "balanced"  # weight of resources against communication
    # D = ceil(kappa D_min), an exact decimal; by default 1 in A and B and no bound in C and D
    kappa: str | None = None
    depth: int | None = None  # D itself, instead of kappa
    # Initiation interval, cycles, or "auto" for the least that is found feasible, as in C; by
    # default iterations do not overlap in A, B and D.
    ii: int | str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)  # class -> units, for the problem's
    # Of what is alive at once at an interval; a longer interval is taken where it is not met.
    register_limit: float | None = None
    latency_weight: float = 0.0  # of the term latency, on top of the preset's
    lifetime: str = "register"  # or "buffer"


@dataclass(frozen=True, kw_only=True)
class RelaxSettings:
    """How expectations are taken, and how widths and temperatures fall."""

    evaluation: str = "auto"  # dense, window or hat; auto: dense up to `dense_steps`, else window
    dense_steps: int = 24  # steps
    window: int = 8  # bins of a window
    hat_from: float = 0.4  # part of the annealing from which the hat serves; 1 for never
    widths: str = "annealed"  # or "learned"
    width_start: float = 0.15  # of the mobility; restarts spread around it
    width_end: float = 0.3  # steps
    peak_start: float = 0.1  # temperature of peaks, of the peak
    peak_end: float = 0.005
    last_start: float = 1.0  # temperature of the last consumer, steps
    last_end: float = 0.2

    def __post_init__(self) -> None:
        check_numbers("relax", self)
        for name in ("window", "width_end", *TEMPERATURES):
            check_positive("relax", name, getattr(self, name))
        check_choice("relax.widths", self.widths, ("annealed", "learned"))


@dataclass(frozen=True, kw_only=True)
class OptimiseSettings:
    """The gradient loop."""

    optimiser: str = "adam"
    learning_rate: float = 0.1
    step_scale: str = "width"  # a step is in units of the node's width; or "one": of a time step
    steps: int = 1200  # of a whole annealing; 0: no gradient
    restarts: int = 0  # lanes side by side; 0: by size, few where a graph is large
    method: str = "penalty"  # or "augmented"
    measure: str = "hinge"  # of a violation; or "amount", "probability"
    penalty_start: float = 5.0  # weight of violations, in mean objective gradients
    penalty_end: float = 100.0
    project_every: int = 50  # steps between projections onto the dependence cone; 0: never

    def __post_init__(self) -> None:
        check_numbers("optimise", self)
        for name in ("penalty_start", "penalty_end"):
            check_positive("optimise", name, getattr(self, name))
        check_choice("optimise.step_scale", self.step_scale, ("width", "one"))


@dataclass(frozen=True, kw_only=True)
class LegaliseSettings:
    """From means to integers, and from there by single-node moves."""

    thresholds: int = 8  # roundings floor(mean + theta) that are tried
    sweeps: float = 400.0  # moves a node of a refinement of length 1; 0: none
    power_start: float = 8.0  # of the power mean that stands for a peak
    power_end: float = 128.0

    def __post_init__(self) -> None:
        check_numbers("legalise", self)
        for name in ("power_start", "power_end"):
            value = getattr(self, name)
            if not 1 <= value <= 2**20:
                raise SettingsError(f"legalise.{name} is {value}; it must be from 1 to 2^20")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a solve depends on, besides the problem and the key."""

    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    relax: RelaxSettings = field(default_factory=RelaxSettings)
    optimise: OptimiseSettings = field(default_factory=OptimiseSettings)
    legalise: LegaliseSettings = field(default_factory=LegaliseSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    rounds: int = 0  # at most so many; 0: until the time limit, or 6 where there is none
    patience: int = 0  # rounds without a better schedule before stopping; 0: no early stop
    time_limit: float | None = None  # seconds of optimising, legalising and refining
    wall: float | None = None  # seconds of everything
    bound_limit: float = 60.0  # seconds for the bounds before the search
    proof_share: float = (
        0.1  # of the seconds left, for an exact check of shorter intervals; 0: none
    )
    guide_share: float = 0.0  # of the seconds left, for a gradient at shorter intervals; 0: none
    guide_intervals: int = 8  # of them side by side, at most
    memory_limit: float | None = None  # MB of the process; a smaller form is chosen to stay below
    precision: str = "float32"

    def __post_init__(self) -> None:
        check_numbers("settings", self)
        check_choice("precision", self.precision, ("float32", "float64"))


def read_settings(
    path: str | Path | None = None, overrides: Iterable[str] = (), base: Settings | None = None
) -> Settings:
    """Settings from a TOML file on top of ``base``, with ``key=value`` overrides on top of both.

    A key is dotted (``optimise.steps=800``); its value is TOML, or else a string. A file may name
    a preset to start from: ``preset = "paper"``.

    Raises:
        SettingsError: an unreadable file, an unknown key (lists the known ones), or a bad value.
    """
    settings = base or Settings()
    if path is not None:
        tree = read_toml(Path(path))
        if "preset" in tree:
            settings = preset(tree.pop("preset"))
        settings = override(settings, tree, str(path))
    for item in overrides:
        settings = override(settings, read_value(item), f"--set {item}", merge=True)
    return settings


def read_value(item: str) -> dict[str, Any]:
    """The tree of one ``key=value``; a dotted key is a path of sections.

    Raises:
        SettingsError: there is no ``=``.
    """
    key, found, text = item.partition("=")
    if not found:
        raise SettingsError(f"--set {item}: expected key=value")
    tree: Any = _value(text)
    for part in reversed(key.strip().split(".")):
        tree = {part: tree}
    return tree


def preset(name: str) -> Settings:
    """A shipped preset by name.

    Raises:
        SettingsError: there is none of this name; lists those that there are.
    """
    folder = preset_folder()
    known = sorted(p.stem for p in folder.glob("*.toml"))
    if name not in known:
        raise SettingsError(f"unknown preset '{name}'; known: {', '.join(known)}")
    return override(Settings(), read_toml(folder / f"{name}.toml"), f"preset {name}")


def preset_folder() -> Path:
    """Where the presets lie: beside the package when installed, in ``configs`` in a checkout."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "presets"
    return packaged if packaged.is_dir() else here.parents[3] / "configs" / "presets"


def override(settings: Any, tree: Mapping[str, Any], source: str, *, merge: bool = False) -> Any:
    """A copy of a settings dataclass with a nested mapping laid over it.

    With ``merge`` the entries of a mapping such as the weights join those that are there.

    Raises:
        SettingsError: an unknown key (lists the known ones) or a value of the wrong type.
    """
    kinds = typing.get_type_hints(type(settings))
    changes = {}
    for key, value in tree.items():
        if key not in kinds:
            raise SettingsError(f"{source}: unknown key '{key}'; known: {', '.join(sorted(kinds))}")
        now = getattr(settings, key)
        if dataclasses.is_dataclass(now):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{source}: '{key}' is a section, not a value")
            changes[key] = override(now, value, source, merge=merge)
        else:
            whole = {**now, **value} if merge and _both_mappings(now, value) else value
            changes[key] = _fit(whole, kinds[key], f"{source}: {key}")
    return dataclasses.replace(settings, **changes)


def _both_mappings(now: Any, value: Any) -> bool:
    return isinstance(now, Mapping) and isinstance(value, Mapping)


def as_dict(settings: Any) -> dict[str, Any]:
    """Nested plain values, ready for JSON."""
    return dataclasses.asdict(settings)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; a `SettingsError` where it cannot be read as one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    except ValueError as error:  # of numbers of thousands of digits too
        raise SettingsError(f"{path}: not valid TOML: {error}") from error


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # of numbers of thousands of digits too
        return text


def _entry(value: Any, kind: Any, where: str) -> Any:
    """One value of a list; where it is to be a dataclass, from a table of the file."""
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return override(typing.cast(type, kind)(), value, where)
    return _fit(value, kind, where)


def _fit(value: Any, kind: Any, where: str) -> Any:
    """The value as its field's type, or an error that says which types would do."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    text_alone = set(options) <= {str, types.NoneType}  # a number is then meant as a text
    for option in options:
        origin = typing.get_origin(option) or option
        if origin is tuple and isinstance(value, list | tuple):
            kind = typing.get_args(option)[0]
            return tuple(_entry(entry, kind, f"{where}[{k}]") for k, entry in enumerate(value))
        if origin is Mapping and isinstance(value, Mapping):
            return dict(value)
        if origin in (int, float) and isinstance(value, bool):
            continue
        if origin is float and isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:  # of a whole number beyond all floats
                break
            if number != number or number in (float("inf"), float("-inf")):
                break
            return number
        if origin is str and text_alone and isinstance(value, int | float | str):
            return str(value)
        if isinstance(origin, type) and isinstance(value, origin):
            return value
    names = " or ".join(getattr(o, "__name__", str(o)) for o in options)
    raise SettingsError(f"{where}: expected {names}, got {value!r}")
