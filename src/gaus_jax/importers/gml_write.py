"""GML's writer, which loses nothing but the problem's name."""

import numpy as np

from gaus_jax.core.problem import Problem


def write(problem: Problem) -> bytes:
    """Write everything a problem has but its name."""
    lines = ["graph [", "  directed 1", "  multigraph 1"]
    for name, cost, limit in zip(
        problem.classes, problem.class_cost.tolist(), problem.limit.tolist(), strict=True
    ):
        bound = "" if limit == np.inf else f" limit {_real(limit)}"
        lines.append(f"  class [ name {_quoted(name)} cost {_real(cost)}{bound} ]")
    lines += _node_lines(problem)
    edges = (problem.tail, problem.head, problem.delay, problem.distance, problem.weight)
    for tail, head, delay, distance, weight, is_data in zip(
        *(part.tolist() for part in edges), problem.is_data.tolist(), strict=True
    ):
        kind = "data" if is_data else "order"
        lines.append(
            f"  edge [ source {tail} target {head} delay {delay} distance {distance} "
            f'weight {_real(weight)} kind "{kind}" ]'
        )
    return ("\n".join([*lines, "]"]) + "\n").encode("ascii", "xmlcharrefreplace")


def _node_lines(problem: Problem) -> list[str]:
    uses: list[list[str]] = [[] for _ in problem.ids]
    parts = (problem.use_node, problem.use_class, problem.use_demand, problem.use_occupancy)
    for node, kind, demand, occupancy in zip(*(part.tolist() for part in parts), strict=True):
        resource = _quoted(problem.classes[kind])
        uses[node].append(f"resource {resource} demand {_real(demand)} occupancy {occupancy}")
    parts = (problem.latency, problem.size, problem.output, problem.workspace)
    columns = (*(part.tolist() for part in parts), uses)
    nothing, lines = 'resource ""', []
    for i, (latency, size, output, workspace, use) in enumerate(zip(*columns, strict=True)):
        plain = len(use) < 2 and "" not in problem.classes  # as `resource ""` means no use
        text = "".join(use) if plain else " ".join(f"use [ {one} ]" for one in use)
        lines.append(
            f"  node [ id {i} label {_quoted(problem.ids[i])} latency {latency} size {_real(size)} "
            f"output {int(output)} workspace {_real(workspace)} {text or nothing} ]"
        )
    return lines


def _quoted(text: str) -> str:
    return '"' + text.replace("&", "&amp;").replace('"', "&quot;") + '"'


def _real(value: float) -> str:
    """A GML real, which must have a decimal point."""
    digits, exponent, power = repr(value).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent + power
