"""The search: rounds of a gradient on the device beside refinements on threads."""

import functools as ft
import math
import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import offered
from gaus_jax.base.search import Part
from gaus_jax.base.settings import Settings
from gaus_jax.chain import Chain
from gaus_jax.core.schedule import Schedule
from gaus_jax.device import Device
from gaus_jax.hunt import FROM_POOL, Hunt
from gaus_jax.legalise.warm import warm_kernels
from gaus_jax.model.constraints.dependence import MEASURES
from gaus_jax.optimise.methods import METHODS
from gaus_jax.optimise.numbers import Annealed, form
from gaus_jax.optimise.optimisers import OPTIMISERS
from gaus_jax.optimise.starts import STARTS
from gaus_jax.portfolio.threads import Countdown, side_by_side, thread_count
from gaus_jax.relax.histogram import AUTO, EVALUATIONS
from gaus_jax.relax.pack import Shape, pack
from gaus_jax.task import Task
from gaus_jax.worker import Turn

ROUNDS = 6  # where there is neither a number of rounds nor a time limit
CLIMB_SHARE = 0.1  # of the seconds left, for the climb of the bounds in one round
CLIMB_MOST = 1.0  # seconds of it, or rounds of a long search would be little else
IDLE_MOST = 4  # times that share, where as many rounds have brought no better schedule
LEAST_SHARE = 0.04  # of all seconds, for a round; in the last two of these no gradient begins
WIDE_SHARE = 0.3  # of the seconds left, for a round of a cooling that takes all threads
COMPILE_LEAST = 10.0  # seconds of everything that must be left to begin to compile a gradient
LANE_WORK = 20_000  # free nodes of all lanes together where restarts are chosen by size


class Progress(NamedTuple):
    """What a reporter is told after every round."""

    round: int
    rounds: int | None  # None: until the time limit
    seconds: float
    best: float  # of the first problem


Reporter = Callable[[Progress], None]


def search(
    tasks: Sequence[Task],
    shape: Shape,
    every: Sequence[Settings],
    clock: Clock,
    report: Reporter = lambda progress: None,
) -> None:
    """Improve the tasks' best schedules until the rounds or the seconds are used up.

    Tasks share one packed shape, and of their settings what `lockstep` says. A round anneals the
    means of one part's lanes on the device, and at the same time refines on threads what earlier
    parts have found. What a round begins with depends on earlier rounds alone: the answer is the
    same for any number of threads.
    """
    with clock.stage("compile"):
        warm_kernels()
    settings = every[0]
    lanes = lane_count(settings, shape)
    packed = pack([t.graph for t in tasks], [t.free for t in tasks], shape, settings.precision)
    hunts = [Hunt(task, own, lanes, clock) for task, own in zip(tasks, every, strict=True)]
    device = Device(packed, tasks, lanes, every, clock)
    rounds = settings.rounds or (None if clock.limited else ROUNDS)
    turns = Rounds(hunts, device, clock, rounds, settings.search.threads)
    count = 0
    while (rounds is None or count < rounds) and not clock.expired():
        awake = [hunt for hunt in hunts if not hunt.resting]
        if not awake:
            break
        turns.run(awake, count, last=count + 1 == rounds)
        count += 1
        report(Progress(count, rounds, clock.used(), tasks[0].best_cost))


