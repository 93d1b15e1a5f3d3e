"""Helpers of the importers' tests: small problems, and reading from strings."""

import csv
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
AMOUNT = st.floats(0, 2.0**53, allow_subnormal=False) | st.integers(0, 9).map(float)
COUNT = st.integers(0, 2**40)


def source(text: str | bytes, *, resources: str | bytes | None = None, path: str = "f") -> Source:
    data = text.encode() if isinstance(text, str) else text
    model = None if resources is None else source(resources, path="model")
    return Source(path=path, data=data, name="f", resources=model)


@st.composite
def problems(draw, names=NAMES, amount=AMOUNT, *, one_use: bool = False) -> Problem:
    """Any problem of up to five nodes; `one_use`: what DOT can hold."""
    ids = draw(st.lists(names, max_size=5, unique=True))
    classes = draw(st.lists(names.filter(bool) if one_use else names, max_size=3, unique=True))
    node = st.integers(0, max(len(ids) - 1, 0))
    pairs = st.tuples(node, node)
    ends = draw(st.lists(pairs, max_size=6)) if ids else []
    forward = np.array([0 if i < j else 1 for i, j in ends], np.int64)

    def column(values, count):
        return draw(st.lists(values, min_size=count, max_size=count))

    use_count = draw(st.integers(0, len(ids) if one_use else 6)) if ids and classes else 0
    nodes = list(range(use_count)) if one_use else column(node, use_count)
    kinds = column(st.integers(0, max(len(classes) - 1, 0)), use_count)
    if one_use:  # classes come back in the order of first use
        used = list(dict.fromkeys(kinds))
        classes, kinds = [classes[r] for r in used], [used.index(r) for r in kinds]
    else:  # the uses of a node come back together
        order = np.argsort(nodes, kind="stable")
        nodes, kinds = [nodes[u] for u in order], [kinds[u] for u in order]
    return make_problem(
        ids,
        ends,
        latency=column(COUNT, len(ids)),
        size=column(amount, len(ids)),
        output=column(st.booleans(), len(ids)),
        workspace=column(amount, len(ids)),
        classes=classes,
        class_cost=1 if one_use else column(amount, len(classes)),
        limit=np.inf if one_use else column(amount | st.just(np.inf), len(classes)),
        uses=(nodes, kinds, column(amount, use_count), column(COUNT, use_count)),
        delay=column(COUNT, len(ends)),
        distance=forward * np.array(column(st.integers(1, 9), len(ends)), np.int64),
        weight=column(amount, len(ends)),
        is_data=column(st.booleans(), len(ends)),
    )


def index_rows(bench: Path, kind: str) -> list[dict[str, str]]:
    """The rows of one set in the benchmark's index."""
    with (bench / "index.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["set"] == kind]


def differences(one: Problem, other: Problem) -> list[str]:
    """The fields in which two problems differ, their names apart."""
    fields = (k for k in vars(one) if k in Problem.__dataclass_fields__ and k != "name")
    return [k for k in fields if not np.array_equal(getattr(one, k), getattr(other, k))]
