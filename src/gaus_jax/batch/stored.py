"""What a store holds, read by anybody: its header, its records and their starts."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.batch.lines import decode

HEADER = "run.json"
FORMAT, VERSION = "gaus-jax-store", 1

Record = Mapping[str, Any]
Notice = Callable[[str], None]


def silent(text: str) -> None:
    """A notice that nobody takes."""


def is_store(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a run's."""
    try:
        return bool(header_of(folder))
    except InputError:
        return False


def header_of(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The header of a store: format, version, settings_hash, settings, date, versions.

    Raises:
        InputError: the folder is no store.
    """
    path = Path(folder) / HEADER
    try:
        header = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); not a run's folder") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    known = {"format", "settings_hash", "settings"}
    if not isinstance(header, dict) or header.get("format") != FORMAT or not known <= set(header):
        raise InputError(f"{path}: not the header of a run that this command made")
    return header


def read(folder: str | os.PathLike[str], notice: Notice = silent) -> Iterator[dict[str, Any]]:
    """The records of all parts of a folder, line by line; with one name the latest counts.

    Raises:
        InputError: a file cannot be read.
    """
    paths = sorted(Path(folder).glob("records*.jsonl"))
    latest: dict[str, tuple[float, int, int]] = {}  # name -> when, and the place of its line
    for part, path in enumerate(paths):
        for number, record in _lines(path, notice):
            own = record.get("at", 0.0), part, number
            latest[name_of(record)] = max(own, latest.get(name_of(record), own))
    for part, path in enumerate(paths):
        for number, record in _lines(path, silent):
            if latest[name_of(record)][1:] == (part, number):
                yield record


def name_of(record: Record) -> str:
    """What a record is of; the latest one counts."""
    return record.get("name", record["key"])


def stamp_of(record: Record) -> tuple[float, str]:
    """When it was written, and its key."""
    return record.get("at", 0.0), record["key"]


def start_of(folder: str | os.PathLike[str], record: Record) -> np.ndarray | None:
    """The start steps of a record, (N,) int64; None where it has no schedule.

    Raises:
        InputError: the file that should hold them is missing or damaged.
    """
    if "start_file" not in record:
        return np.array(record["start"], np.int64) if "start" in record else None
    path = Path(folder) / record["start_file"]
    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive["start"].astype(np.int64)
    except Exception as error:  # of NumPy and of zip archives alike
        raise InputError(f"{path}: the starts of {record['key']} cannot be read: {error}") from None


def _lines(path: Path, notice: Notice) -> Iterator[tuple[int, dict[str, Any]]]:
    """The whole records of a file by line number, from 1."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                record = decode(line)
                if record is None or "key" not in record:
                    notice(f"{path}:{number}: not a whole record, left out")
                else:
                    yield number, record
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
