"""Annealing in pieces: a falling temperature and a rising power, whatever moves there are."""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from gaus_jax.core.schedule import Schedule

PROBES = 2000  # moves that set the temperature and the pace
SLICES = 8  # stages of rising power; the last one is plain descent
CHUNK = 100_000  # moves between two looks at the clock, at most
LOOK = 0.2  # seconds between them, where a pace is known and seconds count


class Heat(NamedTuple):
    """How hot an annealing starts and how the peak's stand-in sharpens."""

    heat: float = 1.0  # in mean uphill moves; 0 for plain descent
    power_start: float = 8.0
    power_end: float = 128.0


GENTLE = Heat()


class Moves(Protocol):
    """Moves from one schedule to the next, peaks as ``2 ** doublings`` power means."""

    def probe(self, doublings: int, moves: int) -> float:
        """The mean uphill change of energy over some moves, none of which is made."""
        ...

    def run(
        self,
        doublings: int,
        hot: float,
        cold: float,
        moves: int,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        """Anneal from one temperature to another (Metropolis); True of ``expired`` ends it."""
        ...

    def now(self) -> Schedule:
        """The schedule that moves have come to."""
        ...

    def best(self) -> Schedule:
        """The cheapest schedule seen, by the terms that moves know."""
        ...


class Cooling:
    """An annealing that can be left and taken up again.

    Args:
        moves: at a legal schedule.
        heat: temperature and powers.
        probes: moves that set the temperature; none of them is made.
    """

    def __init__(self, moves: Moves, heat: Heat, probes: int = PROBES) -> None:
        self._moves = moves
        powers = np.geomspace(heat.power_start, heat.power_end, SLICES)
        self._doublings = [round(np.log2(power)) for power in powers]
        self._warmth = heat.heat * moves.probe(self._doublings[0], probes)

    @property
    def now(self) -> Schedule:
        """The schedule that it has come to."""
        return self._moves.now()

    @property
    def best(self) -> Schedule:
        """The cheapest schedule so far."""
        return self._moves.best()

    def run(
        self,
        moves: int,
        start: float,
        end: float,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        """Try some moves, from one point of the cooling to another (0: its begin, 1: its end)."""
        doublings = self._doublings[min(int(start * SLICES), SLICES - 1)]
        self._moves.run(doublings, self._heat(start), self._heat(end), moves, expired)

    def _heat(self, point: float) -> float:
        """Geometric down to a hundredth, then a last stage of plain descent."""
        fall = point * SLICES / (SLICES - 1)
        return 0.0 if fall >= 1 else self._warmth * 0.01**fall


def cooled(
    moves: Moves,
    heat: Heat,
    count: int,
    seconds: float = float("inf"),
    expired: Callable[[], bool] = lambda: False,
) -> Schedule:
    """The cheapest schedule of one whole cooling.

    Args:
        moves: at a legal schedule.
        heat: temperature and powers.
        count: moves that are tried at most.
        seconds: the cooling is planned to end within these, by the pace of its first moves.
        expired: asked about ten times a second; True ends it early.
    """
    began, sample = time.perf_counter(), min(count, PROBES)
    cooling = Cooling(moves, heat, sample)
    pace = sample / max(time.perf_counter() - began, 1e-6)
    count = int(min(count, pace * min(seconds, 1e9)))
    chunk = max(1, min(CHUNK, count // SLICES))
    if np.isfinite(seconds):
        chunk = max(1, min(chunk, int(pace * LOOK)))
    for done in range(0, count, chunk):
        if expired():
            break
        piece = min(chunk, count - done)
        cooling.run(piece, done / count, (done + piece) / count, expired)
    return cooling.best
