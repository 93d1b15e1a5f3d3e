"""HatScheT's file of a schedule, read back; `hatschet_write` has the format."""

import numpy as np

from gaus_jax.core.schedule import Schedule
from gaus_jax.importers.files import Source

MOST = 10**12  # of a cycle or an II that is meant


def read_schedule(source: Source, labels: tuple[str, ...], duration: np.ndarray) -> Schedule:
    """Starts and II, under the depth that they take; what each vertex is bound to is left out.

    Args:
        source: the file.
        labels: (N,) what it calls the nodes.
        duration: (N,) int64, steps.

    Raises:
        InputError: a line that is none of the format, a vertex that is unknown, twice or missing.
    """
    place = {label: i for i, label in enumerate(labels)}
    start = np.full(len(labels), -1, np.int64)
    ii: int | None = None
    for number, line in enumerate(source.text().splitlines(), 1):
        if line.startswith("#"):
            words = line[1:].split()
            if words[:1] == ["II"]:
                ii = _whole(source, words[1] if len(words) > 1 else "", number, 1)
            continue
        if not line.strip():
            continue
        fields = line.split(";")
        if len(fields) != 3:
            raise source.error("expected vertex;cycle;fu", number)
        if fields[0] not in place:
            raise source.error(f"vertex '{fields[0][:40]}' is none of the graph's nodes", number)
        node = place[fields[0]]
        if start[node] >= 0:
            raise source.error(f"vertex '{fields[0][:40]}' has two lines", number)
        start[node] = _whole(source, fields[1], number, 0)
    missing = np.flatnonzero(start < 0)
    if missing.size:
        raise source.error(f"vertex '{labels[missing[0]][:40]}' has no line")
    return Schedule(start, int(np.max(start + duration, initial=0)), ii)


def _whole(source: Source, text: str, line: int, least: int) -> int:
    if not text.isdecimal() or len(text) > 18 or not least <= int(text) <= MOST:
        raise source.error(f"'{text[:40]}' is not a whole number of at least {least}", line)
    return int(text)
