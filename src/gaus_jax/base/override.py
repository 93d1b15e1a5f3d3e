"""Nested mappings laid over settings; what cannot be is told by its source and dotted place."""

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import known_names, nearest


def override(settings: Any, tree: Mapping[str, Any], source: str, *, merge: bool = False) -> Any:
    """A copy of a settings dataclass with a nested mapping laid over it.

    An entry puts out of force what the settings below say against it: what their method
    ``without`` leaves out for it. With ``merge`` the entries of a mapping such as the weights join
    those that are there.

    Raises:
        SettingsError: an unknown key (says which are near, and the known ones), a value that cannot
            be, or two that cannot be together.
    """
    return _laid(settings, tree, _Place(source, "", settings), merge)


def joined(trees: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested mappings as one; of two values of one key the later."""
    whole: dict[str, Any] = {}
    for tree in trees:
        for key, value in tree.items():
            both = isinstance(value, Mapping) and isinstance(whole.get(key), Mapping)
            whole[key] = joined([whole[key], value]) if both else value
    return whole


class _Place(NamedTuple):
    source: str
    path: str  # dotted
    root: Any  # the settings, or the entry of a list, whose names may be meant

    def inner(self, key: str) -> "_Place":
        return self._replace(path=f"{self.path}.{key}" if self.path else key)

    def entry(self, place: int, root: Any) -> "_Place":
        return self._replace(path=f"{self.path}[{place}]", root=root)

    def error(self, text: str) -> SettingsError:
        return SettingsError(f"{self.source}: {self.path}{text}")

    def told(self, error: SettingsError) -> SettingsError:
        """What a section says of one of its fields, or of itself."""
        if error.fault is None:
            return self.error(f": {error}" if self.path else str(error))
        name, text = error.fault
        return self.inner(name).error(f" {text}")


def _laid(settings: Any, tree: Mapping[str, Any], at: _Place, merge: bool) -> Any:
    kinds = typing.get_type_hints(type(settings))
    if hasattr(settings, "without"):
        settings = settings.without(tree)
    changes = {}
    for key, value in tree.items():
        inner = at.inner(key)
        if key not in kinds:
            near = nearest(key, kinds) or nearest(key, known_names(at.root))
            said = [f"nearest: {', '.join(near)}"] if near else []
            said.append(f"known: {', '.join(sorted(kinds))}")
            raise SettingsError(f"{at.source}: unknown key '{inner.path}'; {'; '.join(said)}")
        now = getattr(settings, key)
        if dataclasses.is_dataclass(now):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{at.source}: '{inner.path}' is a section, not a value")
            changes[key] = _laid(now, value, inner, merge)
        else:
            both = merge and isinstance(now, Mapping) and isinstance(value, Mapping)
            changes[key] = _fit({**now, **value} if both else value, kinds[key], inner)
    return _made(settings, changes, at)


def _made(settings: Any, changes: Mapping[str, Any], at: _Place) -> Any:
    try:
        return dataclasses.replace(settings, **changes)
    except SettingsError as error:
        raise at.told(error) from None


def _entry(value: Any, kind: Any, at: _Place, place: int) -> Any:
    """One value of a list; where it is to be a dataclass, from a table of the file."""
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        plain = typing.cast(type, kind)()
        return _laid(plain, value, at.entry(place, plain), False)
    return _fit(value, kind, at.entry(place, at.root))


def _fit(value: Any, kind: Any, at: _Place) -> Any:
    """The value as its field's type, or an error that says which types would do."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    text_alone = set(options) <= {str, types.NoneType}  # a number is then meant as a text
    for option in options:
        origin = typing.get_origin(option) or option
        if origin is tuple and isinstance(value, list | tuple):
            kind = typing.get_args(option)[0]
            return tuple(_entry(entry, kind, at, k) for k, entry in enumerate(value))
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
    raise at.error(f": expected {names}, got {value!r}")