class Rounds:
    """What the rounds of a search share."""

    def __init__(
        self,
        hunts: Sequence[Hunt],
        device: Device,
        clock: Clock,
        rounds: int | None,
        threads: int,
    ) -> None:
        self.hunts, self.device, self.clock, self.rounds = hunts, device, clock, rounds
        self._count = -1  # of this round
        self.threads = thread_count(threads)
        self._least = LEAST_SHARE * clock.left() if clock.limited else 0.0  # seconds
        self._halted = threading.Event()

    def run(self, awake: Sequence[Hunt], count: int, last: bool) -> None:
        """One round of the hunts that are awake; the last one leaves no refinement waiting."""
        # Each problem rests by its own patience: its answer is the one that it has alone.
        late = self.clock.left() < 2 * self._least  # too late to refine what a gradient would find
        self._time_gradients(awake)
        with self.clock.stage("legalise"):
            for hunt in awake:
                hunt.begin(count, self.clock.used(), self._over(), late, self._steps)
        self._count = count
        begins = sorted({hunt.gradient.part.gradient for hunt in awake if hunt.gradient})
        for begin in begins:
            self.device.compile(begin)
        points = self._refine_beside(awake, begins)
        self._legalise(awake, points)
        if last:
            self._refine_beside(awake, [])
        for hunt in awake:
            hunt.end()

    def _time_gradients(self, awake: Sequence[Hunt]) -> None:
        """Learn the pace of the gradients where that decides whether they are chosen."""
        if not self.clock.limited:
            return
        for begin in sorted({b for hunt in awake for b in hunt.doubtful(2 * self.device.call)}):
            if self._compilable(begin):
                self.device.compile(begin)
                self.device.time(begin)

    def _compilable(self, begin: float) -> bool:
        """Whether there is time to compile a gradient, which nothing can stop; or no need to."""
        return self.clock.wall_left() >= COMPILE_LEAST or self.device.compiled(begin)

    def _steps(self, part: Part) -> float:
        """How many steps of a part's gradient fit into its seconds; negative: not to be begun."""
        if not self._compilable(part.gradient):
            return -1.0
        seconds = self._seconds([Turn(part, None, 0)])
        return self.device.steps(part.gradient, seconds)

    def _refine_beside(self, awake: Sequence[Hunt], begins: Sequence[float]) -> dict[Hunt, Any]:
        """All refinements that wait, beside the gradients; what these find, (2, K, N) a hunt."""
        pairs = [(hunt, wanted) for hunt in awake for wanted in hunt.waiting()]
        chains = [(h, chain) for h in awake for chain in h.chains if not chain.done]
        # A chain has a thread to itself until the others are through, if threads are left for them.
        wide = [h for h in awake if h.wide]
        alone = len(chains) < self.threads or bool(wide)
        seconds = self._seconds([wanted.turn for _, wanted in pairs], WIDE_SHARE if wide else 0.0)
        free = self.threads - bool(begins) - (len(chains) if alone else 0)
        seconds /= max(1, math.ceil(len(pairs) / max(1, free)))
        climbing = [h for h in awake if h.ascent and not h.ascent.done]
        share = self.clock.left()  # infinite: to the next look, whatever it takes
        if self.clock.limited:
            share = min(CLIMB_MOST, CLIMB_SHARE * share / max(1, len(climbing)))
        others: list[Callable[[], Any]] = [
            ft.partial(self._climb, h, share * min(IDLE_MOST, 1 + h.idle)) for h in climbing
        ]
        how = seconds, self._expired
        others += [ft.partial(hunt.worker.refined, wanted, *how) for hunt, wanted in pairs]
        through = Countdown(len(others) + 1)  # one more for the gradients
        calls: list[Callable[[], Any]] = [through.after(call) for call in others]
        began = time.perf_counter()
        enough = lambda: through.over() and time.perf_counter() > began + seconds  # noqa: E731
        until = (enough if wide else through.over) if alone else None
        long = [ft.partial(self._cool, *pair, until, seconds / len(chains)) for pair in chains]
        calls = long + calls if alone else calls + long
        points: dict[Hunt, Any] = {}
        with side_by_side(calls, self.threads, self._halted.set) as finish:
            for begin in begins:
                points |= self._anneal(awake, begin)
            through.count()
            with self.clock.stage("refine"):
                found = finish()
        at = 0 if alone else len(others)
        cooled = found[at : at + len(long)]
        del found[at : at + len(long)]
        for (hunt, _), schedule in zip(chains, cooled, strict=True):
            hunt.cooled(schedule, self.clock.used())
        for hunt, schedule in zip(climbing, found, strict=False):
            hunt.climbed(schedule, self.clock.used())
        for (hunt, wanted), schedule in zip(pairs, found[len(climbing) :], strict=True):
            hunt.take(wanted, schedule, self.clock.used())
        return points

    def _climb(self, hunt: Hunt, seconds: float) -> Schedule | None:
        """Climb a hunt's bound for some seconds, or to its next look where there is no limit."""
        until = time.perf_counter() + seconds
        left = lambda: 0.0 if self._expired() else until - time.perf_counter()  # noqa: E731
        assert hunt.ascent is not None
        return hunt.ascent.climb(left, timed=np.isfinite(seconds))

    def _cool(
        self, hunt: Hunt, chain: Chain, through: Callable[[], bool] | None, seconds: float
    ) -> Schedule:
        """Take a long cooling further, until the others are through or for some seconds."""
        until = time.perf_counter() + seconds
        late = through or (lambda: time.perf_counter() > until)
        sweeps = hunt.settings.legalise.sweeps
        moves = None if self.clock.limited else int(sweeps * hunt.task.free.size)
        enough = lambda: self._expired() or (moves is None and late())  # noqa: E731
        return chain.advance(self._over, moves, enough)

    def _over(self) -> float:
        """How much of the search is over, 0 to 1: by the clock, else by the rounds."""
        if self.rounds:
            return (self._count + 1) / self.rounds
        used = self.clock.used()
        return used / max(used + self.clock.left(), 1e-9)

    def _anneal(self, awake: Sequence[Hunt], begin: float) -> dict[Hunt, Any]:
        """The gradients that begin at one point of the annealing."""
        turns = {h: h.gradient for h in awake if h.gradient and h.gradient.part.gradient == begin}
        # Those that have none run along, as lanes of equal shape; nobody looks at theirs.
        means = [hunt.means for hunt in self.hunts]
        found = self.device.anneal(means, begin, self._seconds(list(turns.values())))
        return {hunt: found[b] for b, hunt in enumerate(self.hunts) if hunt in turns}

    def _legalise(self, awake: Sequence[Hunt], points: Mapping[Hunt, Any]) -> None:
        """Legal schedules near the means that the gradients found."""
        moved = [hunt for hunt in awake if hunt in points]
        lanes = [(hunt, lane) for hunt in moved for lane in range(hunt.lanes)]
        late = self._expired
        calls = [ft.partial(hunt.worker.legal, points[hunt][:, lane], late) for hunt, lane in lanes]
        with self.clock.stage("legalise"):
            with side_by_side(calls, self.threads, self._halted.set) as finish:
                every = iter(finish())
            for hunt in moved:
                hunt.settle([next(every) for _ in range(hunt.lanes)], self.clock.used())

    def _seconds(self, turns: Sequence[Turn], least: float = 0.0) -> float:
        """For this round, by the largest share of its parts."""
        share = max((turn.part.share for turn in turns), default=least)
        return max(share * self.clock.left(), self._least)

    def _expired(self) -> bool:
        return self._halted.is_set() or self.clock.expired()


