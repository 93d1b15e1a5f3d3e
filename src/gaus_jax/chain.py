"""One long cooling of a problem under search, taken a piece further in every round."""

import math
from collections.abc import Callable

from gaus_jax.base.search import Part
from gaus_jax.core.schedule import Schedule
from gaus_jax.craft import Craft
from gaus_jax.legalise.cooling import Cooling

PIECE = 50_000  # moves of one part between two looks at the clock
LOOK = 0.05  # of a cooling, after which one on several threads is judged by what it has lost
LOST = 1.25  # times the cheapest cost: a start that is better than the seconds left can make good
COOLER = 0.25  # times the heat, with which it then begins again
LEAST_HEAT = 0.001  # times the first one


class Chain:
    """A cooling that begins after the opening and is planned to end near the end of the search.

    Args:
        cooling: the first one.
        again: one from a schedule, with so many times the heat of the first.
        cost: of one.
        begin: how much of the search is over, 0 to 1.
        share: of what is left of it.
        abreast: so many threads.
    """

    def __init__(
        self,
        cooling: Cooling,
        again: Callable[[Schedule, float], Cooling | None],
        cost: Callable[[Schedule], float],
        begin: float,
        share: float,
        abreast: int = 1,
    ) -> None:
        self._again, self._cost, self.abreast = again, cost, abreast
        self._begin, self._end = begin, begin + max(share * (1 - begin), 1e-9)
        self._heat, self._judged = 1.0, abreast == 1
        self._cooling, self._point = cooling, 0.0

    @classmethod
    def of(
        cls,
        craft: Craft,
        part: Part,
        start: Schedule,
        seed: int,
        cost: Callable[[Schedule], float],
        over: float,
    ) -> "Chain | None":
        """One from a schedule as a part of the search asks for it; None where there is none."""

        def again(schedule: Schedule, heat: float) -> Cooling | None:
            return craft.cooling(schedule, heat * part.heat, seed, part.abreast)

        cooling = again(start, 1.0)
        if cooling is None:
            return None
        return cls(cooling, again, cost, over, part.share, part.abreast)

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
            target = min(1.0, (over() - self._begin) / (self._end - self._begin))
            piece = size
            if moves is not None and pieces is not None:
                target = begin + (target - begin) * done / pieces
                piece = moves // pieces
            self._cooling.run(piece, self._point, target, enough)
            self._point = max(self._point, target)
            if not self._judged and self._point >= LOOK and self._cooler(over()):
                break
        return self._cooling.best

    def _cooler(self, over: float) -> bool:
        """Begin again with less heat from the cheapest schedule, where much is lost by now."""
        best = self._cooling.best
        lost = self._cost(self._cooling.now) > LOST * self._cost(best)
        self._judged = not lost or self._heat * COOLER < LEAST_HEAT or over >= self._end
        cooling = None if self._judged else self._again(best, COOLER * self._heat)
        if cooling is None:
            return False
        self._cooling, self._heat = cooling, COOLER * self._heat
        self._begin, self._point = over, 0.0
        return True
