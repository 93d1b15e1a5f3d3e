"""The search for one problem: its pool, and the turns of its parts."""

from collections.abc import Callable

import numpy as np

from gaus_jax.ascent import NAME as INDEXED
from gaus_jax.ascent import Ascent
from gaus_jax.base.clock import Clock
from gaus_jax.base.search import Part
from gaus_jax.base.settings import Settings
from gaus_jax.chain import Chain
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.capped import NAME as CAPPED
from gaus_jax.optimise.starts import STARTS
from gaus_jax.portfolio.credit import Credit
from gaus_jax.portfolio.pool import Pool
from gaus_jax.task import Task
from gaus_jax.worker import Found, Turn, Wanted, Worker

OPENED = "opening"
FROM_POOL = ("best", "pool", OPENED)
WORTH = 1.2  # times the best cost that a relaxation's schedule may have to be cooled instead
START_SHARE = 0.05  # of the seconds left, to make one start of a part legal
SPREAD = 3.0  # from one lane's heat to the next


class Hunt:
    """One problem under search, from round to round."""

    def __init__(self, task: Task, settings: Settings, lanes: int, clock: Clock) -> None:
        search, self._clock = settings.search, clock
        self.task, self.settings, self.lanes = task, settings, lanes
        self.pool = Pool(search.pool)
        self.pool.offer(task.best, task.best_cost)
        self.worker = Worker(task, settings)
        self._craft = self.worker.craft
        windows = self._craft.free and "depth" in task.objective.facts
        climbs = search.climb and windows
        self.ascent = Ascent(task, search.linear_size) if climbs else None
        self.opening = [part for part in search.opening if self._usable(part)]
        self.cycle = [part for part in search.cycle if self._usable(part)]
        self.credit = Credit(len(self.cycle))
        self._wanted: list[Wanted] = []
        self.gradient: Turn | None = None  # of this round, from `means`
        self.means = np.repeat(task.best.start[None].astype(float), lanes, axis=0)  # (K, N), steps
        self._opened: Found | None = None  # the best that a relaxation has led to in the opening
        self.idle = 0  # rounds in a row without a better schedule
        self._round = self._seeds = self._cycled = 0  # the last: rounds of the cycle
        self._best_before = task.best_cost
        self.chains: list[Chain] = []
        self._coming = self._long_parts()
        self._steps: Callable[[Part], float] = lambda part: np.inf

    # Choosing

    @property
    def resting(self) -> bool:
        """Whether there is nothing more to gain, or nothing more to do."""
        cooling = self._coming or any(not chain.done for chain in self.chains)
        more = bool(self.opening or self.cycle or cooling) and not self._tired
        return self.task.solved or not (more or self._wanted)

    @property
    def _tired(self) -> bool:
        return 0 < self.settings.patience <= self.idle

    @property
    def wide(self) -> bool:
        """Whether a cooling under way takes all threads, so that other parts wait for its end."""
        return any(chain.abreast > 1 and not chain.done for chain in self.chains)

    def _long_parts(self) -> list[Part]:
        """The first long cooling of several parts abreast where that can be, else the others."""
        parts = [p for p in self.settings.search.long if self._usable(p) and self._craft.moves]
        wide = [p for p in parts if p.abreast > 1 and self._craft.abreast(p.abreast) > 1]
        return wide[:1] or [p for p in parts if p.abreast == 1]

    def begin(
        self,
        count: int,
        seconds: float,
        over: float,
        late: bool = False,
        steps: Callable[[Part], float] = lambda part: np.inf,
    ) -> None:
        """Choose what round ``count`` (from 0) does: at most one gradient, beside refinements.

        So much of the search is over, 0 to 1. Where it is late there is no gradient, as far as the
        cycle has other parts, nor where too few steps would fit.
        """
        self._round, self._seeds, self._steps = count, 0, steps
        self._best_before = self.task.best_cost
        self.gradient = None
        if self._tired:  # only what waits is left to do
            return
        self._drop_short(seconds)
        if self.opening:
            while self.opening and self.gradient is None:
                self._start(self.opening.pop(0), None, seconds)
            return
        self._begin_chains(over)
        if not self.cycle or self.wide:
            return
        self._cycled += 1
        every = [k for k in range(len(self.cycle)) if self._fits(self.cycle[k])]
        every = every or [k for k, part in enumerate(self.cycle) if steps(part) >= 0]
        if not every:  # gradients alone, and no time left to compile one
            self.cycle = []
            return
        calm = [k for k in every if not self._moves_means(self.cycle[k])]
        self._start_next(calm if late and calm else every, seconds)
        if self.gradient and not self._wanted and calm:  # the other threads would stand idle
            self._start_next(calm, seconds)

    def _fits(self, part: Part) -> bool:
        """Whether a part has no gradient, or one of enough steps."""
        return not self._moves_means(part) or self._steps(part) >= self._least(part)

    def doubtful(self, steps: int) -> list[float]:
        """Where gradients begin for which it matters whether more than so many steps fit."""
        parts = [part for part in (*self.opening, *self.cycle) if self._moves_means(part)]
        return [part.gradient for part in parts if self._least(part) > steps]

    def _least(self, part: Part) -> float:
        """Steps of a part's gradient below which it is left out.

        None where a term is local and there is no start that is good in it already.
        """
        objective = self.task.objective
        local = any(term.local and objective.weights[term.name] > 0 for term in objective.terms)
        if local and CAPPED not in self.task.hints:
            return 0.0
        return self.settings.search.least_steps * self.task.window.depth * (1 - part.gradient)

    def _drop_short(self, seconds: float) -> None:
        """Leave gradients of too few steps out of the opening, and what was to run beside them.

        The latter only where a cooling on all threads is to come, which does the same in less time.
        What such a gradient was to begin at is kept all the same, as good as it is.
        """
        fitting = [part for part in self.opening if self._fits(part)]
        if len(fitting) == len(self.opening):
            return
        for part in self.opening:
            if not self._fits(part):
                self._keep_starts(part, seconds)
        wide = any(part.abreast > 1 for part in self._coming)
        self.opening = [] if wide else fitting

    def _keep_starts(self, part: Part, seconds: float) -> None:
        """Make the starts of a part legal, each once, and keep them."""
        turn = Turn(part, None, sum(self._at_hand(name) for name in part.starts))
        for start in self._starts(turn):
            schedule = self._legal(start)
            found = Found(schedule, self.task.cost(schedule))
            self._open(found)
            self._keep(turn, found, seconds)

    def end(self) -> None:
        """Close the round."""
        self.idle = 0 if self.task.best_cost < self._best_before else self.idle + 1

    def _start_next(self, among, seconds: float) -> None:
        place = self.credit.next(among)
        self._start(self.cycle[place], place, seconds)

    def _start(self, part: Part, place: int | None, seconds: float) -> None:
        if self._moves_means(part):
            self.gradient = Turn(part, place, self.lanes)
            starts = self._starts(self.gradient)
            means = [s if isinstance(s, np.ndarray) else s.start.astype(float) for s in starts]
            self.means = np.stack(means)
            return
        turn = Turn(part, place, part.lanes or self.lanes)
        legal = [self._legal(start) for start in self._starts(turn)]
        self._ask(turn, [Found(s, self.task.cost(s)) for s in legal], seconds)

    def _begin_chains(self, over: float) -> None:
        """Begin the long coolings whose turn it is, at what has been found by now."""
        for part in [p for p in self._coming if p.after <= self._cycled or not self.cycle]:
            self._coming.remove(part)
            for start in self._starts(Turn(part, None, part.lanes or 1)):
                schedule = self._legal(start)
                how = self._craft, part, schedule, self._seed(), self.task.cost, over
                self.chains += filter(None, [Chain.of(*how)])

    def _moves_means(self, part: Part) -> bool:
        """Whether there is a gradient in a part."""
        return part.gradient < 1 and self.settings.optimise.steps > 0

    def _usable(self, part: Part) -> bool:
        there = not part.needs or self._at_hand(part.needs)
        return there and any(self._at_hand(name) for name in part.starts)

    def _at_hand(self, name: str) -> bool:
        coming = name == INDEXED and self.ascent is not None
        return name in FROM_POOL or name in STARTS or name in self.task.hints or coming

    # Starting

    def _starts(self, turn: Turn) -> list[Schedule | np.ndarray]:
        """One for each lane, the named ones in turn, going on where the last round left off."""
        names = [name for name in turn.part.starts if self._at_hand(name)]
        offset = 0 if turn.place is None else self._round * turn.lanes
        chosen = [names[(offset + k) % len(names)] for k in range(turn.lanes)]
        rng = np.random.default_rng(self._seed())
        drawn = iter(self.pool.draw(chosen.count("pool"), rng))
        found: list[Schedule | np.ndarray] = []
        for name in chosen:
            opened = self._opened if name == OPENED else None
            if opened and opened.cost <= WORTH * self.task.best_cost:
                found.append(opened.schedule)
            elif name in FROM_POOL:
                found.append(next(drawn) if name == "pool" else self.task.best)
            elif name in STARTS:
                found.append(STARTS[name].means(self.task.window, rng))
            else:
                found.append(self.task.hints.get(name, self.task.best))
        return found

    def _legal(self, start: Schedule | np.ndarray) -> Schedule:
        """A start as a schedule."""
        if isinstance(start, Schedule):
            return start
        # Placing under limits may take long, and what is legal already waits to be refined.
        until = self._clock.used() + START_SHARE * self._clock.left()
        late = lambda: self._clock.expired() or self._clock.used() > until  # noqa: E731
        return self.worker.legal(start[None], late).schedule

    # Keeping

    def settle(self, found: list[Found], seconds: float) -> None:
        """Keep the legal schedules that this round's gradient led to."""
        if self.gradient:
            for one in found:
                self._open(one)
            self._ask(self.gradient, found, seconds)

    def waiting(self) -> list[Wanted]:
        """The refinements asked for since the last time; none while a cooling takes all threads."""
        if self.wide:
            return []
        wanted, self._wanted = self._wanted, []
        return wanted

    def take(self, wanted: Wanted, found: Found, seconds: float) -> None:
        """Keep what a refinement found, in its start's stead."""
        self.pool.discard(wanted.schedule)
        self._keep(wanted.turn, found, seconds)
        wanted.turn.open -= 1
        self._close(wanted.turn)

    def climbed(self, schedule: Schedule | None, seconds: float) -> None:
        """Keep what the climb of the bound has proved and found."""
        assert self.ascent is not None
        self.task.lower_bound = max(self.task.lower_bound, self.ascent.bound())
        if schedule is not None:
            self.task.hints[INDEXED] = schedule
            cost = self.task.offer(schedule, seconds)
            self._open(Found(schedule, cost))
            self.pool.offer(schedule, cost)

    def _open(self, found: Found) -> None:
        """Keep the best of what the relaxations lead to before the long coolings begin."""
        if self._coming and (self._opened is None or found.cost < self._opened.cost):
            self._opened = found

    def cooled(self, schedule: Schedule, seconds: float) -> None:
        """Keep what a long cooling has found."""
        self.pool.offer(schedule, self.task.offer(schedule, seconds))

    def _ask(self, turn: Turn, found: list[Found], seconds: float) -> None:
        """Keep the schedules of a turn's lanes, and ask for their refinement."""
        heat = turn.part.heat if self._craft.moves else 0.0
        for lane, legal in enumerate(found):
            self._keep(turn, legal, seconds)
            if heat > 0 or turn.part.linear > 0:
                own = heat * SPREAD ** (lane - (turn.lanes - 1) / 2)
                self._wanted.append(Wanted(turn, legal.schedule, own, self._seed()))
                turn.open += 1
        self._close(turn)

    def _keep(self, turn: Turn, found: Found, seconds: float) -> None:
        better = found.cost < self.task.best_cost
        self.task.offer(found.schedule, seconds)
        if self.pool.offer(found.schedule, found.cost):
            turn.gain += 1.0 if better else 0.5 / turn.lanes

    def _close(self, turn: Turn) -> None:
        """Reward a part once all of its refinements are back."""
        if turn.open == 0 and turn.place is not None:
            self.credit.reward(turn.place, min(1.0, turn.gain))

    def _seed(self) -> int:
        """A stream of its own for each refinement: by problem, round and place in the round."""
        self._seeds += 1
        return int(
            np.random.default_rng([self.task.seed, self._round, 2, self._seeds]).integers(2**62)
        )
