"""What a folder says before a run: what its graphs are called, and why some have no schedule."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gaus_jax.batch.items import Item
from gaus_jax.batch.reasons import Reasons
from gaus_jax.batch.stored import Record, name_of, read
from gaus_jax.core.result import FAILED, LEGAL

ORIGIN = ("path", "resources", "asked", "named")  # of a record, as `Item.origin` has them


class Earlier:
    """The records of a folder, in short.

    Args:
        folder: a store.
    """

    def __init__(self, folder: str | Path) -> None:
        self._names: dict[str, str] = {}  # where a graph came from -> what it is called
        self._bad: dict[str, Record] = {}  # key -> status, reason and name
        for record in read(folder):
            if "path" in record:
                self._names[_text(record)] = name_of(record)
            if record["status"] not in LEGAL:
                about = {"status": record["status"], "reason": record["reason"]}
                self._bad[record["key"]] = about | {"name": name_of(record)}

    def called_alike(self, items: Iterable[Item]) -> Iterator[Item]:
        """Items by the names that their files have in the folder, however paths are typed now.

        An item that its index names keeps that name.
        """
        names = dict(self._names)
        for item in items:
            if item.after_path:
                name = names.setdefault(_text(item.origin), item.name)
                yield item if name == item.name else replace(item, name=name)
            else:
                yield item

    def failed(self, key: str) -> bool:
        """Whether an item has no schedule, which nothing proves."""
        return key in self._bad and self._bad[key]["status"] in FAILED

    def reasons(self, keys: Iterable[str]) -> Reasons:
        """Why some of these items have no schedule."""
        found = Reasons()
        for record in (self._bad[key] for key in keys if key in self._bad):
            found.add(record["reason"] or record["status"], record["name"])
        return found


def _text(origin: Mapping[str, Any]) -> str:
    return json.dumps({name: origin.get(name) for name in ORIGIN}, sort_keys=True)
