"""`solve_batch`: thousands of problems, each answered as soon as it is."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from gaus_jax.base.batch import BatchSettings
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import offered
from gaus_jax.base.settings import ObjectiveSettings, under
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.batch.items import Item, as_items
from gaus_jax.batch.line import Line, Loader, Report, local_mesh
from gaus_jax.batch.prepare import check_objective
from gaus_jax.batch.summary import Solved
from gaus_jax.bounds import IMMEDIATE
from gaus_jax.legalise.warm import warm_kernels
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.optimise.starts import STARTS
from gaus_jax.prepare import seed_of
from gaus_jax.rounds import check_gradient


def solve_batch(
    problems: Any,
    objective: str | ObjectiveSettings | None = None,
    settings: BatchSettings = BatchSettings(),  # noqa: B008 (frozen)
    *,
    key: jax.Array | int = 0,
    mesh: Mesh | None = None,
    report: Report = lambda summary: None,
    load: Loader = Item.load,
) -> Iterator[Solved]:
    """Solve many problems side by side, under budgets that are counts; yields them as they finish.

    The answer of each is legal or says why there is none. It depends on the problem's content, the
    settings and the key, not on what it is solved with, in which order or on how many devices (on
    CPUs: if XLA rounds alike, see `gaus_jax.batch.alike`).

    Args:
        problems: problems, paths of files and `gaus_jax.batch.items.Item`, or one of these; taken
            as they are needed, so that they may be endless.
        objective: a preset's name or its settings; by default the one in ``settings``.
        settings: everything else.
        key: a JAX key or an integer seed.
        mesh: devices, which share the graphs out along its first axis; by default all local ones.
        report: called with what the batch says of itself, after every outcome and about once a
            second while there is none.
        load: reads an item's problem.

    Raises:
        SettingsError: an unknown name in the settings, or a precision that JAX has switched off.
    """
    if not isinstance(settings, BatchSettings):
        raise SettingsError("settings of a batch are BatchSettings: its budgets are counts")
    settings = under(settings, objective)
    check(settings)
    return _run(problems, settings, seed_of(key), mesh or local_mesh(), report, load)


def _run(problems, settings, seed, mesh, report, load) -> Iterator[Solved]:
    warm_kernels()
    yield from Line(settings, seed, mesh, report, load).run(as_items(problems))


def check(settings: BatchSettings) -> None:
    """Raise `SettingsError` for what no problem could be solved with."""
    if jax.dtypes.canonicalize_dtype(settings.precision) != np.dtype(settings.precision):
        raise SettingsError(
            f"precision {settings.precision} is switched off in JAX; set JAX_ENABLE_X64=1, as "
            f"a batch compiles on threads of its own"
        )
    if not settings.objective.weights:
        OBJECTIVES[settings.objective.name]
    check_objective(settings.objective)
    check_gradient(settings)
    known = {*STARTS, *CONSTRUCTIVE, *IMMEDIATE, "best"}
    for name in settings.starts:
        if name not in known:
            raise SettingsError(f"starts: unknown start '{name}'; {offered(name, sorted(known))}")
