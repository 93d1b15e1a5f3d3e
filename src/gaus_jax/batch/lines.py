"""JSON lines with checksums: what a crash, a full disk or a bad sector has cut is told apart."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

FIELD = "crc32"  # of the rest of the line, eight hexadecimal digits
_HEAD = f'{{"{FIELD}": "'.encode()
_WIDTH = len(_HEAD) + 8 + len(b'", ')


def encode(record: Mapping[str, Any]) -> bytes:
    """One line, its end included; its first field is the checksum of all that follows.

    Raises:
        ValueError: a number that is not finite, or a record of no fields.
    """
    body = json.dumps(record, allow_nan=False, separators=(",", ":")).encode()
    if body == b"{}" or FIELD in record:
        raise ValueError(f"a record has fields, and none is called {FIELD}")
    return _HEAD + f"{zlib.crc32(body):08x}".encode() + b'", ' + body[1:] + b"\n"


def decode(line: bytes) -> dict[str, Any] | None:
    """The record of a line, with or without its end; None where it is not whole."""
    line = line.rstrip(b"\r\n")
    if not line.startswith(_HEAD) or len(line) <= _WIDTH:
        return None
    body = b"{" + line[_WIDTH:]
    if line[len(_HEAD) : len(_HEAD) + 8] != f"{zlib.crc32(body):08x}".encode():
        return None
    return json.loads(body)
