"""AIGER's writers, and the way back from a `Problem` to an and-inverter graph."""

from dataclasses import replace

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.aig import Aig
from gaus_jax.core.problem import Problem

DELTA_BYTES = 5  # the most a delta takes; literals stay below 2^35


def to_ascii(aig: Aig) -> bytes:
    """The ASCII form."""
    gates = 2 * (aig.inputs + 1 + np.arange(len(aig.fanin)))
    total = aig.inputs + len(gates)
    lines = [f"aag {total} {aig.inputs} 0 {len(aig.outputs)} {len(gates)}"]
    lines += [str(2 * v) for v in range(1, aig.inputs + 1)]
    lines += [str(literal) for literal in aig.outputs.tolist()]
    rows = np.column_stack([gates, _descending(aig)]).tolist()
    lines += [f"{own} {first} {second}" for own, first, second in rows]
    return ("\n".join(lines) + "\n").encode()


def to_binary(aig: Aig) -> bytes:
    """The binary form; of a gate's fan-ins the greater comes first."""
    gates = 2 * (aig.inputs + 1 + np.arange(len(aig.fanin)))
    head = f"aig {aig.inputs + len(gates)} {aig.inputs} 0 {len(aig.outputs)} {len(gates)}\n"
    head += "".join(f"{literal}\n" for literal in aig.outputs.tolist())
    fanin = _descending(aig)
    delta = np.column_stack([gates - fanin[:, 0], fanin[:, 0] - fanin[:, 1]]).reshape(-1, 1)
    rest = delta >> (7 * np.arange(DELTA_BYTES))  # what is left from each byte on
    more = rest >= 128
    digits = ((rest & 127) | (more << 7)).astype(np.uint8)
    keep = (rest > 0) | (np.arange(DELTA_BYTES) == 0)
    return head.encode() + digits[keep].tobytes()


def _descending(aig: Aig) -> np.ndarray:
    return np.sort(aig.fanin.reshape(-1, 2), axis=1)[:, ::-1]


def from_problem(problem: Problem) -> Aig:
    """The and-inverter graph whose `Aig.problem` this is; its sinks become the outputs.

    Complemented edges are not part of a problem, so none is complemented; a gate with one fan-in
    takes it twice. The edges come back in the order of the gates.

    Raises:
        InputError: the problem is no and-inverter graph in AIGER's numbering.
    """
    order = np.lexsort((-problem.tail, problem.head))
    fan = np.bincount(problem.head, minlength=problem.nodes)
    inputs = int(np.argmax(fan > 0)) if fan.any() else problem.nodes
    fan, first = fan[inputs:], (np.cumsum(fan) - fan)[inputs:]
    if ((fan == 1) | (fan == 2)).all():
        ends = (
            order[np.column_stack([first, first + fan - 1])] if fan.size else np.zeros((0, 2), int)
        )
        sinks = np.setdiff1d(np.arange(problem.nodes), problem.tail)
        aig = Aig(
            name=problem.name,
            inputs=inputs,
            fanin=2 * (problem.tail[ends] + 1),
            outputs=2 * (sinks + 1),
        )
        below = (aig.fanin // 2 <= inputs + np.arange(len(fan))[:, None]).all()
        same = replace(problem, tail=problem.tail[order], head=problem.head[order])
        if below and aig.problem() == same:
            return aig
    raise InputError(
        f"{problem.name}: AIGER holds and-inverter graphs only: nodes called 1 .. N, inputs first, "
        f"then gates of one or two fan-ins in topological order, every number 1; save it as json"
    )
