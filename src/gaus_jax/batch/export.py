"""A store as a table: CSV, or Parquet by the extra ``gaus-jax[parquet]``."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError, MissingExtraError
from gaus_jax.base.files import ensure_writable, replace_file
from gaus_jax.batch.stored import header_of, read, start_of

COLUMNS = (
    "name", "status", "reason", "objective", "value", "lower_bound", "gap", "ii", "depth", "nodes",
    "edges", "left_out", "lifetime", "seed", "sha256", "key",
)  # fmt: skip
WHOLE = ("ii", "depth", "nodes", "edges", "left_out", "seed")
REAL = ("value", "lower_bound", "gap")  # and all terms and seconds


def export(folder: str | Path, out: str | Path) -> int:
    """Write a row for each record; how many. Parquet has the starts too, as lists.

    Raises:
        InputError: the folder is no store, or the file is neither ``.csv`` nor ``.parquet``.
        MissingExtraError: pyarrow is not installed.
    """
    header_of(folder)
    ensure_writable(out)
    suffix = Path(out).suffix.lower()
    if suffix == ".csv":
        rows = [_row(record) for record in read(folder)]
        replace_file(out, _csv(rows))
        return len(rows)
    if suffix == ".parquet":
        rows = []
        for record in read(folder):
            start = start_of(folder, record)
            rows.append(_row(record) | {"start": None if start is None else start.tolist()})
        replace_file(out, _parquet(rows))
        return len(rows)
    raise InputError(f"{out}: of no known table format; name it .csv or .parquet")


def _row(record: dict[str, Any]) -> dict[str, Any]:
    terms = {f"term_{name}": value for name, value in record.get("terms", {}).items()}
    seconds = {f"seconds_{name}": value for name, value in record.get("timings", {}).items()}
    return {name: record.get(name) for name in COLUMNS} | terms | seconds


def _columns(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Those of all rows; what some lack stays empty there."""
    return list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(errors="surrogateescape")


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    try:
        import pyarrow  # pyright: ignore[reportMissingImports]
        from pyarrow import parquet  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingExtraError("pyarrow is needed: pip install 'gaus-jax[parquet]'") from error
    kinds = dict.fromkeys(COLUMNS, pyarrow.string())
    kinds |= dict.fromkeys(WHOLE, pyarrow.int64()) | dict.fromkeys(REAL, pyarrow.float64())
    kinds |= {"start": pyarrow.list_(pyarrow.int64())}
    columns = {}
    for name in dict.fromkeys([*_columns(rows), "start"]):
        # Types that no row decides, so that tables of several runs go together.
        kind = kinds.get(name, pyarrow.float64())
        columns[name] = pyarrow.array([_plain(row.get(name)) for row in rows], kind)
    data = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), data)
    return data.getvalue()


def _plain(value: Any) -> Any:
    """Text that UTF-8 has: names of files may be any bytes."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
