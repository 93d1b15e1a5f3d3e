"""The relaxation: its terms as functions of means and data, and descent on their sum."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import RelaxSettings
from gaus_jax.embed.arrays import Data, Shape, Structure
from gaus_jax.relax.histogram import AUTO, EVALUATIONS, Times, evaluation_for
from gaus_jax.relax.smooth import peak, segment_peak

# Without an epsilon below the root the derivative of a step of Adam is NaN where a gradient is 0.
# One object, or every relaxation would be compiled by itself.
ADAM = optax.adam(0.1, eps_root=1e-8)
DENSE_RATIO = RelaxSettings().dense_steps // RelaxSettings().window  # of steps to bins
TERMS = (
    "peak_usage",
    "communication",
    "peak_live",
    "footprint",
    "latency",
    "crowding",
    "dependence",
)

STATIC = {"static": True}  # part of a program's form, as opposed to an array of a pytree

Scalar = Float[Array, ""]


class State(eqx.Module):
    """A point of the descent."""

    mean: Float[Array, " N"]  # steps
    memory: Any  # of the optimiser
    count: Int[Array, ""]  # steps taken


def check_terms(names: Collection[str]) -> None:
    """Raise `SettingsError` for an unknown term; lists the known ones."""
    for name in names:
        if name not in TERMS:
            raise SettingsError(f"unknown term '{name}'; known: {', '.join(sorted(TERMS))}")


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Relaxation:
    """The relaxed problem, a pytree: values held, units in use, edges of distance 0.

    Args:
        structure: of the graph.
        steps: of the axis, T; static.
        lifetime: of values, "buffer" or "register"; static.
        weights: factor of each term of `TERMS`; those left out are 0.
        crowd: nodes that a step has room for.
        width: standard deviation of a start, steps.
        temperature: of peaks, as a fraction of the peak.
        last_temperature: of the last reader, steps.
        evaluation: of expected profiles, a name in `gaus_jax.relax.histogram.EVALUATIONS` (static):
            "dense" costs N T a step, "window" N times the bins; "auto" is dense up to three times
            as many steps as bins, else window.
        bins: of a window; static.
        optimiser: an optax transformation (static); to differentiate through steps of Adam, one
            with an ``eps_root`` above 0, as the default has.
    """

    structure: Structure
    steps: int = field(metadata=STATIC)
    lifetime: str = field(metadata=STATIC, default="buffer")
    weights: Mapping[str, Scalar | float] = field(default_factory=dict)
    crowd: Scalar | float = 1.0
    width: Scalar | float = 0.7
    temperature: Scalar | float = 0.02
    last_temperature: Scalar | float = 0.3
    evaluation: str = field(metadata=STATIC, default=AUTO)
    bins: int = field(metadata=STATIC, default=16)
    optimiser: optax.GradientTransformation = field(metadata=STATIC, default=ADAM)

    @property
    def shape(self) -> Shape:
        """The sizes of the axes, padding included."""
        s = self.structure
        axes = s.low, s.tail, s.value, s.use_node, s.class_mask
        return Shape(*(axis.shape[-1] for axis in axes), steps=self.steps)

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

    def step(self, data: Data, state: State) -> tuple[State, Scalar]:
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

    def loss(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        """The weighted sum of the terms.

        Raises:
            SettingsError: a weight of an unknown term.
        """
        found = self.terms(data, mean, self.weights)
        return sum(
            (weight * found[term] for term, weight in self.weights.items()),
            start=jnp.zeros((), mean.dtype),
        )

    def terms(
        self, data: Data, mean: Float[Array, " N"], names: Collection[str] = TERMS
    ) -> dict[str, Scalar]:
        """Terms at given means, unweighted; smooth in the data and in the means.

        ``peak_usage``: ``sum_r c_r max_d usage_r(d)``. ``communication``: ``sum_e w_e (s_j -
        s_i)``. ``peak_live``: what is held in the fullest step, ``footprint``: workspaces included.
        ``latency``: ``max_i (s_i + max(l_i, 1))``. ``crowding``: nodes beyond ``crowd`` a step,
        summed. ``dependence``: steps by which consumers start too early, summed.
        """
        check_terms(names)
        every = {
            "peak_usage": self._peak_usage,
            "communication": self._communication,
            "peak_live": self._peak_live,
            "footprint": self._footprint,
            "latency": self._latency,
            "crowding": self._crowding,
            "dependence": self._dependence,
        }
        return {name: every[name](data, mean) for name in names}

    def _peak_usage(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        s = self.structure
        begin = mean[s.use_node]
        zero = jnp.zeros_like(begin)
        ends = begin + s.occupancy
        amount = jnp.where(s.use_mask, data.demand, 0.0)
        first = begin, zero, zero + s.depth - 1
        after = ends, s.occupancy, s.occupancy + s.depth - 1
        rows = data.class_cost.shape[0]
        profile = self._held(first, after, amount, s.use_class, rows)
        tops = self._peak(profile, self._before(s.horizon))
        return jnp.sum(data.class_cost * tops, where=s.class_mask)

    def _communication(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        s = self.structure
        span = mean[s.head] - mean[s.tail]
        return jnp.sum(data.weight * span, where=s.edge_mask)

    def _peak_live(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        return self._peak(self._live(data, mean), self._before(self.structure.depth))

    def _footprint(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        running = self._starting(mean, data.workspace)
        return self._peak(self._live(data, mean) + running, self._before(self.structure.depth))

    def _latency(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        return self._peak(mean + jnp.maximum(data.latency, 1.0), self.structure.node_mask)

    def _crowding(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        del data
        count = self._starting(mean, jnp.ones_like(mean))
        return jnp.sum(jnp.maximum(count - self.crowd, 0.0))

    def _dependence(self, data: Data, mean: Float[Array, " N"]) -> Scalar:
        s = self.structure
        late = data.latency[s.tail] + s.delay - (mean[s.head] - mean[s.tail])
        return jnp.sum(jnp.maximum(late, 0.0), where=s.edge_mask)

    def _live(self, data: Data, mean: Float[Array, " N"]) -> Float[Array, " T"]:
        """Expected bits or bytes held in each step."""
        s = self.structure
        temperature = self.last_temperature
        last, _ = segment_peak(mean[s.reader], s.value, mean.size, temperature, s.reader_mask)
        birth, death = mean, jnp.where(s.read, last, mean) + 1
        size = jnp.where(s.node_mask, data.size, 0.0)
        if self.lifetime == "register":
            birth = mean + jnp.maximum(data.latency, 1.0)
            death, size = jnp.maximum(birth, death), jnp.where(s.read, size, 0.0)
        else:
            death = jnp.where(s.kept, s.depth, death)
        zero = jnp.zeros_like(mean)
        last = zero + s.depth
        row = zero.astype(jnp.int32)
        return self._held((birth, zero, last), (death, zero, last), size, row, 1)[0]

    def _starting(self, mean: Float[Array, " N"], weight: Float[Array, " N"]) -> Float[Array, " T"]:
        """Expected weight of the nodes that start in each step."""
        s, zero = self.structure, jnp.zeros_like(mean)
        weight = jnp.where(s.node_mask, weight, 0.0)
        row = zero.astype(jnp.int32)
        return self._histogram((mean, zero, zero + s.depth - 1), weight, row, 1)[0]

    def _held(self, birth, death, amount, row, rows: int) -> Float[Array, "R T"]:
        """Expected amounts held in ``birth <= d < death``, each a mean, a first and a last step."""
        both = tuple(jnp.concatenate(pair) for pair in zip(birth, death, strict=True))
        weight, row = jnp.concatenate([amount, -amount]), jnp.concatenate([row, row])
        return jnp.cumsum(self._histogram(both, weight, row, rows), axis=-1)

    def _histogram(self, times, weight, row, rows: int) -> Float[Array, "R T"]:
        """Weights by expected step; those of step T fall off the axis."""
        mean, low, high = times
        name = evaluation_for(self.evaluation, self.steps, DENSE_RATIO * self.bins)
        given = Times(mean, jnp.zeros_like(mean) + self.width, low, high, row)
        evaluate = EVALUATIONS[name].histogram
        return evaluate(given, weight, rows, self.steps + 1, self.bins)[:, : self.steps]

    def _before(self, end: Scalar) -> Bool[Array, " T"]:
        """Which steps come before one."""
        return jnp.arange(self.steps, dtype=end.dtype) < end

    def _peak(self, profile: Float[Array, "*rows T"], mask: Bool[Array, " T"]) -> Any:
        """The smooth maximum, differentiable as it is: its temperature follows the profile."""
        return peak(profile, self.temperature, mask, held=False)
