"""Settings by dotted names, those of the search's parts by their place: ``search.cycle.0.heat``."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from gaus_jax.base.names import unknown
from gaus_jax.base.settings import override

Section = TypeVar("Section")


def assigned(settings: Section, name: str, value: Any, source: str) -> Section:
    """A copy of the settings in which a dotted name has another value.

    Args:
        settings: all settings, or a section of them.
        name: of a setting, or of an entry of a mapping or of a list in it.
        value: as in a TOML file.
        source: where it comes from, for the errors.

    Raises:
        SettingsError: there is no such setting (says which are near), or it cannot have the value.
    """
    try:
        return _assigned(settings, name.split("."), value, f"{source}: {name}")
    except LookupError:
        raise unknown(name, settings, source) from None


def value_of(settings: Any, name: str, source: str) -> Any:
    """What the settings say under a dotted name; None where a mapping has no such entry.

    Raises:
        SettingsError: there is no such setting.
    """
    found: Any = settings
    for part in name.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, tuple) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif dataclasses.is_dataclass(found) and part in {
            f.name for f in dataclasses.fields(found)
        }:
            found = getattr(found, part)
        else:
            raise unknown(name, settings, source)
    return found


def _assigned(settings: Any, path: list[str], value: Any, source: str) -> Any:
    """A `LookupError` where there is nothing of this name."""
    head, rest = path[0], path[1:]
    if isinstance(settings, Mapping) and not rest:
        return {**settings, head: value}
    if isinstance(settings, tuple) and head.isdecimal() and int(head) < len(settings) and rest:
        place = int(head)
        changed = _assigned(settings[place], rest, value, source)
        return (*settings[:place], changed, *settings[place + 1 :])
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        raise LookupError(head)
    if head not in {field.name for field in dataclasses.fields(settings)}:
        raise LookupError(head)
    if rest:
        changed = _assigned(getattr(settings, head), rest, value, source)
        return dataclasses.replace(settings, **{head: changed})
    return override(settings, {head: value}, source)
