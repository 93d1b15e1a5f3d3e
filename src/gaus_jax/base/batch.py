"""Settings of a batch: many graphs under budgets that are counts, so that no answer is timed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gaus_jax.base.checks import check_choice, check_counts, check_numbers, fault
from gaus_jax.base.override import override
from gaus_jax.base.settings import (
    LegaliseSettings,
    ObjectiveSettings,
    OptimiseSettings,
    RelaxSettings,
    as_dict,
    laid,
    read_toml,
)


@dataclass(frozen=True, kw_only=True)
class LineSettings:
    """How a batch travels; no answer depends on it."""

    slots: int = 0  # graphs side by side on the devices; 0: by memory, at most 8 on CPU, else 2048
    shapes: int = 9  # compiled at most, as far as what comes later fits them
    waste: float = 0.33  # of the device's work that padding may take, before a further shape
    ahead: int = 512  # graphs prepared ahead; the shapes are chosen from the first of them
    threads: int = 0  # that prepare, legalise and refine; 0: as many as there are cores
    # Processes that load files; 0: threads load them. None: half the cores on the command line,
    # else threads.
    loaders: int | None = None

    def __post_init__(self) -> None:
        check_numbers("line", self)
        check_counts("line", self, "shapes", "ahead")
        if self.waste >= 1:
            raise fault("line", "waste", f"is {self.waste}; it must be below 1")


@dataclass(frozen=True, kw_only=True)
class BatchSettings:
    """Everything that the answers of a batch depend on, besides the problems and the key."""

    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    relax: RelaxSettings = field(default_factory=lambda: RelaxSettings(evaluation="hat"))
    optimise: OptimiseSettings = field(
        default_factory=lambda: OptimiseSettings(steps=100, restarts=2, project_every=0)
    )
    legalise: LegaliseSettings = field(default_factory=lambda: LegaliseSettings(sweeps=400.0))
    starts: tuple[str, ...] = ("middle", "list")  # of the lanes, in turn
    steps_a_node: float = 2.0  # gradient steps; `optimise.steps` at most
    least_nodes: int = 48  # free ones, of a graph with gradient steps
    under_limits: bool = False  # gradient steps also under limits or at an interval
    chunk: int = 25  # gradient steps between two looks at what is finished
    refinements: int = 4  # from the best schedules found, which share the moves
    heat: float = 0.3  # of a refinement, in mean uphill moves; they spread around it
    most_moves: int = 2_000_000  # of one graph
    precision: str = "float32"
    line: LineSettings = field(default_factory=LineSettings)

    def __post_init__(self) -> None:
        check_numbers("batch", self)
        check_choice("batch", "precision", self.precision, ("float32", "float64"))
        check_counts("batch", self, "chunk", "refinements")
        if not self.starts:
            raise fault("batch", "starts", "is empty; name at least one start")

    @property
    def lanes(self) -> int:
        """Restarts of a graph, side by side."""
        return self.optimise.restarts or len(self.starts)


def answers(settings: BatchSettings) -> dict[str, Any]:
    """The settings that answers depend on, as plain values."""
    tree = as_dict(settings)
    del tree["line"]
    return tree


def read_batch_settings(
    path: str | Path | None = None,
    overrides: Iterable[str] = (),
    flags: Mapping[str, Any] | None = None,
) -> BatchSettings:
    """Settings of a batch from a TOML file, with overrides and flags on top, as `read_settings`.

    Raises:
        SettingsError: an unreadable file, an unknown key (lists the known ones), or a bad value.
    """
    settings = BatchSettings()
    if path is not None:
        settings = override(settings, read_toml(Path(path)), str(path))
    return laid(settings, overrides, flags)
