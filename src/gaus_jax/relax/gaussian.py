"""A schedule as Gaussians: the parameters, and the start times that they stand for."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gaus_jax.relax.histogram import EVALUATIONS, Times
from gaus_jax.relax.packed import Events, Graph
from gaus_jax.relax.smooth import segment_peak

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


def relax(
    graph: Graph,
    mean: Float[Array, " F"],
    std: Float[Array, " F"],
    *,
    last_temperature: Float[Array, ""] | float = 0.2,
    evaluation: str = "dense",
    width: int = 16,
) -> Relaxed:
    """Append the fixed nodes to the free ones, whose means the caller keeps in their windows."""
    sure = jnp.full(graph.fixed_start.shape, FIXED_STD, mean.dtype)
    return Relaxed(
        mean=jnp.concatenate([mean, graph.fixed_start]),
        std=jnp.concatenate([std, sure]),
        last_temperature=jnp.asarray(last_temperature, mean.dtype),
        evaluation=evaluation,
        width=width,
    )


def expected_usage(graph: Graph, relaxed: Relaxed) -> Float[Array, "R T"]:
    """``E usage_r(d) = sum_i a_ir P(s_i <= d < s_i + o_ir)``, units."""
    rows, steps = graph.usage_base.shape
    counts = _histogram(graph.usage, relaxed, rows, steps)
    # A use of one cycle is its start's histogram; longer ones are a step up and a step down.
    return graph.usage_base + (jnp.cumsum(counts, axis=1) if graph.spans else counts)


def expected_live(graph: Graph, relaxed: Relaxed) -> Float[Array, " T"]:
    """``E live(d) = sum_i m_i (P(birth_i <= d) - P(death_i <= d))``, bits or bytes.

    One prefix sum of births minus deaths. A death follows the last consumer: a Boltzmann maximum
    over consumers' means at ``last_temperature``.
    """
    steps = graph.live_base.shape[0]
    change = _histogram(graph.changes, relaxed, 1, steps)
    last = graph.lasts
    times = relaxed.mean[last.consumer] + last.offset
    mean, share = segment_peak(
        times, last.value, last.weight.shape[0], relaxed.last_temperature, last.consumer_mask
    )
    spread = jnp.zeros_like(mean).at[last.value].add(share * relaxed.std[last.consumer])
    std = jnp.where(last.mask, spread, 1.0)
    deaths = Times(mean, std, last.low, last.high, jnp.zeros_like(last.value, shape=mean.shape))
    weight = jnp.where(last.mask, last.weight, 0.0)
    histogram = EVALUATIONS[relaxed.evaluation].histogram
    change = change - histogram(deaths, weight, 1, steps, relaxed.width)
    return graph.live_base + jnp.cumsum(change[0])


def _histogram(events: Events, relaxed: Relaxed, rows: int, steps: int) -> Float[Array, "R T"]:
    mean = relaxed.mean[events.node] + events.offset
    times = Times(mean, relaxed.std[events.node], events.low, events.high, events.row)
    weight = jnp.where(events.mask, events.weight, 0.0)
    return EVALUATIONS[relaxed.evaluation].histogram(times, weight, rows, steps, relaxed.width)