def lockstep(settings: Settings) -> Hashable:
    """What problems that are searched side by side share of their settings; the rest is their own.

    The gradients take their steps together, in the form of one program.
    """
    search = settings.search
    begins = tuple(part.gradient for part in (*search.opening, *search.cycle))
    limits = settings.time_limit, settings.wall, settings.memory_limit
    return (*form(settings), settings.rounds, settings.precision, search.threads, begins, limits)


def check_names(settings: Settings, hints: Collection[str]) -> None:
    """Raise `SettingsError` for an unknown name in the settings, before any work.

    Args:
        settings: of a solve.
        hints: names of the schedules that may be at hand.
    """
    check_gradient(settings)
    known = {*FROM_POOL, *STARTS, *hints}
    for section in ("opening", "cycle", "long"):
        for place, part in enumerate(getattr(settings.search, section)):
            needed = [("needs", part.needs)] if part.needs else []
            for field, name in (*(("starts", start) for start in part.starts), *needed):
                if name not in known:
                    raise SettingsError(
                        f"search.{section}[{place}].{field}: unknown start '{name}'; "
                        f"{offered(name, sorted(known))}"
                    )


def check_gradient(settings: Annealed) -> None:
    """Raise `SettingsError` for an unknown optimiser, method, measure or evaluation."""
    chosen, evaluation = settings.optimise, settings.relax.evaluation
    names: dict[str, tuple[Mapping, str]] = {
        "optimise.optimiser": (OPTIMISERS, chosen.optimiser),
        "optimise.method": (METHODS, chosen.method),
        "optimise.measure": (MEASURES, chosen.measure),
        "relax.evaluation": (EVALUATIONS, evaluation),
    }
    for place, (entries, name) in names.items():
        if place != "relax.evaluation" or name != AUTO:
            try:
                entries[name]
            except SettingsError as error:
                raise SettingsError(f"{place}: {error}") from None


def lane_count(settings: Settings, shape: Shape) -> int:
    """Restarts side by side: as asked for, else as many as keep the work of a step small."""
    return settings.optimise.restarts or int(np.clip(LANE_WORK // shape.free, 1, 4))
