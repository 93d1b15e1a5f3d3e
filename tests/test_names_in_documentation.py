"""Names of this package that the documentation and the docstrings give are there."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
NAME = re.compile(r"`(gaus_jax(?:\.\w+)+)")


def resolved(name: str) -> object:
    """What a dotted name stands for: its longest beginning that is a module, and attributes of it.

    Raises:
        AttributeError: there is nothing of this name.
    """
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(str(error.name)):
                raise
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)


def test_every_name_of_this_package_is_there():
    found = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in (*PAGES, *SOURCES)
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 30
    lost = []
    for where, name in found:
        try:
            resolved(name)
        except AttributeError:
            lost.append((where, name))
    assert lost == []


@pytest.mark.parametrize(
    "name", ["gaus_jax.nothing", "gaus_jax.solve.nothing", "gaus_jax.core.x.y"]
)
def test_what_is_not_there_is_seen(name):
    with pytest.raises(AttributeError):
        resolved(name)
