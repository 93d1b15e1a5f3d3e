"""Where results are kept: a folder that is only ever added to, and taken up again by its settings.

``run.json`` says which settings the folder belongs to. ``records.jsonl`` has a line with a checksum
for each record; a process that shares the folder with others writes one of its own,
``records.PART.jsonl``. Long starts lie beside them in ``starts``, a file each, written first: a
record that is there is whole. Of several records with one name (or, without names, with one key)
the one that was written last counts: a graph whose file was repaired has one answer.
"""

import contextlib
import datetime
import hashlib
import io
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.files import hold, replace_file
from gaus_jax.base.versions import versions
from gaus_jax.batch.lines import encode
from gaus_jax.batch.stored import (
    FORMAT,
    HEADER,
    VERSION,
    Notice,
    Record,
    header_of,
    name_of,
    read,
    silent,
    stamp_of,
)

STARTS = "starts"
INLINE = 4096  # nodes; the starts of larger graphs lie beside the records
SYNC = 5.0  # seconds of records that a power failure may cost; a killed process costs none


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
        notice: Notice = silent,
    ) -> None:
        self.folder = Path(folder)
        self._claim(json.loads(json.dumps(settings, default=str)))
        self._latest = {name_of(record): stamp_of(record) for record in read(self.folder, notice)}
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

    def has(self, record: Record) -> bool:
        """Whether it, or a later one of its name, is there."""
        return self._latest.get(name_of(record), (-1.0, "")) >= stamp_of(record)

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
            record = {"at": round(time.time(), 6), **record}
            self._write(encode({**record, **self._kept(record["key"], start)}))
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written ({error.strerror}); the {len(self)} records "
                f"before are kept: make room, and begin the same run again to go on"
            ) from error
        name, own = name_of(record), stamp_of(record)
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
            hold(file.fileno(), self.path, "folder or shard")
        except InputError:
            file.close()
            raise
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
