"""A schedule as Gaussians: the parameters, and the start times that they stand for."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gaus_jax.relax.histogram import EVALUATIONS, Times
from gaus_jax.relax.packed import Events, Graph, Lasts
from gaus_jax.relax.smooth import segment_peak
from gaus_jax.relax.sums import prefix

FIXED_STD = 1e-3  # steps; a node without mobility is as good as certain


class Params(eqx.Module):
    """The variables: a Gaussian ``N(mean, exp(log_std))`` for the start of each free node."""

    mean: Float[Array, "*batch F"]  # steps
    log_std: Float[Array, "*batch F"]


class Relaxed(eqx.Module):
    """The start times of a graph's free and fixed nodes, and how expectations are taken."""

    mean: Float[Array, " F+X"]  # steps
    std: Float[Array, " F+X"]  # steps
    last_temperature: Float[Array, ""]  # steps, of the smooth maximum over consumers
    evaluation: str = eqx.field(static=True)  # a name in EVALUATIONS
    width: int = eqx.field(static=True)  # bins of a window
    axis: str | None = eqx.field(static=True, default=None)  # of a mesh that shares a graph out

    def whole(self, part: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The sum of what each device has of it; itself where a graph is on one device."""
        return part if self.axis is None else jax.lax.psum(part, self.axis)


def relax(
    graph: Graph,
    mean: Float[Array, " F"],
    std: Float[Array, " F"],
    *,
    last_temperature: Float[Array, ""] | float = 0.2,
    evaluation: str = "dense",
    width: int = 16,
    axis: str | None = None,
) -> Relaxed:
    """Append the fixed nodes to the free ones, whose means the caller keeps in their windows."""
    sure = jnp.full(graph.fixed_start.shape, FIXED_STD, mean.dtype)
    return Relaxed(
        mean=jnp.concatenate([mean, graph.fixed_start]),
        std=jnp.concatenate([std, sure]),
        last_temperature=jnp.asarray(last_temperature, mean.dtype),
        evaluation=evaluation,
        width=width,
        axis=axis,
    )


def expected_usage(graph: Graph, relaxed: Relaxed) -> Float[Array, "R T"]:
    """``E usage_r(d) = sum_i a_ir P(s_i <= d < s_i + o_ir)``, units."""
    rows, steps = graph.usage_base.shape
    counts = _histogram(*_event_times(graph.usage, relaxed), relaxed, rows, steps)
    # A use of one cycle is its start's histogram; longer ones are a step up and a step down.
    profile = graph.usage_base + (prefix(counts) if graph.spans else counts)
    return relaxed.whole(profile)


def expected_live(graph: Graph, relaxed: Relaxed) -> Float[Array, " T"]:
    """``E live(d) = sum_i m_i (P(birth_i <= d) - P(death_i <= d))``, bits or bytes.

    One prefix sum of births minus deaths. A death follows the last consumer: a Boltzmann maximum
    over consumers' means at ``last_temperature``.
    """
    changes, weight = _event_times(graph.changes, relaxed)
    deaths, size = _last_times(graph.lasts, relaxed)
    # One histogram for both: half the compilation of one each.
    both = Times(*(jnp.concatenate(pair) for pair in zip(changes, deaths, strict=True)))
    weight = jnp.concatenate([weight, -size])
    change = _histogram(both, weight, relaxed, 1, graph.live_base.shape[0])
    total = relaxed.whole(graph.live_base + prefix(change[0]))
    return folded(graph, total[None])[0]


def expected_workspace(graph: Graph, relaxed: Relaxed) -> Float[Array, " T"]:
    """``E sum_i workspace_i [s_i = d]``, bytes."""
    free = graph.low.shape[0]
    row = jnp.zeros(free, jnp.int32)
    times = Times(relaxed.mean[:free], relaxed.std[:free], graph.low, graph.high, row)
    weight = jnp.where(graph.free_mask, graph.workspace, 0.0)
    running = _histogram(times, weight, relaxed, 1, graph.workspace_base.shape[0])
    return folded(graph, graph.workspace_base[None] + running)[0]


def folded(graph: Graph, profile: Float[Array, "R T"]) -> Float[Array, "R T"]:
    """``sum over d = m mod II`` of a profile for each slot ``m``; itself where there is no II."""
    if not graph.folds:
        return profile
    return jnp.zeros_like(profile).at[:, graph.slot].add(profile, mode="drop")


def _event_times(events: Events, relaxed: Relaxed) -> tuple[Times, Float[Array, " M"]]:
    """The times of events of one node each, and their weights, 0 where padded."""
    mean = relaxed.mean[events.node] + events.offset
    times = Times(mean, relaxed.std[events.node], events.low, events.high, events.row)
    return times, jnp.where(events.mask, events.weight, 0.0)


def _last_times(lasts: Lasts, relaxed: Relaxed) -> tuple[Times, Float[Array, " V"]]:
    """The deaths of values with several possible last consumers, and their sizes."""
    mean, share = segment_peak(
        relaxed.mean[lasts.consumer] + lasts.offset,
        lasts.value,
        lasts.weight.shape[0],
        relaxed.last_temperature,
        lasts.consumer_mask,
    )
    spread = jnp.zeros_like(mean).at[lasts.value].add(share * relaxed.std[lasts.consumer])
    std = jnp.where(lasts.mask, spread, 1.0)
    row = jnp.zeros(mean.shape, lasts.value.dtype)
    times = Times(mean, std, lasts.low, lasts.high, row)
    return times, jnp.where(lasts.mask, lasts.weight, 0.0)


def _histogram(
    times: Times, weight: Float[Array, " M"], relaxed: Relaxed, rows: int, steps: int
) -> Float[Array, "R T"]:
    evaluate = EVALUATIONS[relaxed.evaluation].histogram
    return evaluate(times, weight, rows, steps, relaxed.width)
