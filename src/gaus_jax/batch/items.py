"""What is to be solved: one graph with what is asked of it alone."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.importers import load


@dataclass(frozen=True, kw_only=True)
class Item:
    """A graph, or the file that holds it, and what its objective has that others have not."""

    name: str
    problem: Problem | None = None
    path: Path | None = None
    resources: Path | None = None  # the resource model of a GraphML file
    objective: Mapping[str, Any] = field(default_factory=dict)  # over the batch's: ii, depth, ...
    after_path: bool = False  # whether its name is its path as it was typed, with what is asked

    def load(self) -> Problem:
        """The problem.

        Raises:
            InputError: as `gaus_jax.load`.
        """
        if self.problem is not None:
            return self.problem
        assert self.path is not None, "an item is a problem or a file"
        return load(self.path, resources=self.resources)

    @property
    def origin(self) -> dict[str, Any]:
        """Where it came from, for its record: files, what is asked of it alone, who named it."""
        files = {"path": self.path, "resources": self.resources}
        found: dict[str, Any] = {n: os.path.abspath(p) for n, p in files.items() if p is not None}
        if self.objective:
            found["asked"] = dict(self.objective)
        if self.path is not None and not self.after_path:
            found["named"] = True
        return found

    @cached_property
    def key(self) -> str:
        """Name and content, objective included: what a record of it is called.

        A file that cannot be read has a content of its own, so that it is tried again once it can.
        """
        digest = hashlib.sha256(json.dumps(dict(self.objective), sort_keys=True).encode())
        if self.problem is not None:
            digest.update(self.problem.sha256.encode())
        for path in filter(None, (self.path, self.resources)):
            try:
                digest.update(path.read_bytes())
            except OSError as error:
                digest.update(repr(error.errno).encode())
        return f"{self.name}@{digest.hexdigest()[:16]}"


def as_items(sources: Any) -> Iterator[Item]:
    """Items of problems, paths and items, or of one, in order.

    Raises:
        InputError: anything else.
    """
    if isinstance(sources, Item | Problem | str | os.PathLike):
        sources = [sources]
    for index, source in enumerate(sources):
        if isinstance(source, Item):
            yield source
        elif isinstance(source, Problem):
            yield Item(name=source.name, problem=source)
        elif isinstance(source, str | os.PathLike):
            yield Item(name=os.fspath(source), path=Path(source))
        else:
            raise InputError(
                f"entry {index} of the batch is {type(source).__name__}; expected a problem, the "
                f"path of a file, or an Item"
            )
