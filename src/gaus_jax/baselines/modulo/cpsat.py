"""CP-SAT at an II: a schedule or a proof that there is none; the fewest registers."""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from gaus_jax.baselines.cpsat import ortools
from gaus_jax.baselines.modulo.cpsat_model import ModuloModel, OutOfTimeError
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.reservation import reservations
from gaus_jax.core.window import Window


class Answer(NamedTuple):
    """What the solver ended with."""

    status: Literal["found", "optimal", "infeasible", "unknown"]
    start: np.ndarray | None  # (N,) int64, steps; None where none was found
    bound: float = 0.0  # of peak live, where that was minimised


class CpSatModulo:
    """A modulo scheduler: feasibility at one II.

    Args:
        seconds: the most that a call takes, building its model included.
        effort: the same in the solver's own deterministic unit, about a second of one thread.
        workers: threads.
        hint: (N,) int64, steps, to begin with; it need not be legal.
        found: called with the starts of each better schedule, (N,) int64, as it comes.
    """

    def __init__(
        self,
        seconds: float = float("inf"),
        effort: float = float("inf"),
        workers: int = 2,
        hint: np.ndarray | None = None,
        found: Callable[[np.ndarray], object] = lambda start: None,
    ) -> None:
        self.seconds, self.effort, self.workers = seconds, effort, workers
        self.hint, self.found = hint, found

    def __call__(
        self, problem: Problem, window: Window, *, limit: np.ndarray | None = None, seed: int = 0
    ) -> np.ndarray | None:
        """Starts at the window's II; None also where time ran out."""
        return self.decide(problem, window, limit=limit, seed=seed).start

    def decide(
        self, problem: Problem, window: Window, *, limit: np.ndarray | None = None, seed: int = 0
    ) -> Answer:
        """A schedule, or whether there is none under the window's depth.

        Raises:
            InfeasibleError: a node alone takes more of a class than there is at this II.
            MissingExtraError: ortools is not installed.
        """
        until = time.perf_counter() + self.seconds
        try:
            model = self._limited(problem, window, limit, until)
        except OutOfTimeError:
            return Answer("unknown", None)
        return self._solve(model, seed, until)

    def fewest_registers(
        self,
        problem: Problem,
        window: Window,
        lifetime: Lifetime = "register",
        *,
        limit: np.ndarray | None = None,
        seed: int = 0,
    ) -> Answer:
        """A schedule of least ``max_m live(m)``, as far as time goes, and a bound on it.

        Raises:
            InfeasibleError: a node alone takes more of a class than there is at this II.
            MissingExtraError: ortools is not installed.
        """
        until = time.perf_counter() + self.seconds
        try:
            model = self._limited(problem, window, limit, until)
            sums, factor = model.live(lifetime)
        except OutOfTimeError:
            return Answer("unknown", None)
        peak = model.integer(0, 2**50)
        for amount in sums:
            model.model.add(amount <= peak)
        model.model.minimize(peak)
        answer = self._solve(model, seed, until)
        return answer._replace(bound=max(0.0, answer.bound) / factor)

    def _limited(
        self, problem: Problem, window: Window, limit: np.ndarray | None, until: float
    ) -> ModuloModel:
        late = lambda: time.perf_counter() > until  # noqa: E731
        model = ModuloModel(ortools(), problem, window, self.hint, late)
        table = reservations(problem, window, limit)
        model.limit_usage(table, problem.limit if limit is None else limit)
        return model

    def _solve(self, model: ModuloModel, seed: int, until: float) -> Answer:
        cp_model, found = ortools(), self.found
        left = until - time.perf_counter()
        if left <= 0:
            return Answer("unknown", None)

        class Found(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                found(np.array([self.value(s) for s in model.start], np.int64))

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.workers
        solver.parameters.random_seed = seed % 2**31
        if np.isfinite(left):
            solver.parameters.max_time_in_seconds = left
        if np.isfinite(self.effort):
            solver.parameters.max_deterministic_time = self.effort
        status = solver.solve(model.model, Found())
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(f"{model.problem.name}: {model.model.validate()}")
        if status == cp_model.INFEASIBLE:
            return Answer("infeasible", None, float("inf"))
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer("unknown", None, solver.best_objective_bound)
        start = np.array([solver.value(s) for s in model.start], np.int64)
        proved = status == cp_model.OPTIMAL and model.model.has_objective()
        return Answer("optimal" if proved else "found", start, solver.best_objective_bound)
