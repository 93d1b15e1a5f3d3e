"""Any known file to a `Problem` and back."""

import os
from dataclasses import replace

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file
from gaus_jax.base.registry import table
from gaus_jax.core.problem import Problem
from gaus_jax.importers.aiger import AIGER, AIGER_ASCII
from gaus_jax.importers.blif import BLIF
from gaus_jax.importers.dot import DOT
from gaus_jax.importers.files import SIZE_LIMIT, open_source, plain_path
from gaus_jax.importers.formats import Format
from gaus_jax.importers.gml import GML
from gaus_jax.importers.hatschet import HATSCHET
from gaus_jax.importers.native import NATIVE
from gaus_jax.importers.psplib import PSPLIB
from gaus_jax.importers.ssp import SSP

IMPORTERS = table("format", GML, AIGER, AIGER_ASCII, BLIF, HATSCHET, PSPLIB, SSP, DOT, NATIVE)
SNIFFED = 4096  # bytes at the beginning of a file that tell its format


def load(
    path: str | os.PathLike[str],
    *,
    resources: str | os.PathLike[str] | None = None,
    format: str | None = None,
    limit: int = SIZE_LIMIT,
) -> Problem:
    """Read a problem from a file, which may be gzip; it is called by the file's stem.

    Args:
        path: the graph.
        resources: its resource model, for formats that have one.
        format: a name in `IMPORTERS`; else the suffix decides, else the content.
        limit: the most bytes that either file may hold, decompressed.

    Raises:
        InputError: the file cannot be read as the problem that it should be; with path and line.
        SettingsError: there is no format of that name.
    """
    source = open_source(path, limit=limit)
    entry = IMPORTERS[format] if format is not None else _format_of(path, source.data[:SNIFFED])
    if resources is not None:
        if not entry.takes_resources:
            raise source.error(f"format {entry.name} takes no resource model; leave it out")
        source = replace(source, resources=open_source(resources, limit=limit))
    return entry.read(source)


def labels(path: str | os.PathLike[str], *, format: str | None = None) -> tuple[str, ...] | None:
    """What the program that a file belongs to calls its nodes.

    Args:
        path: the graph, as for `load`.
        format: a name in `IMPORTERS`; else the suffix decides, else the content.

    Returns:
        A name for each node, in the order of `load`; None where it is the node's id.

    Raises:
        InputError: as `load`.
    """
    source = open_source(path)
    entry = IMPORTERS[format] if format is not None else _format_of(path, source.data[:SNIFFED])
    return None if entry.labels is None else entry.labels(source)


def save(problem: Problem, path: str | os.PathLike[str], *, format: str | None = None) -> None:
    """Write a problem to a file, whole or not at all; ``.gz`` compresses.

    Args:
        problem: what to write.
        path: where; its suffix decides the format unless `format` does.
        format: a name in `IMPORTERS`.

    Raises:
        InputError: the format cannot hold the problem, is never written, or the place cannot be.
        SettingsError: there is no format of that name.
    """
    entry = IMPORTERS[format] if format is not None else _format_of(path)
    if entry.write is None:
        able = ", ".join(f.name for f in IMPORTERS.values() if f.write is not None)
        raise InputError(f"{os.fspath(path)}: format {entry.name} is only read; write {able}")
    replace_file(path, entry.write(problem))


def _format_of(path: str | os.PathLike[str], head: bytes = b"") -> Format:
    """The format by suffix, else by content."""
    suffix = plain_path(path).suffix.lower()
    entries = IMPORTERS.values()
    fits = [entry for entry in entries if suffix in entry.suffixes]
    fits += [entry for entry in entries if entry.sniff(head)]
    if not fits:
        known = ", ".join(f"{entry.name} ({' '.join(entry.suffixes)})" for entry in entries)
        raise InputError(f"{os.fspath(path)}: of no known format; name one of {known}")
    return fits[0]
