"""Attempts at problems, for the tests of baselines."""

from typing import Any

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.core.problem import Problem
from gaus_jax.model.resolve import resolve


def attempt(
    problem: Problem, clock: Clock | None = None, seed: int = 0, **objective: Any
) -> Attempt:
    resolved, frame = resolve(ObjectiveSettings(**objective), problem)
    return Attempt(problem, resolved, frame, clock or Clock(), seed)


def run(
    baseline: str, problem: Problem, clock: Clock | None = None, seed: int = 0, **objective: Any
) -> Attempt:
    made = attempt(problem, clock, seed, **objective)
    assert BASELINES[baseline].supports(problem, made.objective) == ""
    BASELINES[baseline].run(made)
    return made
