"""The writer of CIRCT's SSP dialect: a problem, and a schedule of it for CIRCT's verifiers.

Written is the form that the dialect's documentation shows: limits at resource types, and ``uses``
after the operands. Sizes, outputs, weights and costs are left out, as are demand and occupancy on a
class without a limit: no problem class of CIRCT asks for them. Anything else that SSP cannot say is
refused.
"""

import re

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule

TOP = 2**32 - 1  # the greatest number of a property


def write(problem: Problem, schedule: Schedule | None = None) -> bytes:
    """Write an instance, with start times and II where there is a schedule.

    A schedule without an II of a problem with loop-carried edges gets its depth as II: iterations
    that follow each other that far apart do not overlap.

    Args:
        problem: what to write.
        schedule: of this problem; it need not be legal.

    Raises:
        InputError: the problem has what SSP cannot say, or the schedule a start below 0.
    """
    _check_numbers(problem)
    _check_uses(problem)
    _check_order_edges(problem)
    ii = None if schedule is None else schedule.ii
    if schedule is not None:
        _check_schedule(problem, schedule)
        if ii is None and problem.loop_carried:
            ii = max(1, schedule.depth)
    head = f"ssp.instance {_symbol(problem.name)} of" if problem.name else "ssp.instance of"
    known = "" if ii is None else f" [II<{ii}>]"
    lines = [f'{head} "{_class(problem, ii)}"{known} {{', "  library {"]
    latencies = np.unique(problem.latency).tolist()
    lines += [f"    operator_type {_type(cycles)} [latency<{cycles}>]" for cycles in latencies]
    lines += ["  }", "  resource {"]
    for name, limit in zip(problem.classes, problem.limit.tolist(), strict=True):
        bound = "" if limit == np.inf else f" [limit<{int(limit)}>]"
        lines.append(f"    resource_type {_symbol(name)}{bound}")
    lines += ["  }", "  graph {", *_operations(problem, schedule), "  }", "}"]
    return ("\n".join(lines) + "\n").encode()


def _class(problem: Problem, ii: int | None) -> str:
    limited = bool((problem.limit < np.inf).any())
    if ii is not None or problem.loop_carried:
        return "ModuloProblem" if limited else "CyclicProblem"
    return "SharedOperatorsProblem" if limited else "Problem"


def _type(latency: int) -> str:
    return f"@cycles{latency}"


def _operations(problem: Problem, schedule: Schedule | None) -> list[str]:
    """A line for each node: its data edges as operands, then its order edges by name."""
    names = [_symbol(name) for name in problem.ids]
    operands: list[list[str]] = [[] for _ in names]
    sequel: list[list[str]] = [[] for _ in names]
    read = np.zeros(len(names), np.bool_)  # whether a node's value is an operand
    read[problem.tail[problem.is_data]] = True
    edges = (problem.tail, problem.head, problem.distance, problem.is_data)
    for tail, head, distance, data in zip(*(part.tolist() for part in edges), strict=True):
        later = f" [dist<{distance}>]" if distance else ""
        (operands if data else sequel)[head].append(f"{f'%{tail}' if data else names[tail]}{later}")
    kinds: list[dict[str, None]] = [{} for _ in names]
    for node, kind in zip(problem.use_node.tolist(), problem.use_class.tolist(), strict=True):
        kinds[node][_symbol(problem.classes[kind])] = None
    lines = []
    for i, (name, latency) in enumerate(zip(names, problem.latency.tolist(), strict=True)):
        result = f"%{i} = " if read[i] else ""
        uses = f" uses[{', '.join(kinds[i])}]" if kinds[i] else ""
        start = "" if schedule is None else f" [t<{schedule.start[i]}>]"
        edges_in = ", ".join(operands[i] + sequel[i])
        lines.append(f"    {result}operation<{_type(latency)}> {name}({edges_in}){uses}{start}")
    return lines


def _symbol(name: str) -> str:
    """A name as MLIR writes it, quoted where it is no plain word."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$.]*", name):
        return f"@{name}"
    plain = [32 <= byte < 127 and byte not in b'"\\' for byte in name.encode()]
    text = zip(name.encode(), plain, strict=True)
    return '@"' + "".join(chr(byte) if keep else f"\\{byte:02X}" for byte, keep in text) + '"'


def _refusal(problem: Problem, what: str) -> InputError:
    return InputError(f"{problem.name}: SSP cannot hold this: {what}; save it as json")


def _check_numbers(problem: Problem) -> None:
    try:
        "".join([problem.name, *problem.ids, *problem.classes]).encode()
    except UnicodeEncodeError:
        raise _refusal(problem, "a name is not Unicode text") from None
    if "" in (*problem.ids, *problem.classes):
        raise _refusal(problem, "the name of a node or a class is empty")
    if problem.delay.any():
        edge = problem.edge(int(np.argmax(problem.delay > 0)))
        raise _refusal(problem, f"{edge} has a delay beyond the latency")
    if max(problem.latency.max(initial=0), problem.distance.max(initial=0)) > TOP:
        raise _refusal(problem, f"a latency or a distance is above {TOP}")


def _check_uses(problem: Problem) -> None:
    """A limited class has whole units, and a node takes one of them for one cycle."""
    for name, limit in zip(problem.classes, problem.limit.tolist(), strict=True):
        if limit < np.inf and not (1 <= limit <= TOP and limit == int(limit)):
            raise _refusal(problem, f"class {name} has a limit of {limit:g}, no whole number >= 1")
    seen: set[tuple[int, int]] = set()
    columns = (problem.use_node, problem.use_class, problem.use_demand, problem.use_occupancy)
    for node, kind, demand, cycles in zip(*(part.tolist() for part in columns), strict=True):
        if problem.limit[kind] == np.inf:
            continue
        what = f"node {problem.ids[node]} on class {problem.classes[kind]}, which is limited,"
        if demand != 1 or cycles != 1:
            what = f"{what} takes {demand:g} units for {cycles} cycles, not 1 for 1"
            raise _refusal(problem, what)
        if (node, kind) in seen:
            raise _refusal(problem, f"{what} has two uses")
        if problem.latency[node] == 0:
            raise _refusal(problem, f"{what} has latency 0, which CIRCT does not allow")
        seen.add((node, kind))


def _check_order_edges(problem: Problem) -> None:
    """Of two references from one operation to another CIRCT keeps one, with one distance."""
    known: dict[tuple[int, int], int] = {}
    for e in np.flatnonzero(~problem.is_data).tolist():
        ends = int(problem.tail[e]), int(problem.head[e])
        if known.setdefault(ends, int(problem.distance[e])) != problem.distance[e]:
            what = f"{problem.edge(e)} is an order edge beside one of another distance"
            raise _refusal(problem, what)


def _check_schedule(problem: Problem, schedule: Schedule) -> None:
    if schedule.start.size != problem.nodes:
        raise _refusal(problem, f"{schedule.start.size} starts for {problem.nodes} nodes")
    bad = (schedule.start < 0) | (schedule.start > TOP)
    if bad.any():
        node = int(np.argmax(bad))
        what = f"node {problem.ids[node]} starts at {schedule.start[node]}, not in 0..{TOP}"
        raise _refusal(problem, what)
