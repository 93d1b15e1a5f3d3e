"""The relaxation as pure functions: ``init``, ``step``, ``extract`` inside a program of one's own.

They work as optax's do: a frozen object holds what is static (the graph's structure and the
settings), all else is a pytree that goes in and comes out, so that ``jax.jit``, ``jax.vmap`` and
``jax.lax.scan`` apply. The objective is differentiable in the data of the problem (sizes,
workspaces, edge weights, latencies) as it is in the means. Starts are real numbers until the caller
legalises them with `gaus_jax.solve`, or orders nodes by `gaus_jax.core.sequence.by_priority`.
"""

import functools as ft
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.model.resolve import resolve
from gaus_jax.relax.histogram import EVALUATIONS, Times
from gaus_jax.relax.smooth import peak, segment_peak

# Without an epsilon below the root the derivative of a step of Adam is NaN where a gradient is 0.
ADAM = ft.partial(optax.adam, 0.1, eps_root=1e-8)
TERMS = ("communication", "peak_live", "crowding", "dependence")


class Data(eqx.Module):
    """What of a problem the objective is differentiable in."""

    size: Float[Array, " N"]  # bits or bytes, m_i
    workspace: Float[Array, " N"]  # bytes, in a node's first step
    latency: Float[Array, " N"]  # cycles, l_i
    weight: Float[Array, " E"]  # communication, w_e


class State(eqx.Module):
    """A point of the descent."""

    mean: Float[Array, " N"]  # steps
    memory: Any  # of the optimiser
    count: Int[Array, ""]  # steps taken


