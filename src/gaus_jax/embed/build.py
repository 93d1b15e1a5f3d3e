"""From a problem and an objective to a relaxation, or from several to one with a batch axis."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.base.checks import check_choice
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import Window
from gaus_jax.embed.arrays import Data, Shape, arrays_of, shape_of
from gaus_jax.embed.relaxed import Relaxation, check_terms
from gaus_jax.model.objective import Objective
from gaus_jax.model.resolve import resolve
from gaus_jax.relax.histogram import AUTO, EVALUATIONS

NUMBERS = ("crowd", "width", "temperature", "last_temperature")


def relaxation(
    problem: Problem,
    objective: ObjectiveSettings | str = "S",
    precision: str = "float32",
    shape: Shape | None = None,
    **options: Any,
) -> tuple[Relaxation, Data]:
    """A problem's relaxation and its data.

    Args:
        problem: the graph; its loop-carried edges are left out.
        objective: a preset's name or its settings: the weights of the terms, the depth, the windows
            and the lifetimes; under S one node a step.
        precision: of the arrays, "float32" or "float64".
        shape: that the arrays are padded to; by default they are not.
        options: fields of `Relaxation`. Given weights take the place of the objective's and of the
            penalties beside them, which are a mean amount of the objective for each step that a
            consumer starts too early, and for each node beyond ``crowd`` in a step (under S, or
            where it is given).

    Returns:
        The relaxation, a pytree of the graph's structure and of numbers, and the pytree of what it
        is differentiable in.

    Raises:
        SettingsError: as `gaus_jax.model.resolve.resolve`; an II or limits are asked for, a term or
            an evaluation is unknown, JAX has the precision switched off, or the shape is too small.
    """
    made, data = _unstacked(problem, objective, precision, shape, options)
    return _on_device(made, precision), _on_device(data, precision)


def relaxations(
    problems: Sequence[Problem],
    objective: ObjectiveSettings | str = "S",
    precision: str = "float32",
    shape: Shape | None = None,
    **options: Any,
) -> tuple[Relaxation, Data]:
    """The relaxations of several problems as one, a leading axis B on every array; for `jax.vmap`.

    All are padded to one shape, by default the least that has room for all of them. Arguments and
    errors are those of `relaxation`.

    Raises:
        InputError: there is no problem.
    """
    if not problems:
        raise InputError("there are no problems to stack; give at least one")
    if shape is None:
        shape = Shape.covering(shape_of(p, settled(p, objective)[1]) for p in problems)
    every = [_unstacked(problem, objective, precision, shape, options) for problem in problems]
    both = jax.tree.map(lambda *parts: np.stack(parts), *every)
    return _on_device(both, precision)


def settled(problem: Problem, objective: ObjectiveSettings | str) -> tuple[Objective, Window]:
    """An objective that can be relaxed here, and its windows.

    Raises:
        SettingsError: as `gaus_jax.model.resolve.resolve`, or an II or limits are asked for.
    """
    asked = ObjectiveSettings(name=objective) if isinstance(objective, str) else objective
    problem = with_limits(problem, asked.limits)
    found, frame = resolve(asked, problem)
    if found.ii is not None:
        raise SettingsError(f"objective {found.name} overlaps iterations; embed A, B, D or S")
    binding = np.isfinite(problem.limit) & (problem.work > 0)
    if found.limited and binding.any():
        name = problem.classes[int(np.argmax(binding))]
        raise SettingsError(
            f"objective {found.name} is under limits, of class '{name}' for one, which are not "
            f"relaxed here; give the problem without them, or call gaus_jax.solve"
        )
    return found, frame


def _unstacked(
    problem: Problem,
    objective: ObjectiveSettings | str,
    precision: str,
    shape: Shape | None,
    options: dict[str, Any],
) -> tuple[Relaxation, Data]:
    """A relaxation and its data as NumPy's arrays."""
    check_choice("embed", "precision", precision, ("float32", "float64"))
    if jax.dtypes.canonicalize_dtype(precision) != precision:
        raise SettingsError(
            f"precision {precision} is switched off in JAX; wrap the call in "
            f"jax.enable_x64(True), or set JAX_ENABLE_X64=1"
        )
    found, frame = settled(problem, objective)
    shape = shape or shape_of(problem, frame)
    structure, data = arrays_of(problem, frame, shape, sequential=found.sequential)
    default: dict[str, Any] = {
        "steps": shape.steps,
        "lifetime": found.lifetime,
        "weights": _weights(problem, found, crowded=found.sequential or "crowd" in options),
        "crowd": 1.0 if found.sequential else float("inf"),
    }
    made = Relaxation(structure, **(default | options))
    check_terms(made.weights)
    check_choice("embed", "evaluation", made.evaluation, (AUTO, *EVALUATIONS))
    numbers = {name: _real(getattr(made, name)) for name in NUMBERS}
    weights = {term: _real(weight) for term, weight in made.weights.items()}
    return replace(made, weights=weights, **numbers), data


def _weights(problem: Problem, found: Objective, *, crowded: bool) -> dict[str, float]:
    """The objective's weights, and those of the penalties: a mean amount of what is minimised."""
    nodes = max(problem.nodes, 1)
    demand = problem.class_cost[problem.use_class] @ problem.use_demand
    mean = {
        "communication": 2 * problem.weight[problem.forward].sum() / nodes,  # of a node's edges
        "peak_usage": demand / nodes,
        "peak_live": problem.size.sum() / nodes,
        "footprint": problem.size.sum() / nodes,
        "latency": 1.0,
    }
    unit = sum(weight * mean[term] for term, weight in found.weights.items()) or 1.0
    penalties = {"dependence": unit} | ({"crowding": unit} if crowded else {})
    return {**found.weights, **penalties}


def _real(value: Any) -> Any:
    return value if isinstance(value, jax.Array) else np.float64(value)


def _on_device(tree: Any, precision: str) -> Any:
    """Arrays of JAX in the precision asked for, whole numbers in 32 bits."""

    def moved(leaf: Any) -> jax.Array:
        if leaf.dtype == bool:
            return jnp.asarray(leaf)
        floating = jnp.issubdtype(leaf.dtype, jnp.floating)
        return jnp.asarray(leaf, precision if floating else jnp.int32)

    return jax.tree.map(moved, tree)
