"""Costs and bounds known from elsewhere, in the form of records."""

from pathlib import Path
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import read_toml
from gaus_jax.bench.records import Record
from gaus_jax.model.objective import OBJECTIVES

KEYS = {"instance", "objective", "ratio", "kappa", "lifetime", "cost", "bound", "source"}
NEEDED = {"instance", "objective"}


def read_known(path: str | Path) -> list[Record]:
    """The tables ``[[best]]`` of a TOML file as records that are no runs.

    ``instance`` and ``objective`` must be there; ``ratio`` is "balanced", ``kappa`` "1" and
    ``lifetime`` "register" where left out; ``cost``, ``bound``, or both; ``source`` names who.

    Raises:
        SettingsError: the file cannot be read as such tables; says which keys there are.
    """
    tree = read_toml(Path(path))
    tables = tree.pop("best", None)
    if tree or not isinstance(tables, list):
        raise SettingsError(f"{path}: expected tables [[best]], and nothing else")
    return [_record(table, f"{path}: best {place}") for place, table in enumerate(tables, 1)]


def _record(table: dict[str, Any], where: str) -> Record:
    odd = sorted(set(table) - KEYS) or sorted(NEEDED - set(table))
    if odd:
        problem = "unknown" if set(table) - KEYS else "missing"
        raise SettingsError(f"{where}: {problem} key '{odd[0]}'; known: {', '.join(sorted(KEYS))}")
    for name in ("cost", "bound"):
        value = table.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise SettingsError(f"{where}: {name} is {value!r}; expected a number")
    weights = OBJECTIVES[table["objective"]].weights.values()
    return {
        "instance": table["instance"],
        "objective": table["objective"],
        "ratio": table.get("ratio", "balanced") if "ratio" in weights else None,
        "kappa": str(table.get("kappa", "1")),
        "lifetime": table.get("lifetime", "register"),
        "cost": table.get("cost"),
        "bound": table.get("bound"),
        "status": "failed" if table.get("cost") is None else "feasible",
        "reason": "",
        "unsound": False,
        "method": table.get("source", "elsewhere"),
        "seed": 0,
        "limit_s": 0.0,
    }
