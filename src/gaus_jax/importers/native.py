"""The native format: JSON columns that hold every field of a `Problem`; see docs/formats.md."""

import json
from typing import Any

import numpy as np

from gaus_jax.core.checks import AMOUNT_LIMIT, INTEGER_LIMIT
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format

FORMAT, VERSION = "gaus-jax-problem", 1

# section -> column -> (field of Problem, kind of its values)
COLUMNS: dict[str, dict[str, tuple[str, type]]] = {
    "nodes": {
        "id": ("ids", str),
        "latency": ("latency", int),
        "size": ("size", float),
        "output": ("output", bool),
        "workspace": ("workspace", float),
    },
    "classes": {
        "name": ("classes", str),
        "cost": ("class_cost", float),
        "limit": ("limit", float),
    },
    "uses": {
        "node": ("use_node", int),
        "class": ("use_class", int),
        "demand": ("use_demand", float),
        "occupancy": ("use_occupancy", int),
    },
    "edges": {
        "tail": ("tail", int),
        "head": ("head", int),
        "delay": ("delay", int),
        "distance": ("distance", int),
        "weight": ("weight", float),
        "data": ("is_data", bool),
    },
}
REQUIRED = ("id", "name", "node", "class", "tail", "head")  # columns that no default replaces
DEFAULTS = {"demand": 1, "occupancy": 1}
KNOWN = ("format", "version", "name", *COLUMNS)
PHRASE = {
    str: "a string",
    int: "a whole number >= 0",
    float: "a number >= 0",
    bool: "true or false",
}
LIMITS: dict[type, float] = {int: INTEGER_LIMIT, float: AMOUNT_LIMIT}


def read(source: Source) -> Problem:
    """Read the native format.

    Raises:
        InputError: not JSON (with the line), another format or version, an unknown or missing key,
            a column of a wrong type or length, or what `Problem` refuses.
    """
    document = _document(source)
    fields: dict[str, Any] = {}
    for section, columns in COLUMNS.items():
        if section not in document and section != "nodes":
            continue
        content = _check_keys(source, section, document.get(section), tuple(columns))
        for column, (field, kind) in columns.items():
            if column in content:
                fields[field] = _column(source, f"{section}.{column}", content[column], kind)
            elif column in REQUIRED:
                raise source.error(f"{section} lacks '{column}'; give one value for each row")
    return _problem(source, document, fields)


def _problem(source: Source, document: dict[str, Any], fields: dict[str, Any]) -> Problem:
    name = document.get("name", source.name)
    if not isinstance(name, str):
        raise source.error("name must be a string")
    ends = [fields.pop(end, []) for end in ("tail", "head")]
    if len(ends[0]) != len(ends[1]):
        raise source.error(
            f"edges.tail has {len(ends[0])} entries, edges.head {len(ends[1])}; give both for each"
        )
    if "uses" in document:
        uses = [fields.pop("use_node"), fields.pop("use_class")]
        uses += [fields.pop(f"use_{key}", value) for key, value in DEFAULTS.items()]
        fields["uses"] = uses
    edges = np.array(ends, np.int64).reshape(2, -1).T
    return source.problem(fields.pop("ids"), edges, **{**fields, "name": name})


def _document(source: Source) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(k for i, (k, _) in enumerate(pairs) if k in dict(pairs[:i]))
            raise source.error(f"key '{twice[:40]}' appears twice in one object; keep one")
        return found

    def refuse(constant: str) -> float:
        raise source.error(f"{constant} is no JSON number; write null for no limit")

    text = source.text()
    try:
        document = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise source.error(f"not JSON ({error.msg}); it may be cut off", error.lineno) from None
    except RecursionError:
        raise source.error("lists are nested too deeply to be a problem") from None
    except ValueError as error:
        if type(error) is ValueError:  # of an integer of thousands of digits
            raise source.error("holds a number of too many digits") from None
        raise
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise source.error(f'not a gaus_jax problem; it must have "format": "{FORMAT}"')
    if document.get("version") != VERSION:
        shown = str(document.get("version"))[:40]
        raise source.error(f"version {shown} is unknown; this program reads version {VERSION}")
    _check_keys(source, "the document", document, KNOWN)
    return document


def _check_keys(source: Source, where: str, content: Any, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise source.error(f"{where} must be an object of columns: {', '.join(known)}")
    unknown = [key for key in content if key not in known]
    if unknown:
        raise source.error(f"unknown key '{unknown[0][:40]}' in {where}; known: {', '.join(known)}")
    return content


def _column(source: Source, where: str, values: Any, kind: type) -> Any:
    """A list of values of one kind, or a single one for all rows where the column allows it."""
    rows = values if isinstance(values, list) else [values]
    if rows is not values and where.partition(".")[2] in REQUIRED:
        raise source.error(f"{where} must be a list")
    missing = np.inf if where == "classes.limit" else None
    rows = [missing if value is None else value for value in rows]
    if _all_fit(rows, kind, infinite=missing is not None):
        return rows if isinstance(values, list) else rows[0]
    for i, value in enumerate(rows):
        if not _fits(value, kind, infinite=missing is not None):
            raise source.error(f"{where}[{i}] is {str(value)[:40]!r}; it must be {PHRASE[kind]}")
    return rows if isinstance(values, list) else rows[0]


def _all_fit(rows: list[Any], kind: type, *, infinite: bool) -> bool:
    """Whether all rows fit, at once; False also where they must be looked at one by one."""
    found = set(map(type, rows))
    if kind is bool:
        return found <= {bool}
    if kind is str:
        return found <= {str} and _is_text("".join(rows))
    if not found <= {int, float}:
        return False
    try:
        array = np.array(rows, float)
    except OverflowError:
        return False
    if infinite:
        array = array[array != np.inf]
    whole = kind is float or bool(np.all(array == np.floor(array)))
    return whole and bool(np.all((array >= 0) & (array <= LIMITS[kind])))


def _fits(value: Any, kind: type, *, infinite: bool) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is str:
        return isinstance(value, str) and _is_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if infinite and value == np.inf:
        return True
    return 0 <= value <= LIMITS[kind] and (kind is float or value == int(value))


def _is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8; JSON allows halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def write(problem: Problem) -> bytes:
    """Write all of a problem; a limit of infinity becomes null."""
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION, "name": problem.name}
    for section, columns in COLUMNS.items():
        document[section] = {}
        for column, (field, _) in columns.items():
            values = getattr(problem, field)
            listed = list(values) if isinstance(values, tuple) else values.tolist()
            document[section][column] = [None if value == np.inf else value for value in listed]
    return (json.dumps(document, allow_nan=False) + "\n").encode()


def _sniff(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


NATIVE = Format(name="json", suffixes=(".json",), sniff=_sniff, read=read, write=write)
