"""Problems from and to what other Python code holds: networkx graphs and plain arrays."""

from dataclasses import fields
from typing import Any

import numpy as np

from gaus_jax.base.errors import InputError, MissingExtraError
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.records import Records, build


def from_networkx(graph: Any, *, name: str = "networkx graph") -> Problem:
    """Read a networkx ``DiGraph`` or ``MultiDiGraph``.

    Node and edge attributes as in docs/formats.md; nodes keep their order, and so do edges unless
    all have an attribute `index`, by which they are then sorted. The graph's attribute ``classes``
    may list the resource classes as dictionaries of name, cost and limit.

    Raises:
        InputError: an undirected graph, two nodes whose names print alike, or a bad attribute.
    """
    source = Source(path=name, data=b"", name=name)
    if not hasattr(graph, "is_directed") or not graph.is_directed():
        raise source.error("is undirected; pass a DiGraph or a MultiDiGraph")
    place = {node: i for i, node in enumerate(graph.nodes)}
    edges = list(graph.edges(data=True))
    if edges and all("index" in attributes for _, _, attributes in edges):
        try:
            edges.sort(key=lambda edge: edge[2]["index"])
        except TypeError as error:
            raise source.error(f"index of an edge must be a number ({error})") from None
    classes = graph.graph.get("classes")
    if not isinstance(classes, list | None) or not all(isinstance(c, dict) for c in classes or ()):
        raise source.error("classes must be a list of dictionaries with name, cost, limit")
    return build(
        source,
        Records(
            ids=[str(node) for node in graph.nodes],
            nodes=[attributes for _, attributes in graph.nodes(data=True)],
            ends=np.array([(place[i], place[j]) for i, j, _ in edges], np.int64).reshape(-1, 2),
            edges=[attributes for _, _, attributes in edges],
            classes=classes,
        ),
    )


def to_networkx(problem: Problem) -> Any:
    """A networkx ``MultiDiGraph`` from which `from_networkx` makes an equal problem.

    Raises:
        MissingExtraError: networkx is not installed.
    """
    try:
        import networkx as nx
    except ImportError as error:
        raise MissingExtraError("networkx is needed: pip install 'gaus-jax[networkx]'") from error
    graph = nx.MultiDiGraph(name=problem.name, classes=_class_records(problem))
    uses: list[list[dict[str, Any]]] = [[] for _ in problem.ids]
    for u, node in enumerate(problem.use_node):
        uses[node].append(
            {
                "resource": problem.classes[problem.use_class[u]],
                "demand": float(problem.use_demand[u]),
                "occupancy": int(problem.use_occupancy[u]),
            }
        )
    for i, node in enumerate(problem.ids):
        graph.add_node(
            node,
            latency=int(problem.latency[i]),
            size=float(problem.size[i]),
            output=bool(problem.output[i]),
            workspace=float(problem.workspace[i]),
            use=uses[i],
        )
    for e in range(problem.edges):
        graph.add_edge(
            problem.ids[problem.tail[e]],
            problem.ids[problem.head[e]],
            index=e,
            delay=int(problem.delay[e]),
            distance=int(problem.distance[e]),
            weight=float(problem.weight[e]),
            kind="data" if problem.is_data[e] else "order",
        )
    return graph


def _class_records(problem: Problem) -> list[dict[str, Any]]:
    """The classes; one without a limit has no key for it."""
    records: list[dict[str, Any]] = []
    for r, name in enumerate(problem.classes):
        records.append({"name": name, "cost": float(problem.class_cost[r])})
        if problem.limit[r] < np.inf:
            records[-1]["limit"] = float(problem.limit[r])
    return records


def to_arrays(problem: Problem) -> dict[str, Any]:
    """All fields by name, read-only; ``Problem(**to_arrays(problem))`` is an equal problem.

    The way in from arrays is `gaus_jax.core.build.make_problem`.
    """
    return {part.name: getattr(problem, part.name) for part in fields(problem) if part.init}


def from_arrays(arrays: dict[str, Any]) -> Problem:
    """The inverse of `to_arrays`; raises `InputError` on an unknown or missing name."""
    known = [part.name for part in fields(Problem) if part.init]
    required = set(known) - {"name", "classes"}
    wrong = sorted((set(arrays) - set(known)) | (required - set(arrays)))
    if wrong:
        raise InputError(f"arrays: '{wrong[0]}' is unknown or missing; known: {', '.join(known)}")
    return Problem(**arrays)
