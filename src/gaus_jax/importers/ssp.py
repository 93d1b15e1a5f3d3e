"""CIRCT's SSP dialect: what an instance of a static scheduling problem means as a `Problem`.

Format: project llvm/circt, 'ssp' Dialect (circt.llvm.org/docs/Dialects/SSP). An operand is a data
edge, a reference by name (CIRCT's auxiliary dependence) an order edge. Limited operators are fully
pipelined: a use takes one unit for one cycle. See docs/formats.md.
"""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format
from gaus_jax.importers.mlir_text import SHOWN, Token
from gaus_jax.importers.ssp_parse import Dependence, Instance, Operation, Values
from gaus_jax.importers.ssp_write import write


def read(source: Source) -> Problem:
    """Read the only instance of a file, in the older form (limits of operator types) or the newer.

    Raises:
        InputError: see `Instance`; a name that is unknown; an operation without a latency.
    """
    return _problem(source, Instance(source))


def read_schedule(source: Source) -> Schedule | None:
    """The start times of the instance, with its II, under the depth that they take.

    Returns:
        The schedule in the order of the nodes of `read`; None where no operation has a start.

    Raises:
        InputError: as `read`, or some operations have a start and others none.
    """
    instance = Instance(source)
    duration = _problem(source, instance).duration
    bare = [operation for operation in instance.operations if operation.start is None]
    if len(bare) == len(instance.operations):
        return None
    if bare:
        raise source.error(f"operation '{bare[0].id[:SHOWN]}' has no start", bare[0].line)
    start = np.array([operation.start for operation in instance.operations], np.int64)
    return Schedule(start, int((start + duration).max()), instance.properties.get("II"))


def _problem(source: Source, instance: Instance) -> Problem:
    """A class for each limited operator type, then one for each resource type."""
    limited = {name: row["limit"] for name, row in instance.types.items() if "limit" in row}
    limits = [row.get("limit", np.inf) for row in instance.resources.values()]
    own = {name: r for r, name in enumerate(limited)}
    shared = {name: len(limited) + r for r, name in enumerate(instance.resources)}
    uses = [
        (i, r)
        for i, node in enumerate(instance.operations)
        for r in _uses(instance, node, own, shared)
    ]
    edges = [
        (_producer(instance, edge), i, edge.distance, edge.source.kind == "value")
        for i, node in enumerate(instance.operations)
        for edge in node.dependences
    ]
    columns = np.array(edges, np.int64).reshape(-1, 4)
    node, kind = np.array(uses, np.int64).reshape(-1, 2).T
    return source.problem(
        tuple(operation.id for operation in instance.operations),
        columns[:, :2],
        latency=np.array([_latency(instance, node) for node in instance.operations], np.int64),
        classes=(*limited, *instance.resources),
        limit=np.array([*limited.values(), *limits], np.float64),
        uses=(node, kind, 1, 1),
        distance=columns[:, 2],
        weight=columns[:, 3].astype(np.float64),
        is_data=columns[:, 3].astype(np.bool_),
    )


def _uses(
    instance: Instance, operation: Operation, own: dict[str, int], shared: dict[str, int]
) -> list[int]:
    """The classes that an operation uses: its type's own, where that is limited, and the shared."""
    operator = operation.operator
    uses = [] if operator is None or operator.text not in own else [own[operator.text]]
    for name in operation.uses:
        _entry(instance, "resource type", instance.resources, name)
        if shared[name.text] in uses:
            raise instance.text.error(f"resource '{name.text[:SHOWN]}' is used twice", name)
        uses.append(shared[name.text])
    return uses


def _latency(instance: Instance, operation: Operation) -> int:
    operator = operation.operator
    if operator is None:
        what = "an operation without an operator type has no latency; write operation<@type>"
        raise instance.source.error(what, operation.line)
    latency = _entry(instance, "operator type", instance.types, operator).get("latency")
    if latency is None:
        what = f"operator type '{operator.text[:SHOWN]}' has no latency"
        raise instance.text.error(what, operator)
    return latency


def _entry(instance: Instance, what: str, known: dict[str, Values], name: Token) -> Values:
    if name.text not in known:
        shown = ", ".join(known)[:200] or "none"
        what = f"{what} '{name.text[:SHOWN]}' is unknown; known: {shown}"
        raise instance.text.error(what, name)
    return known[name.text]


def _producer(instance: Instance, dependence: Dependence) -> int:
    """The operation that a dependence comes from."""
    token, result = dependence.source, dependence.result
    if token.kind == "symbol":
        if token.text not in instance.named:
            what = f"no operation is called '{token.text[:SHOWN]}'"
            raise instance.text.error(f"{what}; only named ones can be referred to", token)
        return instance.named[token.text]
    index, count = instance.values.get(token.text, (0, 0))
    if result >= count:
        shown = f"%{token.text[:SHOWN]}" + (f"#{result}" if result else "")
        raise instance.text.error(f"value '{shown}' is not defined in the graph", token)
    return index


SSP = Format(
    name="ssp",
    suffixes=(".mlir",),
    sniff=lambda head: b"ssp.instance" in head,
    read=read,
    write=write,
)
