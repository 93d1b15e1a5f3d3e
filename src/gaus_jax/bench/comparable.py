"""What runs in one folder must share beside their key: the content of a graph, and the seconds."""

from collections.abc import Sequence

from gaus_jax.base.errors import InputError
from gaus_jax.bench.plan import Run
from gaus_jax.bench.records import Record, key_of

SLACK = 1e-3  # seconds, between budgets that are the same


def check_budgets(held: Sequence[Record], planned: Sequence[Run], per_node: float) -> None:
    """Runs that are recorded already must have had the seconds that are asked for now.

    Raises:
        InputError: one had others; names it, and what to do.
    """
    keys = {run.key for run in planned}
    for record in held:
        seconds, nodes = record["budget_s"], record["nodes"]
        if seconds is None or nodes is None or key_of(record) not in keys:
            continue
        asked = record["limit_s"] + per_node * nodes
        if abs(seconds - asked) > SLACK:
            raise InputError(
                f"{record['method']} on {record['instance']} is recorded with {seconds:g} s, and "
                f"{asked:g} s are asked for (limit_per_node): take another folder"
            )


def check_content(held: Sequence[Record], run: Run, sha256: str | None) -> None:
    """A name stands for one graph.

    Raises:
        InputError: the graph that has just been read is not the one of the records.
    """
    for record in held:
        same = record["instance"] == run.instance.name
        if same and None not in (sha256, record["sha256"]) and record["sha256"] != sha256:
            raise InputError(
                f"{run.instance.source}: is not the graph that the records call "
                f"{run.instance.name}: its content has changed; take another folder"
            )
