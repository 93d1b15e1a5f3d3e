"""Settings as the text of a config file."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from gaus_jax.base.settings import Settings


def settings_text(settings: Settings) -> str:
    """What differs from `Settings()`, as TOML; reading it gives the same settings again."""
    plain, lines = Settings(), []
    sections = []
    for name, value, default in _changed(settings, plain):
        if dataclasses.is_dataclass(value):
            sections.append((name, list(_changed(value, default))))
        else:
            lines.append(f"{name} = {_text(value)}")
    for name, changes in sections:
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_text(value)}" for key, value, _ in changes]
    return "\n".join(lines).lstrip("\n") + "\n"


def _changed(settings: Any, plain: Any) -> Iterator[tuple[str, Any, Any]]:
    for field in dataclasses.fields(settings):
        value, default = getattr(settings, field.name), getattr(plain, field.name)
        if value != default:
            yield field.name, value, default


def _text(value: Any) -> str:
    """A value on one line; parts of lists and mappings as inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _text(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_text(key)} = {_text(entry)}" for key, entry in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return repr(value)