class Structure(eqx.Module):
    """What of a problem is integer: no gradient, but arrays like all else."""

    tail: Int[Array, " E"]
    head: Int[Array, " E"]
    delay: Float[Array, " E"]  # steps
    value: Int[Array, " C"]  # sorted; pairs of a value and a node that reads it
    reader: Int[Array, " C"]
    read: Bool[Array, " N"]  # whether anything reads the value
    kept: Bool[Array, " N"]  # held to the last step
    low: Float[Array, " N"]  # first step, ASAP
    high: Float[Array, " N"]  # last step, ALAP


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The relaxed problem: values held, at most ``crowd`` nodes a step, edges of distance 0.

    Args:
        structure: of the graph.
        steps: of the axis, T.
        lifetime: of values, "buffer" or "register".
        weights: factor of each term of `TERMS`; those left out are 0.
        crowd: nodes that a step has room for.
        width: standard deviation of a start, steps.
        temperature: of the peak, as a fraction of it.
        last_temperature: of the last reader, steps.
        evaluation: of expected profiles, a name in `gaus_jax.relax.histogram.EVALUATIONS`: "dense"
            costs N T a step, "window" N.
        bins: of a window.
        optimiser: an optax transformation; to differentiate through steps of Adam, one with an
            ``eps_root`` above 0, as the default has.
    """

    structure: Structure
    steps: int
    lifetime: str = "buffer"
    weights: Mapping[str, float] = field(default_factory=dict)
    crowd: float = 1.0
    width: float = 0.7
    temperature: float = 0.02
    last_temperature: float = 0.3
    evaluation: str = "dense"
    bins: int = 16
    optimiser: optax.GradientTransformation = field(default_factory=ADAM)

    def init(self, data: Data, mean: Float[Array, " N"] | None = None) -> State:
        """The state at some means, by default the middle of the windows.

        Args:
            data: of the problem; its dtype is that of the state.
            mean: (N,) steps.
        """
        s = self.structure
        middle = (s.low + s.high) / 2 if mean is None else mean
        first = jnp.asarray(middle, data.size.dtype)
        return State(first, self.optimiser.init(first), jnp.zeros((), jnp.int32))

    def step(self, data: Data, state: State) -> tuple[State, Float[Array, ""]]:
        """One step of the optimiser within the windows; the new state and the loss before it."""
        loss, gradient = jax.value_and_grad(self.loss, argnums=1)(data, state.mean)
        # optax mixes weak Python scalars in, which strict promotion refuses.
        with jax.numpy_dtype_promotion("standard"):
            found: Any = self.optimiser.update(gradient, state.memory, state.mean)
        update, memory = found
        s = self.structure
        mean = jnp.clip(state.mean + update, s.low, s.high).astype(state.mean.dtype)
        return State(mean, memory, state.count + 1), loss

    def extract(self, state: State) -> Float[Array, " N"]:
        """The expected starts, (N,) steps: differentiable, not yet whole nor quite legal."""
        return state.mean

    def loss(self, data: Data, mean: Float[Array, " N"]) -> Float[Array, ""]:
        """The weighted sum of the terms."""
        terms = self.terms(data, mean)
        return jnp.sum(jnp.stack([self.weights.get(t, 0.0) * terms[t] for t in TERMS]))

    def terms(self, data: Data, mean: Float[Array, " N"]) -> dict[str, Float[Array, ""]]:
        """Each term at given means, unweighted; smooth in the data and in the means.

        ``communication``: ``sum_e w_e (s_j - s_i)``. ``peak_live``: bytes in the fullest step,
        workspaces included. ``crowding``: nodes beyond ``crowd`` a step, summed. ``dependence``:
        steps by which consumers start too early, summed.
        """
        s = self.structure
        span = mean[s.head] - mean[s.tail]
        late = data.latency[s.tail] + s.delay - span
        return {
            "communication": jnp.sum(data.weight * span),
            "peak_live": peak(self._live(data, mean), self.temperature, self._every()),
            "crowding": jnp.sum(
                jnp.maximum(self._starting(mean, jnp.ones_like(mean)) - self.crowd, 0.0)
            ),
            "dependence": jnp.sum(jnp.maximum(late, 0.0)),
        }

    def _live(self, data: Data, mean: Float[Array, " N"]) -> Float[Array, " T"]:
        """Expected bytes in use in each step."""
        s = self.structure
        every = jnp.ones(s.reader.shape, bool)
        temperature = self.last_temperature
        last, _ = segment_peak(mean[s.reader], s.value, mean.size, temperature, every)
        birth, death = mean, jnp.where(s.read, last, mean) + 1
        size = data.size
        if self.lifetime == "register":
            birth = mean + jnp.maximum(data.latency, 1.0)
            death, size = jnp.maximum(birth, death), jnp.where(s.read, size, 0.0)
        else:
            death = jnp.where(s.kept, jnp.asarray(self.steps, mean.dtype), death)
        change = self._histogram(birth, size, self.steps)
        change -= self._histogram(death, size, self.steps)
        return jnp.cumsum(change) + self._starting(mean, data.workspace)

    def _starting(self, mean: Float[Array, " N"], weight: Any) -> Float[Array, " T"]:
        return self._histogram(mean, weight, self.steps - 1)

    def _histogram(self, mean, weight, last: int) -> Float[Array, " T"]:
        """Weights by expected step from 0 to ``last``; those of step T fall off the axis."""
        zero = jnp.zeros_like(mean)
        times = Times(mean, zero + self.width, zero, zero + last, zero.astype(jnp.int32))
        evaluate = EVALUATIONS[self.evaluation].histogram
        return evaluate(times, weight, 1, self.steps + 1, self.bins)[0, : self.steps]

    def _every(self) -> Bool[Array, " T"]:
        return jnp.ones(self.steps, bool)


def relaxation(
    problem: Problem,
    objective: ObjectiveSettings | str = "S",
    precision: str = "float32",
    **options: Any,
) -> tuple[Relaxation, Data]:
    """A problem's relaxation and its data.

    Args:
        problem: the graph; its loop-carried edges are left out.
        objective: a preset's name or its settings, for the depth, the windows and the lifetimes;
            under S one node a step.
        precision: of the arrays, "float32" or "float64".
        options: fields of `Relaxation`; by default the weights are of peak memory and of
            penalties.

    Returns:
        The static part, and the pytree of what it is differentiable in.

    Raises:
        SettingsError: as `gaus_jax.model.resolve.resolve`, or an II is asked for.
    """
    asked = ObjectiveSettings(name=objective) if isinstance(objective, str) else objective
    found, frame = resolve(asked, problem)
    if found.ii is not None:
        raise SettingsError(f"objective {found.name} overlaps iterations; embed A, B, D or S")
    forward = problem.forward
    real = ft.partial(jnp.asarray, dtype=precision)
    whole = ft.partial(jnp.asarray, dtype=jnp.int32)
    data_edges = forward[problem.is_data[forward]]
    data_edges = data_edges[np.argsort(problem.tail[data_edges], kind="stable")]
    read = np.isin(np.arange(problem.nodes), problem.tail[data_edges])
    structure = Structure(
        tail=whole(problem.tail[forward]),
        head=whole(problem.head[forward]),
        delay=real(problem.delay[forward]),
        value=whole(problem.tail[data_edges]),
        reader=whole(problem.head[data_edges]),
        read=jnp.asarray(read),
        kept=jnp.asarray(problem.output),
        low=real(frame.asap),
        high=real(frame.alap),
    )
    ones = np.ones(problem.nodes)
    data = Data(
        size=real(problem.size),
        workspace=real(problem.workspace if found.sequential else 0 * ones),
        latency=real(ones if found.sequential else problem.latency),
        weight=real(problem.weight[forward]),
    )
    # A node too many in a step, or a step too early, costs a mean size.
    unit = float(np.mean(problem.size)) if problem.size.any() else 1.0
    default: dict[str, Any] = {
        "steps": frame.depth,
        "lifetime": found.lifetime,
        "weights": {"peak_live": 1.0, "crowding": unit, "dependence": unit},
        "crowd": 1.0 if found.sequential else float("inf"),
    }
    return Relaxation(structure, **(default | options)), data
