"""One long cooling of a problem under search, taken a piece further in every round."""

import math
from collections.abc import Callable

from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.cooling import Cooling

PIECE = 50_000  # moves of one part between two looks at the clock


class Chain:
    """A cooling that begins after the opening and is planned to end near the end of the search."""

    def __init__(self, cooling: Cooling, begin: float, share: float, abreast: int = 1) -> None:
        self._cooling, self.abreast = cooling, abreast  # so many threads
        self._begin = begin  # how much of the search was over then, 0 to 1
        self._length = max(share * (1 - begin), 1e-9)
        self._point = 0.0

    @property
    def done(self) -> bool:
        """Whether it has cooled down."""
        return self._point >= 1

    def advance(
        self, over: Callable[[], float], moves: int | None, enough: Callable[[], bool]
    ) -> Schedule:
        """Cool to where the search is, over some moves or, where None, until it is enough.

        Args:
            over: how much of the search is over, 0 to 1.
            moves: to try by the point that ``over`` says; None where that moves by the clock.
            enough: asked between pieces; True ends them early.

        Returns:
            The cheapest schedule so far.
        """
        size = self.abreast * PIECE
        begin, pieces = self._point, None if moves is None else max(1, math.ceil(moves / size))
        done = 0
        while not (self.done or enough() or done == pieces):
            done += 1
            target = min(1.0, (over() - self._begin) / self._length)
            piece = size
            if moves is not None and pieces is not None:
                target = begin + (target - begin) * done / pieces
                piece = moves // pieces
            self._cooling.run(piece, self._point, target, enough)
            self._point = max(self._point, target)
        return self._cooling.best
