"""Opening files: gzip by its magic bytes, bounded sizes, errors with the path."""

import gzip
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem

SIZE_LIMIT = 2**31  # bytes after decompression; a gzip bomb stops here
CHUNK = 2**20  # bytes
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The bytes of one file and what messages call it; all that a reader sees of a file."""

    path: str
    data: bytes
    name: str = "problem"  # of the problem read from it
    resources: "Source | None" = None  # the resource model, where a format takes one

    def error(self, what: str, line: int | None = None) -> InputError:
        """The error ``path:line: what``, to be raised by the caller."""
        return InputError(f"{self.path}{'' if line is None else f':{line}'}: {what}")

    def text(self) -> str:
        """The data as UTF-8 text without a byte-order mark; an `InputError` where it is not."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            byte = self.data[error.start]
            raise self.error(
                f"not UTF-8 text (byte 0x{byte:02x}); convert it, or name its format", line
            ) from None

    def problem(self, nodes: Any, edges: Any, **parts: Any) -> Problem:
        """`make_problem` under this source's name; errors name the path instead."""
        parts.setdefault("name", self.name)
        try:
            return make_problem(nodes, edges, **parts)
        except InputError as error:
            raise self.error(str(error).removeprefix(f"{parts['name']}: ")) from None


def open_source(path: str | os.PathLike[str], *, limit: int = SIZE_LIMIT) -> Source:
    """Read a file whole, decompressed where it is gzip.

    Args:
        path: the file; ``.gz`` is no part of the problem's name.
        limit: the most bytes it may hold, decompressed.

    Raises:
        InputError: there is no such file, or it is a directory, unreadable, empty, damaged gzip or
            larger than `limit`.
    """
    shown = os.fspath(path)
    try:
        with open(path, "rb") as file:
            packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            file.seek(0)
            stream = gzip.GzipFile(fileobj=file) if packed else file
            data = _read(stream, shown, limit)
    except FileNotFoundError:
        raise InputError(f"{shown}: does not exist; check the path") from None
    except IsADirectoryError:
        raise InputError(f"{shown}: is a directory; name a file in it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{shown}: damaged gzip data ({error}); fetch it again") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{shown}: cannot be read ({error})") from None
    if not data:
        raise InputError(f"{shown}: is empty; a graph was expected")
    return Source(path=shown, data=data, name=plain_path(path).stem)


def _read(stream: Any, shown: str, limit: int) -> bytes:
    chunks, total = [], 0
    while chunk := stream.read(CHUNK):
        total += len(chunk)
        if total > limit:
            raise InputError(f"{shown}: holds more than {limit} bytes; raise the limit to read it")
        chunks.append(chunk)
    return b"".join(chunks)


def plain_path(path: str | os.PathLike[str]) -> Path:
    """The path without a trailing ``.gz``."""
    plain = Path(path)
    return plain.with_suffix("") if plain.suffix.lower() == ".gz" else plain
