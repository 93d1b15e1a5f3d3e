"""What a search takes in memory, and a smaller form of it where that is too much."""

import os
import resource
import sys
from dataclasses import replace

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import Settings
from gaus_jax.portfolio.threads import thread_count
from gaus_jax.relax.histogram import evaluation_for
from gaus_jax.relax.pack import Shape
from gaus_jax.rounds import lane_count

MEGA = 1e6
COMPILER = 320.0  # MB that the first compilation of a process takes and keeps
DENSE, BIN, NODE = 12, 48, 64  # bytes: of a node and step, of a node and bin, of a node or edge
ARC = 104  # bytes of a node, or of an edge and its reader, while the network of cuts is gathered
LINEAR = 120  # bytes of a node variable of the linear relaxation, its rows included
SMALLEST = 10_000  # node variables below which the relaxation is not worth having
BINS = {"window": None, "hat": 2}  # None: as the settings say


def fitted(settings: Settings, shape: Shape, problems: int) -> Settings:
    """Settings of the same search that stay within ``memory_limit``, if there is one.

    Given up in turn: lanes, the dense form, windows for hats, and the resolution of the linear
    relaxation. Estimates are of this process, what it holds by now included.

    Args:
        settings: of a solve.
        shape: the padded shape of the problems.
        problems: how many run side by side.

    Raises:
        SettingsError: not even the smallest form fits; says what it would take.
    """
    if settings.memory_limit is None:
        return settings
    lanes, limit = lane_count(settings, shape), settings.memory_limit
    cuts = ARC * (shape.free + 2 * shape.edges) / MEGA
    room = limit - held() - COMPILER - problems * cuts
    first = evaluation_for(settings.relax.evaluation, shape.steps, settings.relax.dense_steps)
    order = ["dense", "window", "hat"]
    forms = [(k, form) for form in order[order.index(first) :] for k in _halves(lanes)]
    sizes = [gradient(settings, shape, k * problems, form) for k, form in forms]
    chosen = next((n for n, size in enumerate(sizes) if size <= room / 2), len(forms) - 1)
    if sizes[chosen] > room:
        raise SettingsError(
            f"memory_limit is {limit:g} MB and the search needs about "
            f"{limit - room + sizes[chosen]:.0f} MB at the least; raise it, or solve smaller graphs"
        )
    (lanes, form), rest = forms[chosen], room - sizes[chosen]
    threads = 1 + thread_count(settings.search.threads)
    most = int(max(rest, 0.0) * MEGA / (threads * LINEAR))
    return replace(
        settings,
        relax=replace(settings.relax, evaluation=form),
        optimise=replace(settings.optimise, restarts=lanes),
        search=replace(
            settings.search,
            linear_size=min(settings.search.linear_size, most if most >= SMALLEST else 0),
        ),
    )


def gradient(settings: Settings, shape: Shape, lanes: int, evaluation: str) -> float:
    """Megabytes of the gradient's arrays and temporaries, by measurements on CPU."""
    own = NODE * (shape.free + shape.edges + shape.changes + shape.consumers)
    if evaluation == "dense":
        return lanes * (own + DENSE * shape.free * shape.steps) / MEGA
    bins = BINS[evaluation] or settings.relax.window
    return lanes * (own + BIN * shape.free * bins + NODE * shape.steps) / MEGA


def held() -> float:
    """Megabytes that this process holds by now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGA
    except OSError:  # not Linux: the most that it ever held; kilobytes, on macOS bytes
        unit = 1.0 if sys.platform == "darwin" else 1024.0
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGA


def _halves(lanes: int) -> list[int]:
    """Lanes, half of them, and so on down to one."""
    found = [lanes]
    while found[-1] > 1:
        found.append(found[-1] // 2)
    return found
