"""Costs and bounds known from elsewhere, in the form of records."""

from pathlib import Path
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import read_toml
from gaus_jax.bench.config import kappa_text
from gaus_jax.bench.records import Record
from gaus_jax.model.objective import OBJECTIVES

ABOUT = {"instance", "objective", "ratio", "kappa", "lifetime", "ii", "ii_asked"}
KEYS = ABOUT | {"cost", "bound", "source"}
NEEDED = {"instance", "objective"}


def read_known(path: str | Path) -> list[Record]:
    """The tables ``[[best]]`` of a TOML file as records that are no runs.

    ``instance`` and ``objective`` must be there, under C also ``ii``, the interval in cycles that
    the rest is said of; ``ratio`` is "balanced", ``kappa`` "1", ``lifetime`` "register" and
    ``ii_asked`` "auto" (of the runs that it is compared with) where left out; ``cost``, ``bound``,
    or both; ``source`` names who.

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
    about = OBJECTIVES[table["objective"]]
    weights, ii = about.weights.values(), table.get("ii")
    if about.pipelined and (isinstance(ii, bool) or not isinstance(ii, int) or ii < 1):
        raise SettingsError(f"{where}: ii is {ii!r}; under {about.name} a number of at least 1")
    return {
        "instance": table["instance"],
        "objective": table["objective"],
        "ratio": table.get("ratio", "balanced") if "ratio" in weights else None,
        "kappa": kappa_text(table.get("kappa", "1")),
        "lifetime": table.get("lifetime", "register"),
        "ii_asked": str(table.get("ii_asked", "auto")) if about.pipelined else None,
        "ii": ii if about.pipelined else None,
        "cost": table.get("cost"),
        "bound": table.get("bound"),
        "status": "failed" if table.get("cost") is None else "feasible",
        "reason": "",
        "unsound": False,
        "method": table.get("source", "elsewhere"),
        "seed": 0,
        "limit_s": 0.0,
    }
