"""HLO modules as they are parsed, and what must hold for them to be read further."""

from dataclasses import dataclass

from gaus_jax.base.errors import InputError

# What an instruction must call, by role.
_CALLS = {"fusion": ("calls",), "call": ("to_apply",), "while": ("condition", "body")}
_OPERANDS = {"get-tuple-element": 1, "while": 1, "bitcast": 1, "dynamic-update-slice": 2}


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One line of a computation."""

    name: str
    opcode: str
    shape: str  # as printed, layouts included
    operands: tuple[str, ...]  # names
    called: tuple[tuple[str, str], ...]  # (role, computation), as ("body", "region_1")
    control: tuple[str, ...]  # names of control predecessors
    index: int  # of a get-tuple-element, a parameter; else 0
    alias: str  # text of output_to_operand_aliasing
    attributes: str  # all attributes, quoted strings emptied
    target: str  # of a custom call
    source: str  # "file.py:12" of the code it comes from; empty where unknown
    operation: str  # op_name of its metadata
    line: int  # of the text, from 1
    root: bool


@dataclass(frozen=True)
class Computation:
    """Instructions in the order of the text, which is the order of execution in a scheduled one."""

    name: str
    instructions: tuple[Instruction, ...]

    @property
    def root(self) -> Instruction:
        """The instruction whose value is the computation's; the last one where none is marked."""
        marked = [instruction for instruction in self.instructions if instruction.root]
        return (marked or [self.instructions[-1]])[0]


@dataclass(frozen=True)
class Module:
    """A parsed module."""

    name: str
    computations: dict[str, Computation]
    entry: str
    scheduled: bool
    bodies: frozenset[str]  # computations that are bodies of loops
    donated: frozenset[int]  # results, as leaves, that are written to the memory of an argument


def check(module: Module, name: str) -> None:
    """See that names are unique and defined before they are used, and no computation recursive.

    Args:
        module: as parsed.
        name: what errors call it.

    Raises:
        InputError: they are not; names the line.
    """
    for computation in module.computations.values():
        known: set[str] = set()
        every = {instruction.name for instruction in computation.instructions}
        for instruction in computation.instructions:
            where = f"{name}:{instruction.line}: '{instruction.name}'"
            if instruction.name in known:
                raise InputError(f"{where} is defined twice in computation '{computation.name}'")
            for other in (*instruction.operands, *instruction.control):
                if other not in known:
                    how = "defines only later" if other in every else "does not define"
                    raise InputError(
                        f"{where} uses '{other}', which computation '{computation.name}' {how}"
                    )
            known.add(instruction.name)
            _check_calls(module, instruction, name, where)
    _check_recursion(module, name)


def _check_calls(module: Module, instruction: Instruction, name: str, where: str) -> None:
    for role, other in instruction.called:
        if other not in module.computations:
            raise InputError(
                f"{name}:{instruction.line}: {role}={other} of '{instruction.name}' names no "
                f"computation of the module"
            )
    for role in _CALLS.get(instruction.opcode, ()):
        if role not in dict(instruction.called):
            raise InputError(f"{where} is a {instruction.opcode} without {role}=")
    least = _OPERANDS.get(instruction.opcode, 0)
    if len(instruction.operands) < least:
        raise InputError(
            f"{where} is a {instruction.opcode} with {len(instruction.operands)} operands, not "
            f"{least}"
        )


def _check_recursion(module: Module, name: str) -> None:
    """No computation may come to call itself."""
    calls = {
        title: [other for i in computation.instructions for _, other in i.called]
        for title, computation in module.computations.items()
    }
    done: dict[str, bool] = {}  # False while it is entered
    for root in calls:
        stack = [root]
        while stack:
            title = stack[-1]
            if done.setdefault(title, False):
                stack.pop()
                continue
            inner = [other for other in calls[title] if not done.get(other)]
            again = [other for other in inner if other in done]
            if again:
                raise InputError(f"{name}: computation '{again[0]}' comes to call itself")
            if inner:
                stack.append(inner[0])
            else:
                done[title] = True
                stack.pop()
