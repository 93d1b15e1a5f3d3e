"""Shorter intervals than the first that was found: by patience, by the gradient, by CP-SAT."""

from dataclasses import replace

from gaus_jax.base.settings import Settings
from gaus_jax.feasible import SWIFT, Feasible
from gaus_jax.interval.first import FIRST_SHARE
from gaus_jax.interval.guide import guided
from gaus_jax.interval.ledger import EFFORTS, Ledger

AGAIN_SHARE = 0.2  # of the seconds left, for shorter intervals than the first that was found
MISSES = 2  # intervals in a row that are tried in vain before others are


def shortened(ledger: Ledger, found: Feasible) -> Feasible:
    """The same, or schedules at a shorter interval, with what is proved."""
    descent = _Descent(ledger, found)
    try:
        if not found.interrupted:
            descent.all()
    except KeyboardInterrupt:
        descent.best = replace(descent.best, interrupted=True)
    with ledger.clock.stage("legalise"):
        return ledger.concluded(descent.best)


class _Descent:
    """The best so far, and what is tried below it."""

    def __init__(self, ledger: Ledger, found: Feasible) -> None:
        self.ledger, self.best = ledger, found
        self.settings: Settings = ledger.settings

    def all(self) -> None:
        """Each way in turn."""
        stage = self.ledger.clock.stage
        with stage("legalise"):
            self.descend()
        self.guide()
        with stage("legalise"):
            self.insist()
            self.decide()
            self.enrich()

    @property
    def ii(self) -> int:
        """The shortest interval so far."""
        assert self.best.window.ii is not None
        return self.best.window.ii

    def descend(self) -> None:
        """MinII, which mostly does; then one interval less and less, until two in a row fail."""
        ledger = self.ledger
        until, misses = ledger.until(AGAIN_SHARE), 0
        if self.ii > ledger.least:
            self.place(ledger.least, until)
        ii = self.ii - 1
        while ii > ledger.least and misses < MISSES and not ledger.late(until):
            misses = 0 if self.place(ii, until) else misses + 1
            ii -= 1

    def place(self, ii: int, until: float) -> bool:
        """Whether quick placements find a schedule, which is then the best."""
        ledger, found = self.ledger, None
        if not ledger.hopeless(ii):
            found = ledger.at(ii, EFFORTS[0], min(until, ledger.until(FIRST_SHARE)))
        self.best = found or self.best
        return found is not None

    def guide(self) -> None:
        """Placements near the means that a gradient finds at several intervals at once."""
        ledger, settings = self.ledger, self.settings
        if not (settings.guide_share > 0 and settings.optimise.steps and ledger.clock.limited):
            return
        with ledger.clock.stage("legalise"):
            open_ = [ii for ii in range(ledger.least, self.ii) if not ledger.hopeless(ii)]
        if open_:
            self.best = guided(ledger, open_, ledger.until(settings.guide_share)) or self.best

    def insist(self) -> None:
        """More patient placements at the intervals that were passed over."""
        ledger = self.ledger
        until = ledger.until(AGAIN_SHARE)
        for effort in ledger.efforts:
            for ii in sorted(ledger.failed):
                if ledger.late(until) or ii >= self.ii:
                    break
                if ledger.hopeless(ii) or ledger.tried.get(ii, 0.0) >= effort:
                    continue
                found = ledger.at(ii, effort, until)
                if found is not None:
                    self.best = found

    def enrich(self) -> None:
        """More schedules to begin with, where there is but the quick scheduler's."""
        if set(self.best.hints) == {SWIFT}:
            ledger = self.ledger
            more = ledger.at(self.ii, EFFORTS[0], ledger.until(FIRST_SHARE))
            if more is not None:
                self.best = replace(more, hints=self.best.hints | more.hints)

    def decide(self) -> None:
        """Ask CP-SAT for each interval that is left, from below and then from above."""
        ledger = self.ledger
        until = ledger.until(self.settings.proof_share)
        bound = ledger.bound(self.ii)
        while bound < self.ii and not ledger.late(until):
            found = ledger.exactly(bound, until)
            if found == "unknown":
                break
            self.best = found if isinstance(found, Feasible) else self.best
            bound = ledger.bound(self.ii)
        ii = self.ii - 1
        while bound < ii and not ledger.late(until):
            found = None if ledger.hopeless(ii) else ledger.exactly(ii, until)
            if isinstance(found, str):
                break
            self.best = found or self.best
            ii -= 1
