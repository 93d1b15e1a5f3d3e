"""The amounts among the settings of a gradient: a program's arguments, not its form."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gaus_jax.base.settings import OptimiseSettings, RelaxSettings

# What the loop takes from its settings as numbers; `width_start` reaches it as the lanes' spread.
# Not the temperatures of last consumers: as constants of a program they give other last bits than
# as arguments, and answers are to stay what they are.
RELAX = ("width_end", "peak_start", "peak_end")
OPTIMISE = ("learning_rate", "penalty_start", "penalty_end")
SPREAD = ("width_start",)
# What only the host reads, between two calls of a program.
HOST_RELAX = ("evaluation", "dense_steps", "hat_from")
HOST_OPTIMISE = ("steps", "restarts", "project_every")


class Annealed(Protocol):
    """The settings of a solve, of a batch, or of anything else that anneals."""

    @property
    def relax(self) -> RelaxSettings:
        """Of the relaxation."""
        ...

    @property
    def optimise(self) -> OptimiseSettings:
        """Of the loop."""
        ...


class Numbers(eqx.Module):
    """One problem's own, or a batch's with a leading axis ``B``; see the settings of each name."""

    width_end: Float[Array, "*batch"]  # steps
    peak_start: Float[Array, "*batch"]  # of the peak
    peak_end: Float[Array, "*batch"]
    learning_rate: Float[Array, "*batch"]
    penalty_start: Float[Array, "*batch"]  # in mean objective gradients
    penalty_end: Float[Array, "*batch"]


def numbers(every: Sequence[Annealed], dtype: Any) -> Numbers:
    """The numbers of a batch of problems, each under its own settings; (B,) on every array."""
    drawn = {name: [getattr(own.relax, name) for own in every] for name in RELAX}
    drawn |= {name: [getattr(own.optimise, name) for own in every] for name in OPTIMISE}
    return Numbers(**{name: jnp.asarray(column, dtype) for name, column in drawn.items()})


def form(settings: Annealed) -> tuple[RelaxSettings, OptimiseSettings]:
    """The settings without their numbers: those of one form anneal side by side."""
    return _plain(settings.relax, RELAX + SPREAD), _plain(settings.optimise, OPTIMISE)


def traced(settings: Annealed) -> tuple[RelaxSettings, OptimiseSettings]:
    """What of them a program is compiled for: neither numbers nor what the host alone reads."""
    relax, optimise = form(settings)
    return _plain(relax, HOST_RELAX), _plain(optimise, HOST_OPTIMISE)


def _plain(section: Any, names: Sequence[str]) -> Any:
    """A section with some of its fields at their defaults."""
    default = {field.name: field.default for field in fields(section)}
    return replace(section, **{name: default[name] for name in names})
