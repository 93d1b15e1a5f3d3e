"""What a batch is asked to solve: files, folders, lists and indices, in any mix."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError
from gaus_jax.batch.items import Item
from gaus_jax.batch.stored import HEADER, is_store
from gaus_jax.importers import IMPORTERS
from gaus_jax.importers.files import plain_path
from gaus_jax.instances import recipe

INDEX = "index.csv"
LISTS = (".txt", ".list")
NUMBERS: Mapping[str, Callable[[str], Any]] = {
    "objective": str, "ii": lambda text: text if text == "auto" else int(text), "depth": int,
    "kappa": str, "ratio": lambda text: text if text == "balanced" else float(text),
    "lifetime": str, "latency_weight": float,
}  # fmt: skip
COLUMNS = ("path", "name", "resources", "limits", *NUMBERS)  # of an index; others are left out


def gather(paths: Sequence[str | os.PathLike[str]]) -> list[Item]:
    """The items of some inputs, in their order; none is read yet.

    A folder stands for the rows of its ``index.csv``, or else for the graph files in it and below,
    by name. A ``.csv`` file is such an index, a ``.txt`` or ``.list`` file has a path a line; what
    these name is relative to their folder. ``KIND:SIZE`` constructs a graph. A row that has no name
    is called after its path and what it asks for.

    Raises:
        InputError: a path that does not exist, a folder or a list without graphs, or an index that
            cannot be read. What a list or an index names may be missing: that is a failure of its
            item.
    """
    return [item for path in paths for item in _items(path)]


def distinct(items: Iterable[Item], notice: Callable[[str], None]) -> Iterator[Item]:
    """Items by names of their own: what repeats another is left out, another of its name numbered.

    Args:
        items: as `gather` gives them.
        notice: told of each that is left out.
    """
    seen: dict[str, set[str]] = {}
    for item in items:
        if item.name not in seen:
            seen[item.name] = {""}  # its key is only asked for where the name comes again
            first = item
            seen[item.name] = {first.key}
            yield item
            continue
        if item.key in seen[item.name]:
            notice(f"{item.name}: given twice, solved once")
            continue
        seen[item.name].add(item.key)
        yield replace(item, name=f"{item.name}#{len(seen[item.name])}")


def _items(path: str | os.PathLike[str]) -> Iterator[Item]:
    made = recipe(os.fspath(path))
    if made is not None:
        yield Item(name=os.fspath(path), problem=made.problem())
        return
    place = Path(path)
    if place.is_dir():
        yield from _index(place / INDEX) if (place / INDEX).is_file() else _folder(place)
    elif place.suffix == ".csv":
        yield from _index(place)
    elif place.suffix in LISTS:
        yield from _list(place)
    elif os.path.exists(place):
        yield Item(name=os.fspath(path), path=place, after_path=True)
    else:
        raise InputError(
            f"{path}: does not exist; name a graph file, a folder, an index .csv, a list .txt, or "
            f"KIND:SIZE"
        )


def _folder(folder: Path) -> Iterator[Item]:
    known = {suffix for entry in IMPORTERS.values() for suffix in entry.suffixes}
    files = sorted(p for p in folder.rglob("*") if plain_path(p).suffix.lower() in known)
    stores = {p.parent for p in folder.rglob(HEADER) if is_store(p.parent)}
    files = [
        p
        for p in files
        if p.is_file() and not p.name.startswith(".") and stores.isdisjoint(p.parents)
    ]
    if not files:
        raise InputError(
            f"{folder}: no graph files in it or below; known are {' '.join(sorted(known))}, also "
            f"with .gz"
        )
    for file in files:
        yield Item(name=file.as_posix(), path=file, after_path=True)


def _list(path: Path) -> Iterator[Item]:
    lines = [line.strip() for line in _text(path).splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise InputError(f"{path}: names no graphs; give a path a line")
    for line in named:
        file = path.parent / line
        yield Item(name=file.as_posix(), path=file, after_path=True)


def _index(path: Path) -> Iterator[Item]:
    rows = csv.DictReader(_text(path).splitlines())
    try:
        yield from _rows(path, rows)
    except csv.Error as error:
        raise InputError(f"{path}:{rows.line_num + 1}: not CSV: {error}") from None


def _rows(path: Path, rows: csv.DictReader) -> Iterator[Item]:
    if "path" not in (rows.fieldnames or ()):
        raise InputError(
            f"{path}:1: no column 'path'; an index has it, and may have {', '.join(COLUMNS[1:])}"
        )
    empty = True
    for row in rows:
        empty = False
        yield _row(path, rows.line_num, {k: v.strip() for k, v in row.items() if k and v})
    if empty:
        raise InputError(f"{path}: an index without rows")


def _row(index: Path, line: int, row: Mapping[str, str]) -> Item:
    where = f"{index}:{line}"
    if not row.get("path"):
        raise InputError(f"{where}: no path; name a graph file, or leave the row out")
    asked: dict[str, Any] = {}
    for column, kind in NUMBERS.items():
        if row.get(column):
            try:
                asked[column] = kind(row[column])
            except ValueError:
                raise InputError(f"{where}: {column} is {row[column]!r}; not a number") from None
    if "objective" in asked:
        asked["name"] = asked.pop("objective")
    if row.get("limits"):
        asked["limits"] = dict(_limit(where, part) for part in row["limits"].split())
    file, model = index.parent / row["path"], row.get("resources")
    name = row.get("name") or file.as_posix() + (f"+{Path(model).stem}" if model else "")
    asks = [f"{c}={row[c]}" for c in ("limits", *NUMBERS) if row.get(c)]
    if asks and not row.get("name"):  # so that a name does not hang on the rows before
        name += f"#{','.join(asks)}"
    return Item(
        name=name,
        path=file,
        resources=index.parent / model if model else None,
        objective=asked,
        after_path=not row.get("name"),
    )


def _limit(where: str, text: str) -> tuple[str, float]:
    name, _, units = text.rpartition("=")
    try:
        return name, float(units)
    except ValueError:
        raise InputError(
            f"{where}: limit {text!r} is not CLASS=N; separate them by blanks"
        ) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: {error}") from error
