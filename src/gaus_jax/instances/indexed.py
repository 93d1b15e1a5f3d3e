"""What tables beside the graphs say: which resource model goes with a graph, and what is known."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gaus_jax.base.errors import InputError

INDEX = "index.csv"  # in the root: columns path, resources
BEST = "best.csv"  # beside the graphs: columns problem, best_known_makespan


class Pair(NamedTuple):
    """A graph and a resource model."""

    graph: str  # its path without the first folder and the suffix
    model: str  # the model's stem without the graph's
    path: str  # under the root
    resources: str  # under the root


class Known(NamedTuple):
    """Of a problem, as others have found; None: nothing."""

    cost: float | None
    bound: float | None


def pairs(root: Path) -> Iterator[Pair]:
    """The pairs that the index of a folder lists, in its order.

    ``hls/a/g1.graphml`` with ``hls/b/g1_RM3.xml`` is the graph ``a/g1`` and the model ``RM3``.

    Raises:
        InputError: there is no index, or it lacks a column.
    """
    for row in _rows(root / INDEX, ("path", "resources")):
        if not row["resources"]:
            continue
        path, model = Path(row["path"]), Path(row["resources"]).stem
        graph = path.stem.split(".")[0]
        within = path.relative_to(path.parts[0]) if len(path.parts) > 1 else path
        name = within.with_suffix("").as_posix()
        yield Pair(name, model.removeprefix(graph).lstrip("_"), row["path"], row["resources"])


def known_of(path: Path) -> Known | None:
    """What a table beside a graph says of its latency: ``42``, proved; ``155..173`` or ``..173``.

    Raises:
        InputError: a value that is neither.
    """
    return _known(path.parent).get(path.name)


@cache
def _known(folder: Path) -> dict[str, Known]:
    table = folder / BEST
    if not table.exists():
        return {}
    found = {}
    for row in _rows(table, ("problem", "best_known_makespan")):
        text = row["best_known_makespan"]
        low, _, high = text.partition("..")
        try:
            cost = float(high or low) if text else None
            known = Known(cost, float(low) if low else None)
        except ValueError:
            raise InputError(
                f"{table}: {row['problem']}: {text!r} is no makespan; expected 42, 155..173 or "
                f"nothing"
            ) from None
        found[row["problem"]] = known
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise InputError(f"{path}: column {min(missing)} is missing")
            yield from reader
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read: {error}; set GAUS_BENCH or root to the folder of the "
            f"benchmark files"
        ) from error
