"""DOT's writer."""

import re

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem

NUMERAL = re.compile(r"-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)")


def write(problem: Problem) -> bytes:
    """Write a problem of at most one use a node.

    Classes come back in the order of their first use; those that nothing uses do not.

    Raises:
        InputError: a node of several uses, a class with a limit or a cost, a backslash in a name.
    """
    _check(problem)
    uses = {
        node: f"resource={_quoted(problem.classes[kind])}, demand={_numeral(demand)}, "
        f"occupancy={occupancy}"
        for node, kind, demand, occupancy in zip(
            problem.use_node.tolist(),
            problem.use_class.tolist(),
            problem.use_demand.tolist(),
            problem.use_occupancy.tolist(),
            strict=True,
        )
    }
    nothing = 'resource=""'
    lines = ["digraph {"]
    for i, name in enumerate(problem.ids):
        lines.append(
            f"  {_quoted(name)} [latency={problem.latency[i]}, size={_numeral(problem.size[i])}, "
            f"output={int(problem.output[i])}, workspace={_numeral(problem.workspace[i])}, "
            f"{uses.get(i, nothing)}];"
        )
    for e, (tail, head) in enumerate(zip(problem.tail, problem.head, strict=True)):
        kind = "data" if problem.is_data[e] else "order"
        lines.append(
            f"  {_quoted(problem.ids[tail])} -> {_quoted(problem.ids[head])} "
            f"[delay={problem.delay[e]}, distance={problem.distance[e]}, "
            f"weight={_numeral(problem.weight[e])}, kind={kind}];"
        )
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _check(problem: Problem) -> None:
    uses = np.bincount(problem.use_node, minlength=problem.nodes)
    if (uses > 1).any():
        what = f"node {problem.ids[int(np.argmax(uses > 1))]} has {uses.max()} uses of resources"
    elif (problem.limit < np.inf).any() or (problem.class_cost != 1).any():
        what = "its resource classes have limits or costs"
    elif "" in problem.classes or "\\" in "".join([*problem.ids, *problem.classes]):
        what = "a name holds a backslash, or a class has no name"
    else:
        return
    raise InputError(f"{problem.name}: DOT cannot hold this: {what}; save it as json or gml")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _numeral(value: float) -> str:
    text = repr(float(value))
    return text if NUMERAL.fullmatch(text) else f'"{text}"'
