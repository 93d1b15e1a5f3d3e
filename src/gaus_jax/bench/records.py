"""The file of records: one JSON line a run, appended, never edited; and what must hold of it."""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gaus_jax.base.errors import InputError, UnsoundBoundError
from gaus_jax.base.files import replace_file
from gaus_jax.core.result import LEGAL

RECORDS = "records.jsonl"
KEPT = "records.jsonl.gz"  # of runs that are kept, before those of the folder itself
TOLERANCE = 1e-9  # relative, between a bound and a cost

Record = Mapping[str, Any]


class Case(NamedTuple):
    """What costs are comparable within."""

    instance: str
    objective: str
    ratio: float | str | None  # None where the objective has none
    kappa: str  # "none": no bound of the latency
    lifetime: str
    ii_asked: str | None = None  # "auto" or a number; None where iterations do not overlap


class Key(NamedTuple):
    """What makes two runs the same run."""

    case: Case
    limit: float
    method: str
    settings: str  # hash
    seed: int


def case_of(record: Record) -> Case:
    """The case of a record."""
    # Records from before there were loops lack what is asked of the interval.
    old = {"ii_asked": None}
    values: list[Any] = [record[n] if n in record else old[n] for n in Case._fields]
    return Case(*values)


def key_of(record: Record) -> Key:
    """The key of a record."""
    hashed = record["settings_hash"]
    return Key(case_of(record), record["limit_s"], record["method"], hashed, record["seed"])


def append(folder: Path, record: Record) -> None:
    """One more line, on the disk when this returns.

    The line is written at once; one that a crash has cut short before stays as it is, apart.

    Raises:
        InputError: it cannot be written (a full disk); all before it is kept.
    """
    path = folder / RECORDS
    data = (json.dumps(record, allow_nan=False) + "\n").encode()
    try:
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                data = data if file.read(1) == b"\n" else b"\n" + data
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); what was recorded before is kept: make "
            "room, and begin the same bench again to go on"
        ) from error


def read(folder: str | Path, notice=lambda text: None) -> list[dict[str, Any]]:
    """The records of a folder, the last one of each key, in order; none where there is no file.

    Args:
        folder: where ``records.jsonl`` lies, or ``records.jsonl.gz``, or both.
        notice: told of each line that is no whole record: a crash has cut it short.

    Raises:
        InputError: a file cannot be read.
    """
    last: dict[Key, dict[str, Any]] = {}
    for path in (Path(folder) / KEPT, Path(folder) / RECORDS):
        for number, line in enumerate(_lines(path), 1):
            try:
                record = json.loads(line)
                key = key_of(record)
            except (ValueError, KeyError, TypeError):
                notice(f"{path}:{number}: not a whole record, left out")
                continue
            last.pop(key, None)
            last[key] = record
    return list(last.values())


def keep(folder: str | Path, kept: str | Path) -> int:
    """Add the records of a folder, packed, to those kept in another; returns how many it has then.

    Of two records of one run the one of ``folder`` stays.

    Raises:
        InputError: a file cannot be read or written.
    """
    every = {key_of(record): record for record in [*read(kept), *read(folder)]}
    lines = "".join(json.dumps(record, allow_nan=False) + "\n" for record in every.values())
    try:
        Path(kept).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{kept}: cannot be made ({error.strerror})") from error
    replace_file(Path(kept) / KEPT, lines.encode())
    return len(every)


def _lines(path: Path) -> list[bytes]:
    """The lines of one file, none where there is none."""
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.name == KEPT else data).splitlines()
    except FileNotFoundError:
        return []
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def check_bounds(records: Iterable[Record]) -> None:
    """No proved bound may be above a legal schedule's cost, whichever methods they come from.

    Of a loop both must be at the same II.

    Raises:
        UnsoundBoundError: one is, or a method found so itself; says which, and of what.
    """
    for text, _ in conflicts(records):
        raise UnsoundBoundError(text)


def conflicts(records: Iterable[Record]) -> Iterator[tuple[str, tuple[Record, ...]]]:
    """What says that a bound is wrong: a sentence, and the records that contradict each other."""
    lowest: dict[tuple[Case, int | None], Record] = {}
    highest: dict[tuple[Case, int | None], Record] = {}
    for record in records:
        if record["unsound"]:
            yield f"{_name(record)}: {record['reason']}", (record,)
            continue
        case = case_of(record), record.get("ii")
        if record["status"] in LEGAL:
            lowest[case] = min(lowest.get(case, record), record, key=lambda r: r["cost"])
        if record["bound"] is not None:
            highest[case] = max(highest.get(case, record), record, key=lambda r: r["bound"])
    for case in lowest.keys() & highest.keys():
        cost, bound = lowest[case]["cost"], highest[case]["bound"]
        if bound > cost + TOLERANCE * abs(cost):
            text = (
                f"the bound {bound!r} of {_name(highest[case])} is above the cost {cost!r} of "
                f"{_name(lowest[case])}: one of them is wrong, please report it; once that is "
                "mended, --again makes both runs anew"
            )
            yield text, (lowest[case], highest[case])


def _name(record: Record) -> str:
    case = case_of(record)
    return (
        f"{record['method']} (seed {record['seed']}, {record['limit_s']:g} s) on {case.instance}, "
        f"{case.objective}, kappa {case.kappa}"
    )
