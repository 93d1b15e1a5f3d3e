"""The text form of XLA's HLO modules: computations and instructions, nothing interpreted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gaus_jax.base.errors import InputError
from gaus_jax.xla.hlo_module import Computation, Instruction, Module, check

_HEADER = re.compile(r"(ENTRY\s+)?%?([\w.\-]+)\s*(\(.*->.*)?\{\s*$")
_INSTRUCTION = re.compile(r"(ROOT\s+)?%?([\w.\-]+)\s*=\s*")
_ARRAY = re.compile(r"[a-z][a-z0-9]*\[[^\]]*\](\{[^}]*\})?")
_COMMENT = re.compile(r"/\*.*?\*/")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_BRACKET = re.compile(r"[(){}\[\]]")
_SIGN = re.compile(r"[(){}\[\],]")
_NAMES = re.compile(r"%?([A-Za-z_][\w.\-]*)")
_CALLED = re.compile(
    r"\b(to_apply|calls|body|condition|true_computation|false_computation)=%?([\w.\-]+)"
    r"|\b(branch_computations|called_computations)=\{([^}]*)\}"
)
_ROLES = ("calls=", "to_apply=", "body=", "computation")  # one is in every match of the above
_CONTROL = re.compile(r"\bcontrol-predecessors=\{([^}]*)\}")
_INDEX = re.compile(r"\bindex=(\d+)")
_ALIAS = re.compile(r"\boutput_to_operand_aliasing=\{(.*?\))\s*\}")
_FRAME = re.compile(r"\bstack_frame_id=(\d+)")
_TABLES = ("FileNames", "FunctionNames", "FileLocations", "StackFrames")


@dataclass
class _Reader:
    """What is known so far."""

    name: str
    computations: dict[str, Computation] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)
    tables: dict[str, dict[int, str]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)  # stack frame -> file and line


def parse(text: str, name: str = "HLO text") -> Module:
    """Read a module as `HloModule.to_string` and XLA's dumps print it.

    Args:
        text: the module; layouts, `%` signs and metadata may be there or not.
        name: what errors call it.

    Raises:
        InputError: no `HloModule` line, no ENTRY computation or more than one, a line that is
            none of the above, or an operand or computation that is not defined.
    """
    lines = text.splitlines()
    first = next((k for k, line in enumerate(lines) if line.strip()), 0)
    if not lines or not lines[first].startswith("HloModule"):
        raise InputError(f"{name}:{first + 1}: expected 'HloModule NAME', as XLA prints modules")
    reader = _Reader(name)
    at = first + 1
    while at < len(lines):
        line = lines[at].strip()
        if line in _TABLES:
            at = _table(reader, line, lines, at + 1)
        elif not line or line.startswith("//"):
            at += 1
        else:
            at = _computation(reader, lines, at)
    if len(reader.entries) != 1:
        known = ", ".join(reader.entries or reader.computations) or "none"
        raise InputError(
            f"{name}: {len(reader.entries)} computations are marked ENTRY (found: {known}); a "
            f"module has one, which is what is scheduled"
        )
    title = lines[first].removeprefix("HloModule").split(",")[0].strip()
    scheduled = "is_scheduled=true" in lines[first]
    bodies = frozenset(
        name
        for computation in reader.computations.values()
        for instruction in computation.instructions
        for role, name in instruction.called
        if role == "body"
    )
    pairs = re.search(r"\binput_output_alias=\{((?:\s*\{\d*\}:\s*\([^)]*\),?)*)\s*\}", lines[first])
    donated = re.findall(r"\{(\d*)\}:", pairs[1]) if pairs else []
    into = frozenset(int(leaf or 0) for leaf in donated)
    module = Module(title, reader.computations, reader.entries[0], scheduled, bodies, into)
    check(module, name)
    return module


def _table(reader: _Reader, title: str, lines: list[str], at: int) -> int:
    """The numbered lines under a title such as `StackFrames`; returns the line after them."""
    rows = reader.tables.setdefault(title, {})
    while at < len(lines) and (match := re.match(r"(\d+) (.*)", lines[at].strip())):
        rows[int(match[1])] = match[2]
        at += 1
    return at


def _computation(reader: _Reader, lines: list[str], at: int) -> int:
    """From a header to its closing brace; returns the line after it."""
    header = _HEADER.match(_COMMENT.sub("", lines[at].strip()))
    if header is None:
        raise InputError(
            f"{reader.name}:{at + 1}: expected the head of a computation, 'NAME (...) -> SHAPE {{',"
            f" got '{lines[at].strip()[:60]}'"
        )
    if header[1]:
        reader.entries.append(header[2])
    found: list[Instruction] = []
    for k in range(at + 1, len(lines)):
        line = lines[k].strip()
        if line.startswith("}"):
            if not found:
                raise InputError(f"{reader.name}:{k + 1}: computation '{header[2]}' is empty")
            reader.computations[header[2]] = Computation(header[2], tuple(found))
            return k + 1
        if line:
            found.append(_instruction(reader, line, k + 1))
    raise InputError(f"{reader.name}:{at + 1}: computation '{header[2]}' has no closing brace")


def _instruction(reader: _Reader, line: str, number: int) -> Instruction:
    where = f"{reader.name}:{number}"
    plain = _QUOTED.sub('""', line) if '"' in line else line
    plain = _COMMENT.sub("", plain) if "/*" in plain else plain
    head = _INSTRUCTION.match(plain)
    if head is None:
        raise InputError(f"{where}: expected 'NAME = SHAPE OPCODE(...)', got '{line[:60]}'")
    shape, rest = _shape(plain[head.end() :], where)
    opcode, found, rest = rest.partition("(")
    if not found:
        raise InputError(f"{where}: instruction '{head[2]}' has no operands in parentheses")
    end = _closing("(" + rest, where)
    inside, attributes = rest[: end - 2], rest[end - 1 :]
    opcode = opcode.strip()
    literal = opcode in ("constant", "parameter", "iota")
    number_of = re.match(r"\d+", inside.strip()) if opcode == "parameter" else None
    index = number_of or (_INDEX.search(attributes) if opcode == "get-tuple-element" else None)
    control = _CONTROL.search(attributes) if "control-predecessors" in attributes else None
    alias = _ALIAS.search(attributes) if "aliasing" in attributes else None
    return Instruction(
        name=head[2],
        opcode=opcode,
        shape=shape,
        operands=() if literal else tuple(_operand(part) for part in _split(inside)),
        called=tuple(_called(attributes)),
        control=tuple(_NAMES.findall(control[1])) if control else (),
        index=int(index[index.lastindex or 0]) if index else 0,
        alias=alias[1] if alias else "",
        attributes=attributes,
        target=_string("custom_call_target", line) if opcode == "custom-call" else "",
        source=_source(reader, line),
        operation=_string("op_name", line),
        line=number,
        root=bool(head[1]),
    )


def _shape(text: str, where: str) -> tuple[str, str]:
    """The shape at the start of a text, and what follows it."""
    if text.startswith("("):
        end = _closing(text, where)
    else:
        match = _ARRAY.match(text)
        if match is None:
            raise InputError(f"{where}: expected a shape such as f32[2,3], got '{text[:40]}'")
        end = match.end()
    return text[:end], text[end:].lstrip()


def _closing(text: str, where: str) -> int:
    """The place after the bracket that closes the one with which a text starts."""
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match[0] in "({[" else -1
        if depth == 0:
            return match.end()
    raise InputError(f"{where}: an opening bracket is never closed")


def _split(text: str) -> list[str]:
    """The parts between commas that are in no brackets."""
    if not _BRACKET.search(text):
        return [part for part in text.split(",") if part.strip()]
    parts, depth, begin = [], 0, 0
    for match in _SIGN.finditer(text):
        if match[0] == ",":
            if depth == 0:
                parts.append(text[begin : match.start()])
                begin = match.end()
        else:
            depth += 1 if match[0] in "({[" else -1
    return [part for part in (*parts, text[begin:]) if part.strip()]


def _operand(text: str) -> str:
    """The name in `%a` or `f32[2]{0} %a`."""
    return text.split()[-1].removeprefix("%")


def _called(attributes: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not any(role in attributes for role in _ROLES):
        return found
    for match in _CALLED.finditer(attributes):
        if match[1]:
            found.append((match[1], match[2]))
        else:
            found += [(match[3], name) for name in _NAMES.findall(match[4])]
    return found


def _string(key: str, line: str) -> str:
    if key not in line:
        return ""
    match = re.search(rf'\b{key}="((?:\\.|[^"\\])*)"', line)
    return match[1] if match else ""


def _source(reader: _Reader, line: str) -> str:
    """File and line of the code, from the tables or from older metadata."""
    if "stack_frame_id" in line and (frame := _FRAME.search(line)):
        number = int(frame[1])
        if number not in reader.places:
            reader.places[number] = _place(reader.tables, number)
        if reader.places[number]:
            return reader.places[number]
    if "source_file" not in line:
        return ""
    path, at = _string("source_file", line), re.search(r"\bsource_line=(\d+)", line)
    return f"{path}:{at[1]}" if path and at else path


def _place(tables: Mapping[str, Mapping[int, str]], frame: int) -> str:
    """File and line of a stack frame; empty where a table lacks it."""
    of = lambda title, number: tables.get(title, {}).get(int(number), "")  # noqa: E731
    location = re.search(r"file_location_id=(\d+)", of("StackFrames", frame))
    text = of("FileLocations", location[1]) if location else ""
    file, at = re.search(r"file_name_id=(\d+)", text), re.search(r"\bline=(\d+)", text)
    return f"{of('FileNames', file[1]).strip(chr(34))}:{at[1]}" if file and at else ""
