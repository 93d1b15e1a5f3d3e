"""The compiled gradient loop on one packed batch."""

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import Settings
from gaus_jax.core.cone import project
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective
from gaus_jax.optimise.loop import Recipe, State, advance, initial
from gaus_jax.optimise.numbers import numbers, traced
from gaus_jax.relax.histogram import evaluation_for
from gaus_jax.relax.pack import Packed

HAT_SHARE = 0.3  # of an annealing's seconds, where a wider evaluation comes before the hat
CALL_WORK = 400_000  # node-steps of one call to the device: about a tenth of a second on a core


class Posed(Protocol):
    """What the loop has to know of a problem beside its packed graph."""

    @property
    def problem(self) -> Problem: ...  # noqa: D102
    @property
    def objective(self) -> Objective: ...  # noqa: D102
    @property
    def window(self) -> Window: ...  # noqa: D102


class Device:
    """The compiled loop on one packed batch, and the means before and after it."""

    def __init__(
        self,
        packed: Packed,
        tasks: Sequence[Posed],
        lanes: int,
        every: Sequence[Settings],
        clock: Clock,
    ) -> None:
        """Settings are each task's own; but for numbers they agree."""
        first, self.settings = tasks[0].objective, every[0]
        self.packed, self.tasks, self.clock = packed, tasks, clock
        self.recipe = Recipe(first.terms, first.constraints, *traced(self.settings))
        self.numbers = numbers(every, self.settings.precision)
        middle = np.array([own.relax.width_start for own in every])[:, None]
        spread = middle * 2.0 ** (np.arange(lanes) - (lanes - 1) / 2)
        self.spread = jnp.asarray(spread, self.settings.precision)  # (B, K), of the mobility
        # Of one problem: how long a call is may not depend on what else is in the batch.
        nodes = packed.graph.low.shape[-1] * lanes
        self.call = int(np.clip(CALL_WORK // nodes, 5, 50))
        self.pace: dict[str, float] = {}  # seconds a step

    def compile(self, begin: float) -> None:
        """Compile what an annealing from ``begin`` needs, before the seconds of the search run."""
        with self.clock.stage("compile"):
            state = self._initial(
                [np.zeros((self.spread.shape[1], t.problem.nodes)) for t in self.tasks]
            )
            for evaluation, *_ in self._stages(begin):
                self._program(state, evaluation)
            jax.block_until_ready(_with_mean(state, state.params.mean))

    def compiled(self, begin: float) -> bool:
        """Whether an annealing from ``begin`` has its programs, from this search or another."""
        return all(self._key(evaluation) in _PROGRAMS for evaluation, *_ in self._stages(begin))

    def time(self, begin: float) -> None:
        """Learn the pace of an annealing from ``begin``, by a call that changes nothing."""
        unknown = [kind for kind, *_ in self._stages(begin) if kind not in self.pace]
        if unknown:
            means = [np.zeros((self.spread.shape[1], t.problem.nodes)) for t in self.tasks]
            with self.clock.stage("optimise"):
                state = self._initial(means)
            for evaluation in unknown:
                state = self._call(state, evaluation, begin, begin)

    def steps(self, begin: float, seconds: float) -> float:
        """How many steps of an annealing from ``begin`` fit into some seconds, all of it at most.

        All of it where the pace is not known yet.
        """
        full = self.settings.optimise.steps * (1 - begin)
        kinds = [kind for kind, *_ in self._stages(begin)]
        if not np.isfinite(seconds) or any(kind not in self.pace for kind in kinds):
            return full
        shares = [1.0] if len(kinds) == 1 else [1 - HAT_SHARE, HAT_SHARE]
        paces = [self.pace[kind] for kind in kinds]
        return min(full, seconds * sum(s / p for s, p in zip(shares, paces, strict=True)))

    def anneal(
        self, means: list[np.ndarray], begin: float, seconds: float = float("inf")
    ) -> list[np.ndarray]:
        """One annealing from ``begin`` to 1; the last and the best means, B x (2, K, N).

        Fewer steps are taken where ``seconds`` ask for it, by the pace of those before.
        """
        stages = self._stages(begin)
        with self.clock.stage("optimise"):
            state = self._initial(means)
        for evaluation, start, end in stages:
            part = 1.0 if len(stages) == 1 else HAT_SHARE if evaluation == "hat" else 1 - HAT_SHARE
            state = self._run(state, means, evaluation, start, end, part * seconds)
        with self.clock.stage("optimise"):
            last = self._scatter(state.params.mean, means)
            best = self._scatter(state.best.mean, means)
            return [np.stack(pair) for pair in zip(last, best, strict=True)]

    def _stages(self, begin: float) -> list[tuple[str, float, float]]:
        """Which evaluation serves from where to where: a wide one first, where widths are wide."""
        wide = self._evaluation()
        switch = max(begin, 0.0 if wide == "hat" else min(1.0, self.settings.relax.hat_from))
        stages = [(wide, begin, switch), ("hat", switch, 1.0)]
        return [stage for stage in stages if stage[1] < stage[2]]

    def _run(self, state, means, evaluation, begin, end, budget) -> State:
        """Steps from ``begin`` to ``end``, fewer where the budget of seconds asks for it."""
        settings = self.settings.optimise
        done, since = begin, 0
        while done < end - 1e-9 and not self.clock.expired():
            full = max(1.0, settings.steps * (end - begin))
            planned = full
            if evaluation in self.pace and np.isfinite(budget):
                planned = np.clip(budget / self.pace[evaluation], min(full, 2 * self.call), full)
            until = min(end, done + (end - begin) * self.call / planned)
            state = self._call(state, evaluation, done, until)
            since += self.call
            if settings.project_every and since >= settings.project_every:
                state, since = self._projected(state, means), 0
            done = until
        return state

    def _call(self, state: State, evaluation: str, begin: float, end: float) -> State:
        """One call of the program, and its pace."""
        program = self._program(state, evaluation)
        used = self.clock.used()
        with self.clock.stage("optimise"):
            ends = self._real(begin), self._real(end)
            state = program(state, self.packed.graph, self.numbers, *ends)
            jax.block_until_ready(state.params.mean)
        self.pace[evaluation] = (self.clock.used() - used) / self.call
        return state

    def _program(self, state: State, evaluation: str) -> Callable:
        """The loop compiled ahead of time for these shapes; equal shapes compile once."""
        key = self._key(evaluation)
        if key not in _PROGRAMS:
            zero = self._real(0.0)
            how = {"recipe": self.recipe, "evaluation": evaluation, "steps": self.call}
            with INTERRUPTS.held():  # one that passes through tracing may get lost, or do harm
                lowered = advance.lower(state, self.packed.graph, self.numbers, zero, zero, **how)
            with INTERRUPTS.held():
                _PROGRAMS[key] = lowered.compile()
        return _PROGRAMS[key]

    def _key(self, evaluation: str) -> Hashable:
        """All that a program depends on; shapes of states follow from those of the rest."""
        given = self.packed.graph, self.numbers, self.spread
        shapes = tuple((leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(given))
        return shapes, jax.tree.structure(given), self.recipe, evaluation, self.call

    def _projected(self, state: State, means: list[np.ndarray]) -> State:
        """The means moved onto the dependence cone."""
        with self.clock.stage("legalise"):
            every = self._scatter(state.params.mean, means)
            for b, task in enumerate(self.tasks):
                for k, mean in enumerate(every[b]):
                    every[b][k] = project(task.problem, task.window, mean)
            mean = self._gather(every)
        params = state.params
        return _with_mean(state, jnp.asarray(mean, params.mean.dtype))

    def _initial(self, means: list[np.ndarray]) -> State:
        mean = jnp.asarray(self._gather(means), self.settings.precision)
        return _initial(self.packed.graph, mean, self.spread, self.numbers, self.recipe)

    def _evaluation(self) -> str:
        relax, steps = self.settings.relax, self.packed.graph.live_base.shape[-1]
        return evaluation_for(relax.evaluation, steps, relax.dense_steps)

    def _gather(self, means: list[np.ndarray]) -> np.ndarray:
        """B x (K, N_b) in nodes to (B, K, F) in padded variables."""
        lanes, padded = len(means[0]), self.packed.graph.low.shape[-1]
        every = np.zeros((len(means), lanes, padded))
        for b, free in enumerate(self.packed.free):
            every[b, :, : free.size] = means[b][:, free]
        return every

    def _scatter(self, mean: jax.Array, means: list[np.ndarray]) -> list[np.ndarray]:
        """(B, K, F) in padded variables to B x (K, N_b) in nodes; fixed nodes keep their start."""
        every, values = [part.copy() for part in means], np.asarray(mean, float)
        for b, free in enumerate(self.packed.free):
            every[b][:, free] = values[b, :, : free.size]
        return every

    def _real(self, value: float) -> jax.Array:
        return jnp.asarray(value, self.settings.precision)


_initial = jax.jit(initial, static_argnames=("recipe",))


@jax.jit
def _with_mean(state: State, mean: jax.Array) -> State:
    params = type(state.params)(mean, state.params.log_std)
    return State(params, state.optimiser, state.multiplier, state.best, state.best_merit)


_PROGRAMS: dict[Hashable, Callable] = {}
