"""Schedules drawn by the constrained Gumbel trick, and what they cost; differentiable."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from gaus_jax.baselines.gumbel_layout import Layout
from gaus_jax.relax.smooth import peak


class Sample(NamedTuple):
    """One schedule: straight-through one-hot starts, and their running sums."""

    start: Int[Array, " M"]  # steps
    chosen: Float[Array, "M T"]  # [s_i = t]
    begun: Float[Array, "M T"]  # [s_i <= t]


def sample(
    logits: Float[Array, "M T"], noise: Float[Array, "M T"], graph: Layout, temperature: float
) -> Sample:
    """Draw starts group by group, each node among the steps that its producers leave open.

    ``p = softmax((logits + noise) / tau)`` is multiplied by a preference for early steps,
    ``log(T + 1 - (t - ASAP))``, and by the running sums of its producers' one-hot starts, which
    are 0 before they are ready; the start is the greatest entry, its gradient that of a second
    softmax (Liu et al., ICML 2024, constrained Gumbel trick). Here the producers' sums are
    shifted by their latency, and windows close what could not be completed, so that every sample
    is legal.
    """
    steps = logits.shape[1]
    step = jnp.arange(steps)[None, :]
    early = steps + 1 - jnp.clip(step - graph.low[:, None], 0, steps - 1)
    score = jax.nn.softmax((logits + noise) / temperature, axis=1)
    window = (step >= graph.low[:, None]) & (step <= graph.high[:, None])
    score = jnp.where(window, score * jnp.log(early.astype(logits.dtype)), 0.0)
    start, chosen = _drawn(score, graph)
    return Sample(start, chosen, jnp.cumsum(chosen, axis=1))


@jax.custom_vjp
def _drawn(
    score: Float[Array, "M T"], graph: Layout
) -> tuple[Int[Array, " M"], Float[Array, "M T"]]:
    """Starts of greatest score among the open steps, and their one-hot rows."""
    start, _ = _forward(score, graph)
    return start, jax.nn.one_hot(start, score.shape[1], dtype=score.dtype)


def _forward(
    score: Float[Array, "M T"], graph: Layout
) -> tuple[Int[Array, " M"], Int[Array, " M"]]:
    """Starts, and the steps at which all producers are ready; both (M,)."""
    step = jnp.arange(score.shape[1])[None, :]

    def draw(start: Int[Array, " M"], part: tuple) -> tuple[Int[Array, " M"], Int[Array, " C"]]:
        index, score, low, into = part
        at = jnp.where(into.mask, start[into.tail] + into.reach, 0)
        ready = jnp.maximum(low, jax.ops.segment_max(at, into.head, low.size))
        # After the window scores are 0, and the first of equals counts.
        mine = jnp.argmax(jnp.where(step >= ready[:, None], score, -1.0), axis=1)
        mine = mine.astype(start.dtype)
        return lax.dynamic_update_slice_in_dim(start, mine, index * low.size, 0), ready

    parts = (*_split(graph, score, graph.low), graph.into)
    start, ready = lax.scan(draw, jnp.zeros_like(graph.low), parts)
    return start, ready.reshape(-1)


def _backward(saved: tuple, slopes: tuple) -> tuple[Float[Array, "M T"], None]:
    """From the last group to the first: what a start changes in its own cost and what it opens.

    A producer's running sum opens a step of a consumer if no other producer closes it.
    """
    score, graph, start, ready = saved
    steps = score.shape[1]
    step = jnp.arange(steps)[None, :]
    opened = step >= ready[:, None]
    soft = jax.nn.softmax(jnp.where(opened, score, 0.0), axis=1)

    def pull(opening: Float[Array, "M T"], part: tuple) -> tuple[Array, Float[Array, "C T"]]:
        index, score, soft, opened, slope, out, others = part
        at = step + out.reach[:, None]
        gained = opening[out.head[:, None], jnp.minimum(at, steps - 1)]
        counts = out.mask[:, None] & (at < steps) & (at >= others[:, None])
        begun = jax.ops.segment_sum(jnp.where(counts, gained, 0.0), out.tail, slope.shape[0])
        slope = slope + jnp.cumsum(begun[:, ::-1], axis=1)[:, ::-1]
        through = soft * (slope - jnp.sum(soft * slope, axis=1, keepdims=True))
        # The gather is done before the rows are written, or the table would be copied.
        rows, opening = lax.optimization_barrier((through * score, opening))
        opening = lax.dynamic_update_slice_in_dim(opening, rows, index * slope.shape[0], 0)
        return opening, jnp.where(opened, through, 0.0)

    parts = (*_split(graph, score, soft, opened, slopes[1]), graph.out, _others(start, graph))
    _, slope = lax.scan(pull, jnp.zeros_like(score), parts, reverse=True)
    return slope.reshape(score.shape), None


def _others(start: Int[Array, " M"], graph: Layout) -> Int[Array, "G P"]:
    """When the other producers of each edge's consumer are ready; of the edges by tail."""
    out = graph.out
    rows = jnp.arange(out.tail.shape[0])[:, None] * (start.size // out.tail.shape[0]) + out.tail
    at = jnp.where(out.mask, start[rows] + out.reach, 0).reshape(-1)
    head = jnp.where(out.mask, out.head, start.size).reshape(-1)
    count = start.size + 1
    first = jax.ops.segment_max(at, head, count)
    is_first = at == first[head]
    alone = jax.ops.segment_sum(is_first.astype(at.dtype), head, count)[head] == 1
    second = jax.ops.segment_max(jnp.where(is_first, 0, at), head, count)
    return jnp.where(is_first & alone, second[head], first[head]).reshape(out.tail.shape)


def _split(graph: Layout, *tables: Array) -> tuple[Array, ...]:
    """The index of each group, and its rows of each table."""
    groups = graph.into.tail.shape[0]
    return jnp.arange(groups), *(rows.reshape(groups, -1, *rows.shape[1:]) for rows in tables)


def _saved(score: Float[Array, "M T"], graph: Layout) -> tuple[tuple, tuple]:
    start, ready = _forward(score, graph)
    chosen = jax.nn.one_hot(start, score.shape[1], dtype=score.dtype)
    return (start, chosen), (score, graph, start, ready)


_drawn.defvjp(_saved, _backward)


def terms(drawn: Sample, graph: Layout, temperature: float, asked: tuple[bool, ...]) -> Array:
    """Peak usage, communication, peak live and latency of a sample; (4,), 0 where not asked.

    Peaks are log-sum-exps at the temperature, a fraction of the peak.
    """
    steps = drawn.chosen.shape[1]
    step = jnp.arange(steps)
    mask = step < graph.depth
    place = drawn.chosen @ step.astype(drawn.chosen.dtype)
    zero = jnp.zeros((), drawn.chosen.dtype)
    usage = _usage(drawn.begun, graph) if asked[0] else None
    live = _live(drawn.begun, graph) if asked[2] else None
    finish = place + graph.duration.astype(place.dtype)
    return jnp.stack(
        [
            zero if usage is None else graph.class_cost @ peak(usage, temperature, mask),
            place @ graph.pull if asked[1] else zero,
            zero if live is None else peak(live, temperature, mask),
            peak(finish, temperature, graph.duration > 0) if asked[3] else zero,
        ]
    )


def _usage(begun: Float[Array, "M T"], graph: Layout) -> Float[Array, "R T"]:
    """``sum_i a_ir ([s_i <= d] - [s_i <= d - o_ir])``."""
    mine = begun[graph.use_row]
    busy = (mine - _shifted(mine, graph.use_occupancy)) * graph.use_demand[:, None]
    return jax.ops.segment_sum(busy, graph.use_class, graph.class_cost.size)


def _live(begun: Float[Array, "M T"], graph: Layout) -> Float[Array, " T"]:
    """Values that were born and that some consumer has yet to read."""
    after = _shifted(begun, jnp.ones_like(graph.birth))
    done, _ = _product(after[graph.reader], graph.read, graph.reads, begun.shape[0])
    gone = jnp.where(graph.ends[:, None], done, 0.0)
    return graph.size @ (_shifted(begun, graph.birth) - gone)


def _moved(rows: Float[Array, "X T"], by: Int[Array, " X"]) -> Float[Array, "X T"]:
    """Each row later by so many steps, earlier where negative; 0 where nothing comes in."""
    step = jnp.arange(rows.shape[1])[None, :] - by[:, None]
    moved = jnp.take_along_axis(rows, jnp.clip(step, 0, rows.shape[1] - 1), axis=1)
    return jnp.where((step >= 0) & (step < rows.shape[1]), moved, 0.0)


# Its gradient is the move back. Left to JAX it would be a scatter of single elements.
_shifted = jax.custom_vjp(_moved)
_shifted.defvjp(
    lambda rows, by: (_moved(rows, by), by),
    lambda by, slope: (_moved(slope, -by), None),
)


def _product(
    factor: Float[Array, "X T"], segment: Int[Array, " X"], mask: Bool[Array, " X"], count: int
) -> tuple[Float[Array, "C T"], Bool[Array, "C T"]]:
    """Products of 0-1 factors by segment, with the gradient of a product; where they are 0.

    The gradient towards a factor is the product of the others: 1 where no other one is 0.
    """
    value = lax.stop_gradient(factor)
    missing = jnp.where(mask[:, None], 1.0 - value, 0.0)
    total = jax.ops.segment_sum(missing, segment, count)
    others = mask[:, None] & (total[segment] - missing < 0.5)
    slope = jax.ops.segment_sum(jnp.where(others, factor - value, 0.0), segment, count)
    broken = total > 0.5
    return jnp.where(broken, 0.0, 1.0) + slope, broken
