"""PSPLIB's single-mode files: resource-constrained project scheduling.

Format: Kolisch and Sprecher, "PSPLIB - a project scheduling problem library", European Journal of
Operational Research 96, 1996. How it is read: FORMULATIONS on ``bench/psplib``. The first and the
last job are dummies and no part of the problem; the others keep their numbers as ids.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gaus_jax.core.checks import INTEGER_LIMIT
from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format

PRECEDENCE = "PRECEDENCE RELATIONS:"
REQUESTS = "REQUESTS/DURATIONS:"
AVAILABILITY = "RESOURCEAVAILABILITIES:"
SECTIONS = (PRECEDENCE, REQUESTS, AVAILABILITY)  # in the order that a file must have them
COUNTS = {  # what a count of the header begins with -> the letter of its columns
    "- renewable": "R",
    "- nonrenewable": "N",
    "- doubly constrained": "D",
}
PROJECTS, JOBS = "projects", "jobs (incl. supersource/sink )"
RULE = "***"  # what a line between sections begins with


class _Row(NamedTuple):
    numbers: list[int]
    line: int


class _Job(NamedTuple):
    duration: int  # cycles
    requests: list[int]  # (C,) units of each column
    line: int


def read(source: Source) -> Problem:
    """Read one single-mode project.

    Raises:
        InputError: a section that is missing or cut off; counts that do not agree; several modes
            or projects; a request of what is not renewable; a number that is none; an unknown
            successor; no dummy job at either end; precedence that forms a cycle; with the line.
    """
    return _Project(source).problem()


class _Project:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.header: dict[str, _Row] = {}
        self.sections: dict[str, list[tuple[int, str]]] = {}
        self.ended = False  # whether a rule closes the last section
        self._split()
        self.count = self._count(JOBS, least=2).numbers[0]
        self.columns = self._columns()
        self.successors = list(self._successors())
        self.jobs = list(self._jobs())
        self.available = self._availabilities()

    def _split(self) -> None:
        """The header's numbers by name, and the lines of each section."""
        name = ""
        for number, raw in enumerate(self.source.text().split("\n"), 1):
            line = raw.strip()
            if line in SECTIONS:
                self._begin(line, number)
                name = line
            elif line.startswith(RULE):
                self.ended, name = name == AVAILABILITY, ""
            elif name:
                self.sections[name].append((number, line))
            elif ":" in line:
                key, _, value = (part.strip() for part in line.partition(":"))
                if key in (PROJECTS, JOBS, *COUNTS):
                    self.header[key] = self._row(value.rstrip("RND "), number, key)
        missing = [name for name in SECTIONS if name not in self.sections]
        if missing:
            raise self.source.error(f"has no section '{missing[0]}'; it may be cut off, or no .sm")
        if not self.ended:
            raise self.source.error(f"no line of * after '{AVAILABILITY}'; the file is cut off")
        projects = self._count(PROJECTS)
        if projects.numbers != [1]:
            what = f"{projects.numbers[0]} projects; give each its own file"
            raise self.source.error(what, projects.line)

    def _begin(self, section: str, line: int) -> None:
        if len(self.sections) == len(SECTIONS) or section != SECTIONS[len(self.sections)]:
            order = ", ".join(SECTIONS)
            raise self.source.error(f"'{section}' is out of place; expected {order}", line)
        self.sections[section] = []

    def _row(self, text: str, line: int, what: str) -> _Row:
        """The whole numbers of a line."""
        for word in text.split():
            if not re.fullmatch(r"[0-9]{1,15}", word) or int(word) > INTEGER_LIMIT:
                shown = f"'{word[:40]}'; it must be a whole number >= 0"
                raise self.source.error(f"{what} has {shown}", line)
        return _Row([int(word) for word in text.split()], line)

    def _count(self, key: str, least: int = 0) -> _Row:
        if key not in self.header:
            raise self.source.error(f"the header has no line '{key} : ...'")
        row = self.header[key]
        if len(row.numbers) != 1 or row.numbers[0] < least:
            raise self.source.error(f"'{key}' must be one whole number >= {least}", row.line)
        return row

    def _table(self, section: str, heads: int) -> tuple[list[tuple[int, str]], list[_Row]]:
        """The lines above a section's numbers, and its numbers."""
        lines = [(number, line) for number, line in self.sections[section] if line]
        rows = [self._row(line, number, f"'{section}'") for number, line in lines[heads:]]
        if len(lines) <= heads:
            raise self.source.error(f"'{section}' holds no numbers; the file is cut off")
        return lines[:heads], rows

    def _jobwise(self, section: str, heads: int) -> list[_Row]:
        """A row for each job, which must be numbered 1, 2, ..."""
        _, rows = self._table(section, heads)
        for job, row in enumerate(rows, 1):
            if job > self.count or row.numbers[0] != job:
                wanted = f"job {job} of {self.count}" if job <= self.count else "no further job"
                what = f"'{section}' has job {row.numbers[0]} where {wanted} is due"
                raise self.source.error(what, row.line)
        if len(rows) < self.count:
            what = f"'{section}' ends after job {len(rows)} of {self.count}"
            raise self.source.error(what, rows[-1].line)
        return rows

    def _columns(self) -> list[str]:
        """The resources in the order of the columns of requests, such as ``R 1``."""
        heads, _ = self._table(REQUESTS, 2)
        line, title = heads[0]
        found = re.fullmatch(r"jobnr\. +mode +duration((?: +[RND] *[0-9]+)*)", title)
        if found is None:
            what = "expected the titles 'jobnr. mode duration R 1 ...'"
            raise self.source.error(what, line)
        columns = _labels(found[1])
        if len(set(columns)) < len(columns):
            raise self.source.error("a resource has two columns; keep one", line)
        for key, letter in COUNTS.items():
            stated = self._count(key)
            listed = sum(column[0] == letter for column in columns)
            if stated.numbers != [listed]:
                what = f"the header states {stated.numbers[0]} of '{key}', but {listed} are listed"
                raise self.source.error(what, line)
        return columns

    def _successors(self) -> Iterator[_Row]:
        for job, row in enumerate(self._jobwise(PRECEDENCE, 1), 1):
            if len(row.numbers) < 3:
                what = f"job {job} must have a number of modes and one of successors"
                raise self.source.error(what, row.line)
            modes, stated, listed = row.numbers[1], row.numbers[2], row.numbers[3:]
            if modes != 1:
                what = f"job {job} has {modes} modes; only single-mode problems are read"
                raise self.source.error(what, row.line)
            if len(listed) != stated:
                what = f"job {job} has {len(listed)} successors where {stated} are stated"
                raise self.source.error(what, row.line)
            unknown = [other for other in listed if not 1 <= other <= self.count]
            if unknown:
                what = f"successor {unknown[0]} of job {job} is unknown; jobs are 1..{self.count}"
                raise self.source.error(what, row.line)
            yield _Row(listed, row.line)

    def _jobs(self) -> Iterator[_Job]:
        for job, (numbers, line) in enumerate(self._jobwise(REQUESTS, 2), 1):
            if len(numbers) != 3 + len(self.columns):
                what = f"job {job} has {len(numbers)} numbers"
                raise self.source.error(f"{what}; expected {3 + len(self.columns)}", line)
            if numbers[1] != 1:
                what = f"mode {numbers[1]} of job {job}; only single-mode problems are read"
                raise self.source.error(what, line)
            for column, request in zip(self.columns, numbers[3:], strict=True):
                if request and column[0] != "R":
                    what = f"job {job} requests {column}, which is not renewable"
                    raise self.source.error(f"{what}; only renewable resources are read", line)
            yield _Job(numbers[2], numbers[3:], line)

    def _availabilities(self) -> list[int]:
        heads, rows = self._table(AVAILABILITY, 1)
        line, title = heads[0]
        if _labels(title) != self.columns:
            what = f"expected the titles {' '.join(self.columns)}, as above the requests"
            raise self.source.error(what, line)
        if len(rows) != 1 or len(rows[0].numbers) != len(self.columns):
            what = f"'{AVAILABILITY}' must be one line of {len(self.columns)} numbers"
            raise self.source.error(what, rows[0].line)
        return rows[0].numbers

    def _check_dummies(self) -> None:
        last = self.count
        into = {head for row in self.successors for head in row.numbers}
        bad = [
            (1, 1 in into, "predecessors"),
            (last, bool(self.successors[-1].numbers), "successors"),
        ]
        for job, linked, what in bad:
            entry = self.jobs[job - 1]
            if linked or entry.duration or any(entry.requests):
                where = "first" if job == 1 else "last"
                raise self.source.error(
                    f"job {job}, the {where}, is no dummy: it must have duration 0, no requests "
                    f"and no {what}",
                    entry.line,
                )

    def problem(self) -> Problem:
        """The jobs between the dummies; of edges those between such jobs."""
        self._check_dummies()
        inner = range(2, self.count)
        ends = [(j - 2, k - 2) for j in inner for k in self.successors[j - 1].numbers if k in inner]
        renewable = [c for c, column in enumerate(self.columns) if column[0] == "R"]
        latency = np.array([self.jobs[j - 1].duration for j in inner], np.int64)
        requests = [[self.jobs[j - 1].requests[c] for c in renewable] for j in inner]
        demand = np.array(requests, np.float64).reshape(len(inner), len(renewable))
        node, kind = np.nonzero(demand)
        return self.source.problem(
            tuple(str(j) for j in inner),
            np.array(ends, np.int64).reshape(-1, 2),
            latency=latency,
            classes=tuple(self.columns[c] for c in renewable),
            limit=np.array([self.available[c] for c in renewable], np.float64),
            uses=(node, kind, demand[node, kind], latency[node]),
            weight=0,
            is_data=False,
        )


def _labels(text: str) -> list[str]:
    return [f"{letter} {number}" for letter, number in re.findall(r"([RND]) *([0-9]+)", text)]


PSPLIB = Format(
    name="psplib",
    suffixes=(".sm",),
    sniff=lambda head: JOBS.encode() in head,
    read=read,
)
