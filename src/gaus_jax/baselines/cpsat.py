"""CP-SAT: what its encodings share. Needs the extra ``gaus-jax[baselines]``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gaus_jax.base.errors import InfeasibleError, MissingExtraError
from gaus_jax.baselines.baseline import Attempt, Constructive
from gaus_jax.baselines.draft import Draft

CLOSING = 0.02  # part of the limit that the solver is not given, as it ends late


@dataclass(frozen=True, kw_only=True)
class CpSat:
    """Google's CP-SAT, hinted with the best of some schedules; building the model counts as search.

    Every better schedule that it finds is offered as it comes, and its bound at the end.
    """

    starts: Mapping[str, Constructive]  # where hints come from
    workers: int = 2  # threads

    def build(self, draft: Draft) -> Iterator[None]:
        """Fill the model; yields often, so that running out of time can end it."""
        raise NotImplementedError

    def begin(self, attempt: Attempt) -> None:
        """Offer schedules, the best of which becomes the hint."""
        for entry in self.starts.values():
            attempt.offer(entry.schedule(attempt.problem, attempt.window).start)

    def presolves(self, draft: Draft) -> bool:
        """Whether the solver simplifies the model first, which takes it long where it is large."""
        return True

    def run(self, attempt: Attempt) -> None:
        """Offer the hint, then what the solver finds, until it proves an optimum or time is out.

        Raises:
            MissingExtraError: ortools is not installed.
            InfeasibleError: the solver proves that there is no schedule.
        """
        problem, clock = attempt.problem, attempt.clock
        with clock.stage("compile"):  # its import takes seconds
            cp_model = ortools()
        with clock.stage("legalise"):
            self.begin(attempt)
        if not any(attempt.objective.weights.values()):
            return
        hint = attempt.window.asap if attempt.best is None else attempt.best.start
        draft = Draft(cp_model, problem, attempt.objective, attempt.window, hint)
        with clock.stage("optimise"):
            for _ in self.build(draft):
                if clock.expired():
                    return
            draft.minimise()
            self._solve(cp_model, draft, attempt)

    def _solve(self, cp_model: Any, draft: Draft, attempt: Attempt) -> None:
        class Offer(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                solution = np.array(self.response_proto.solution, np.int64)
                attempt.offer(draft.starts(solution))

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.workers
        solver.parameters.cp_model_presolve = self.presolves(draft)
        solver.parameters.random_seed = attempt.seed % 2**31
        left = attempt.clock.left()
        if left <= 0:
            return
        if attempt.clock.limited:
            solver.parameters.max_time_in_seconds = left * (1 - CLOSING)
        status = solver.solve(draft.model, Offer())
        if status == cp_model.INFEASIBLE and attempt.best is None:
            raise InfeasibleError(
                f"{attempt.problem.name}: no schedule keeps the limits within "
                f"{attempt.window.depth} steps, as CP-SAT proves; raise the depth or a limit"
            )
        if status in (cp_model.MODEL_INVALID, cp_model.INFEASIBLE):
            raise AssertionError(
                f"{attempt.problem.name}: {solver.status_name(status)}: {draft.model.validate()}"
            )
        attempt.bound(draft.bound(solver.best_objective_bound))


def ortools() -> Any:
    """The solver's module.

    Raises:
        MissingExtraError: ortools is not installed.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise MissingExtraError("ortools is needed: pip install 'gaus-jax[baselines]'") from error
    return cp_model
