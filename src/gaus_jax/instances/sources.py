"""Graphs by name, for many runs: files under a root folder, and constructed ones."""

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.importers import load
from gaus_jax.instances.catalogue import recipe
from gaus_jax.instances.indexed import Known, Pair, known_of, pairs

MODEL = "@"  # between a graph and its resource model, in the name of the pair


class Instance(NamedTuple):
    """One graph, not yet loaded."""

    group: str  # the label of its set
    name: str  # what records and tables call it
    source: str  # a path, or KIND:SIZE:SEED
    resources: str | None = None  # the path of its resource model, where it has one apart
    known: Known | None = None  # of its latency, from elsewhere


def default_root() -> Path:
    """GAUS_BENCH, else ``shared/bench`` beside the checkout."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "bench"
    return Path(os.environ.get("GAUS_BENCH", beside))


def find_instances(sets: Mapping[str, Sequence[str]], root: str = "") -> list[Instance]:
    """The instances of some sets, files of one pattern in order of name.

    A pattern with an ``@`` is one of names of pairs, ``GRAPH@MODEL``, as the root's ``index.csv``
    lists them (see `gaus_jax.instances.indexed`).

    Args:
        sets: label -> paths and globs under the root, names and globs of pairs, or ``KIND:SIZE``
            and ``KIND:SIZE:SEED``.
        root: a folder; by default that of `default_root`.

    Raises:
        InputError: a pattern that nothing fits, two instances of one name, or an index that cannot
            be read.
    """
    folder = Path(root) if root else default_root()
    listed = cache(lambda: list(pairs(folder)))  # read once, and only where a pattern asks for it
    found: dict[str, Instance] = {}
    for group, patterns in sets.items():
        for pattern in patterns:
            for instance in _of_pattern(group, pattern, folder, listed):
                if instance.name in found:
                    raise InputError(_twice(instance, found[instance.name]))
                found[instance.name] = instance
    return list(found.values())


def open_instance(source: str, resources: str | None = None) -> Problem:
    """Load or construct."""
    made = recipe(source)
    return made.problem() if made else load(source, resources=resources)


def _twice(instance: Instance, other: Instance) -> str:
    """Why an instance may not follow another of its name."""
    where = f"sets.{instance.group}"
    if instance[2:4] == other[2:4]:
        return (
            f"{where}: {instance.source} is there already, by a pattern of sets.{other.group}; let "
            f"one pattern alone fit it"
        )
    return (
        f"{where}: two instances are named {instance.name}: {other.source} and {instance.source}; "
        f"records go by these names: rename a file (up to the first dot), or run them apart"
    )


def _of_pattern(
    group: str, pattern: str, folder: Path, listed: Callable[[], list[Pair]]
) -> Iterator[Instance]:
    if recipe(pattern):
        yield Instance(group, pattern, pattern)
        return
    if MODEL in pattern:
        yield from _pairs(group, pattern, folder, listed())
        return
    paths = sorted(p for p in map(Path, glob.glob(str(folder / pattern))) if p.is_file())
    if not paths:
        raise InputError(
            f"sets.{group}: no file fits {folder / pattern}; set GAUS_BENCH or root to the folder"
        )
    for path in paths:
        yield Instance(group, path.name.split(".")[0], str(path), known=known_of(path))


def _pairs(group: str, pattern: str, folder: Path, listed: list[Pair]) -> Iterator[Instance]:
    found = False
    for pair in listed:
        name = f"{pair.graph}{MODEL}{pair.model}"
        if fnmatchcase(name, pattern):
            found = True
            yield Instance(group, name, str(folder / pair.path), str(folder / pair.resources))
    if not found:
        raise InputError(
            f"sets.{group}: no pair of graph and resource model that {folder}/index.csv lists fits "
            f"{pattern}; set GAUS_BENCH or root to the folder"
        )
