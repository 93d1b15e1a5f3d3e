"""Graphs by name, for many runs: files under a root folder, and constructed ones."""

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.importers import load
from gaus_jax.instances.catalogue import recipe


class Instance(NamedTuple):
    """One graph, not yet loaded."""

    group: str  # the label of its set
    name: str  # what records and tables call it
    source: str  # a path, or KIND:SIZE:SEED


def default_root() -> Path:
    """GAUS_BENCH, else ``shared/bench`` beside the checkout."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "bench"
    return Path(os.environ.get("GAUS_BENCH", beside))


def find_instances(sets: Mapping[str, Sequence[str]], root: str = "") -> list[Instance]:
    """The instances of some sets, files of one pattern in order of name.

    Args:
        sets: label -> paths and globs under the root, or ``KIND:SIZE`` and ``KIND:SIZE:SEED``.
        root: a folder; by default that of `default_root`.

    Raises:
        InputError: a pattern that no file fits, or two instances of one name.
    """
    folder = Path(root) if root else default_root()
    found: dict[str, Instance] = {}
    for group, patterns in sets.items():
        for pattern in patterns:
            for instance in _of_pattern(group, pattern, folder):
                if instance.name in found:
                    raise InputError(f"sets.{group}: two instances are named {instance.name}")
                found[instance.name] = instance
    return list(found.values())


def open_instance(source: str) -> Problem:
    """Load or construct."""
    made = recipe(source)
    return made.problem() if made else load(source)


def _of_pattern(group: str, pattern: str, folder: Path) -> list[Instance]:
    if recipe(pattern):
        return [Instance(group, pattern, pattern)]
    paths = sorted(p for p in map(Path, glob.glob(str(folder / pattern))) if p.is_file())
    if not paths:
        raise InputError(
            f"sets.{group}: no file fits {folder / pattern}; set GAUS_BENCH or root to the folder"
        )
    return [Instance(group, path.name.split(".")[0], str(path)) for path in paths]
