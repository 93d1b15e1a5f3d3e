"""Which part of a cycle comes next: those that lately paid come more often, all come again."""

from collections.abc import Sequence

FADE = 0.7  # of a part's credit that a new gain leaves
LEAST = (
    0.1  # credit of a part that never pays: it comes again after ten turns of one that always does
)


class Credit:
    """Parts take turns: next is the one with the most credit times turns waited.

    ``credit <- FADE credit + (1 - FADE) gain``, gains from 0 to 1. A function of the gains alone,
    never of a clock: the same gains give the same turns.
    """

    def __init__(self, count: int) -> None:
        self.credit = [1.0] * count
        self._waited = [1] * count

    def next(self, among: Sequence[int]) -> int:
        """The part to run now; the first of equals."""
        chosen = max(among, key=lambda k: self.credit[k] * self._waited[k])
        for k in range(len(self.credit)):
            self._waited[k] = 1 if k == chosen else self._waited[k] + 1
        return chosen

    def reward(self, part: int, gain: float) -> None:
        """What a turn of a part brought, from 0 (nothing) to 1."""
        self.credit[part] = max(LEAST, FADE * self.credit[part] + (1 - FADE) * gain)
