"""Checks that sections of the settings share; each raises a `SettingsError`."""

import dataclasses
from typing import Any

from gaus_jax.base.errors import SettingsError


def check_numbers(section: str, settings: Any) -> None:
    """No setting of a solve may be negative or infinite."""
    for part in dataclasses.fields(settings):
        value = getattr(settings, part.name)
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            raise SettingsError(
                f"{section}.{part.name} is {value}; it must be at least 0 and finite"
            )


def check_positive(section: str, name: str, value: float) -> None:
    """What falls or rises in a geometric progression cannot begin or end at 0."""
    if not value > 0:
        raise SettingsError(f"{section}.{name} is {value}; it must be above 0")


def check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    """A name is one of a few."""
    if value not in known:
        raise SettingsError(f"{name} is '{value}'; known: {', '.join(known)}")
