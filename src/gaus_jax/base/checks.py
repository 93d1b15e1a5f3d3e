"""Checks that sections of the settings share; each raises a `SettingsError`."""

import dataclasses
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import offered


def fault(section: str, name: str, text: str) -> SettingsError:
    """What is wrong with a field; a file is told by its own place, not by the section's name."""
    error = SettingsError(f"{section}.{name} {text}")
    error.fault = name, text
    return error


def check_numbers(section: str, settings: Any) -> None:
    """No setting of a solve may be negative or infinite."""
    for part in dataclasses.fields(settings):
        value = getattr(settings, part.name)
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            raise fault(section, part.name, f"is {value}; it must be at least 0 and finite")


def check_positive(section: str, name: str, value: float) -> None:
    """What falls or rises in a geometric progression cannot begin or end at 0."""
    if not value > 0:
        raise fault(section, name, f"is {value}; it must be above 0")


def check_counts(section: str, settings: Any, *names: str) -> None:
    """Of these there is at least one."""
    for name in names:
        if getattr(settings, name) < 1:
            raise fault(section, name, f"is {getattr(settings, name)}; it must be at least 1")


def check_choice(section: str, name: str, value: str, known: tuple[str, ...]) -> None:
    """A name is one of a few."""
    if value not in known:
        raise fault(section, name, f"is '{value}'; {offered(value, known)}")
