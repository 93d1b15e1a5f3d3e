"""Which results of an HLO instruction are no new memory but an operand's.

Some must share an operand's buffer: what only renames it (bitcast, tuple, get-tuple-element), a
while loop its initial state. Others may, where the operand dies with them: XLA's buffer assignment
lets an elementwise operation write over its operand, and updates and sorts work in place
(https://openxla.org/xla/hlo_dataflow_analysis; `CanShareOperandBufferWithUser` in XLA's source).
"""

import re
from collections.abc import Mapping

from gaus_jax.xla.hlo_module import Computation, Instruction

RENAMING = frozenset({"bitcast", "tuple", "get-tuple-element", "optimization-barrier", "domain"})
RENAMING_FIRST = frozenset({"add-dependency"})  # of the first operand alone

_ELEMENTWISE = """
abs acos acosh add and asin asinh atan2 atanh bitcast-convert cbrt ceil clamp clz compare convert
cos cosh divide erf exponential exponential-minus-one floor imag is-finite log log-plus-one logistic
maximum minimum multiply negate not or popcnt power real reduce-precision remainder
round-nearest-afz round-nearest-even rsqrt select shift-left shift-right-arithmetic
shift-right-logical sign sine sinh sin sqrt subtract tan tanh xor
"""
ELEMENTWISE = frozenset(_ELEMENTWISE.split())


def in_place_operands(
    instruction: Instruction, computations: Mapping[str, Computation]
) -> list[tuple[int, int]]:
    """Pairs of an operand and the result (a leaf of the shape) that may be written over it.

    In order of preference; whether sizes agree and the operand dies is the caller's to see.
    """
    opcode, count = instruction.opcode, len(instruction.operands)
    if opcode in ELEMENTWISE:
        return [(k, 0) for k in range(count)]
    if opcode == "sort":
        return [(k, k) for k in range(count)]
    if opcode == "dynamic-update-slice":
        return [(0, 0)]
    if opcode == "scatter":
        return [(k, k) for k in range((count - 1) // 2)]
    if opcode == "fusion" and "kind=kLoop" in instruction.attributes:
        fused = computations[dict(instruction.called)["calls"]]
        return [(k, 0) for k in _overwritable(fused)]
    return []


def must_alias(instruction: Instruction) -> dict[int, tuple[int, int]]:
    """Result leaf -> (operand, leaf of it), from ``output_to_operand_aliasing``, one level deep."""
    found = {}
    pattern = r"\{([\d, ]*)\}:\s*\((\d+),\s*\{([\d, ]*)\}"
    for leaf, operand, inner in re.findall(pattern, instruction.alias):
        found[int(leaf or 0)] = (int(operand), int(inner or 0))
    return found


def _overwritable(fused: Computation) -> list[int]:
    """Parameters of a fused loop that its result may be written over: read element by element."""
    users: dict[str, list[Instruction]] = {}
    for instruction in fused.instructions:
        for name in instruction.operands:
            users.setdefault(name, []).append(instruction)
    root = fused.root
    if root.opcode == "tuple":
        return []
    updated = _updated(fused, users)
    good = []
    for instruction in fused.instructions:
        if instruction.opcode != "parameter":
            continue
        if instruction.name == updated or _elementwise(instruction, root, users):
            good.append(instruction.index)
    return sorted(good)


def _updated(fused: Computation, users: Mapping[str, list[Instruction]]) -> str | None:
    """The parameter that a fused dynamic-update-slice writes to, where nothing else reads it."""
    by_name = {instruction.name: instruction for instruction in fused.instructions}

    def behind(instruction: Instruction) -> Instruction:
        while instruction.opcode == "bitcast":
            instruction = by_name[instruction.operands[0]]
        return instruction

    root = behind(fused.root)
    if root.opcode != "dynamic-update-slice":
        return None
    at = root
    while at.opcode in ("dynamic-update-slice", "bitcast"):
        at = by_name[at.operands[0]]
        if len(users[at.name]) > 1:
            return None
    return at.name if at.opcode == "parameter" else None


def _elementwise(
    parameter: Instruction, root: Instruction, users: Mapping[str, list[Instruction]]
) -> bool:
    """Whether every way from a parameter to the root is elementwise."""
    if parameter is root:
        return False
    stack, seen = [parameter.name], set()
    while stack:
        for user in users.get(stack.pop(), []):
            if user.opcode not in ELEMENTWISE:
                return False
            if user.name not in seen:
                seen.add(user.name)
                stack.append(user.name)
    return root.name in seen
