"""Settings: frozen dataclasses, read from TOML and overridden by ``key=value``."""

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gaus_jax.base.checks import check_choice, check_numbers, check_positive, fault
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import offered
from gaus_jax.base.objectives import OBJECTIVES
from gaus_jax.base.override import joined, override
from gaus_jax.base.search import SearchSettings

Kind = TypeVar("Kind")
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

    def __post_init__(self) -> None:
        if self.kappa is not None and self.depth is not None:
            raise SettingsError("kappa and depth are both given; leave one of them out")

    def without(self, tree: Mapping[str, Any]) -> "ObjectiveSettings":
        """These less what entries of a layer above contradict.

        A depth replaces kappa and kappa a depth; a preset's name, weights and constraints.
        """
        gone: dict[str, Any] = {}
        if tree.get("kappa") is not None or tree.get("depth") is not None:
            gone |= {"kappa": None, "depth": None}
        if isinstance(name := tree.get("name"), str) and name in OBJECTIVES:
            gone |= {"weights": {}, "constraints": ()}
        return dataclasses.replace(self, **gone)


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
        check_choice("relax", "widths", self.widths, ("annealed", "learned"))


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
        check_choice("optimise", "step_scale", self.step_scale, ("width", "one"))


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
                raise fault("legalise", name, f"is {value}; it must be from 1 to 2^20")


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
        check_choice("settings", "precision", self.precision, ("float32", "float64"))


def read_settings(
    path: str | Path | None = None,
    overrides: Iterable[str] = (),
    base: Settings | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from a TOML file on top of ``base``, with overrides and flags on top of both.

    What a layer says replaces what those below say against it (`ObjectiveSettings.without`).

    Args:
        path: the file; it may name a preset to start from where there is no ``base``:
            ``preset = "paper"``.
        overrides: ``key=value``; a key is dotted (``optimise.steps=800``), its value is TOML, or
            else a string.
        base: what the file is laid over; by default `Settings()`.
        flags: a tree of one layer with the overrides, which wins over them.

    Raises:
        SettingsError: an unreadable file, an unknown key (says which are near), a bad value, or two
            of one layer that contradict each other.
    """
    settings = base or Settings()
    if path is not None:
        tree = read_toml(Path(path))
        if "preset" in tree:
            named = preset(tree.pop("preset"))
            settings = base or named
        settings = override(settings, tree, str(path))
    return laid(settings, overrides, flags)


def laid(settings: Kind, overrides: Iterable[str], flags: Mapping[str, Any] | None) -> Kind:
    """The settings under one layer of ``key=value`` overrides and flags, as `read_settings`."""
    tree = joined([*map(read_value, overrides), flags or {}])
    return override(settings, tree, "--set" if flags is None else "command line", merge=True)


def under(settings: Kind, objective: str | ObjectiveSettings | None) -> Kind:
    """The settings with another objective, a preset's name or its settings; None leaves it."""
    if objective is None:
        return settings
    tree = {"name": objective} if isinstance(objective, str) else as_dict(objective)
    return override(settings, {"objective": tree}, "objective")


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
        raise SettingsError(f"unknown preset '{name}'; {offered(name, known)}")
    return override(Settings(), read_toml(folder / f"{name}.toml"), f"preset {name}")


def preset_folder() -> Path:
    """Where the presets lie: beside the package when installed, in ``configs`` in a checkout."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "presets"
    return packaged if packaged.is_dir() else here.parents[3] / "configs" / "presets"


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
