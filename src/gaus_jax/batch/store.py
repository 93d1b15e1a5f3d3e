"""Where results are kept: a folder that is only ever added to, and taken up again by its settings.

``run.json`` says which settings the folder belongs to. ``records.jsonl`` has a line with a checksum
for each record; a process that shares the folder with others writes one of its own,
``records.PART.jsonl``. Long starts lie beside them in ``starts``, a file each, written first: a
record that is there is whole. Of several records with one name (or, without names, with one key)
the one that was written last counts: a graph whose file was repaired has one answer.
"""

import contextlib
import datetime
import fcntl
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.files import replace_file
from gaus_jax.base.versions import versions
from gaus_jax.batch.lines import decode, encode

HEADER = "run.json"
STARTS = "starts"
FORMAT, VERSION = "gaus-jax-store", 1
INLINE = 4096  # nodes; the starts of larger graphs lie beside the records
SYNC = 5.0  # seconds of records that a power failure may cost; a killed process costs none

Record = Mapping[str, Any]
Notice = Callable[[str], None]


def _silent(text: str) -> None:
    pass


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Of plain values, whatever the order of their keys."""
    text = json.dumps(settings, sort_keys=True, allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Store:
    """A folder of records under construction; one process writes to a part of it.

    Args:
        folder: made where it is absent.
        settings: all that the answers depend on, as plain values; kept in the header.
        part: names this process's own file where several share the folder ("0-of-8").
        resume: False refuses a folder that has records; by default, and with True, they are taken
            up where the settings agree.
        notice: told of each line that is not whole.

    Raises:
        SettingsError: the folder belongs to a run with other settings (names them), has records
            although it should not, or is not a run's.
        InputError: it cannot be written, or another process writes to this part.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        settings: Mapping[str, Any],
        *,
        part: str = "",
        resume: bool = True,
        notice: Notice = _silent,
    ) -> None:
        self.folder = Path(folder)
        self._claim(json.loads(json.dumps(settings, default=str)))
        self._latest = {name_of(record): _stamp(record) for record in read(self.folder, notice)}
        # A file that is changed back is solved once more, so that its own answer is the latest.
        self._keys = {key for _, key in self._latest.values()}
        if self._latest and not resume:
            raise SettingsError(
                f"{self.folder}: has {len(self)} records already; resume it, or name another folder"
            )
        self.path = self.folder / f"records{'.' if part else ''}{part}.jsonl"
        self._file = self._open()
        self._synced = time.monotonic()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        """Records that count: the latest of each name."""
        return len(self._latest)

    def append(self, record: Record, start: np.ndarray | None = None) -> None:
        """Add a record; it is with the operating system when this returns, whole or not at all.

        Args:
            record: plain values that JSON can hold, among them a string ``key``, and ``name`` where
                several keys may be of one thing. ``at``, when it was written (seconds since 1970),
                is added unless it is there.
            start: (N,) int64, steps, of its schedule, kept as ``start`` or in a file beside.

        Raises:
            InputError: it cannot be written (a full disk); all before it is kept, and the same run
                begun again goes on from there.
        """
        try:
            record = {"at": round(time.time(), 3), **record}
            self._write(encode({**record, **self._kept(record["key"], start)}))
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written ({error.strerror}); the {len(self)} records "
                f"before are kept: make room, and begin the same run again to go on"
            ) from error
        name, own = name_of(record), _stamp(record)
        before = self._latest.get(name, own)
        if own >= before:
            self._keys -= {before[1]}
            self._keys.add(own[1])
            self._latest[name] = own

    def close(self) -> None:
        """Bring all that was written to the disk."""
        if not self._file.closed:
            with contextlib.suppress(OSError), self._file:  # reported when it was written
                os.fsync(self._file.fileno())

    def _write(self, line: bytes) -> None:
        """A whole line, or none: what a full disk took of it is given back."""
        end = self._file.seek(0, os.SEEK_END)
        try:
            view = memoryview(line)
            while view:
                view = view[self._file.write(view) :]
            if time.monotonic() - self._synced > SYNC:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(end)
            raise

    def _kept(self, key: str, start: np.ndarray | None) -> dict[str, Any]:
        if start is None:
            return {}
        if start.size <= INLINE:
            return {"start": start.tolist()}
        name = f"{STARTS}/{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
        (self.folder / STARTS).mkdir(exist_ok=True)
        data = io.BytesIO()
        np.savez_compressed(data, start=start)
        replace_file(self.folder / name, data.getvalue())
        return {"start_file": name}

    def _open(self) -> io.FileIO:
        """This part's file for appending, its last line ended, and nobody else writing."""
        try:
            file = io.FileIO(self.path, "a+")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({error.strerror})") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise InputError(
                f"{self.path}: another run is writing to it; wait for its end, or name another "
                f"folder or shard"
            ) from None
        except OSError:
            pass  # a file system without locks
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # a crash has cut the last line: it stays, apart
                file.write(b"\n")
        return file

    def _claim(self, settings: dict[str, Any]) -> None:
        """Write the header of a new folder, or find that of an old one to be the same."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = not any(self.folder.iterdir())
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be used ({error.strerror})") from error
        if fresh or not (self.folder / HEADER).exists():
            if not fresh and any(self.folder.glob("*.jsonl")):
                raise SettingsError(
                    f"{self.folder}: has records but no {HEADER}: not a folder of this command; "
                    f"name another"
                )
            header = {
                "format": FORMAT,
                "version": VERSION,
                "settings_hash": settings_hash(settings),
                "settings": settings,
                "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "versions": versions(),
            }
            replace_file(self.folder / HEADER, json.dumps(header, indent=1).encode() + b"\n")
            return
        there = header_of(self.folder)
        if there["settings_hash"] != settings_hash(settings):
            changed = ", ".join(sorted(differences(there["settings"], settings)))
            raise SettingsError(
                f"{self.folder}: belongs to a run with other settings ({changed}); name another "
                f"folder, or give the settings of its {HEADER}"
            )


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


def read(folder: str | os.PathLike[str], notice: Notice = _silent) -> Iterator[dict[str, Any]]:
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
        for number, record in _lines(path, _silent):
            if latest[name_of(record)][1:] == (part, number):
                yield record


def name_of(record: Record) -> str:
    """What a record is of; the latest one counts."""
    return record.get("name", record["key"])


def _stamp(record: Record) -> tuple[float, str]:
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


def differences(one: Mapping[str, Any], other: Mapping[str, Any], above: str = "") -> set[str]:
    """The dotted names of settings that two trees do not share."""
    found: set[str] = set()
    for name in one.keys() | other.keys():
        a, b = one.get(name), other.get(name)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found |= differences(a, b, f"{above}{name}.")
        elif a != b:
            found.add(f"{above}{name}")
    return found


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
