"""Sums whose rounding does not depend on how far an axis is padded.

XLA adds the entries of an axis in an order that depends on its length, so that the same graph in
another padded shape would round differently, and after some steps be another schedule. Here zeros
at the end of an axis change no bit of what is before them: entries are added in pairs, then pairs
of these, whatever comes after. (On CPU; elsewhere a prefix sum has an order of its own.)
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.custom_jvp
def total(values: Float[Array, "*rows N"]) -> Float[Array, "*rows"]:
    """The sum along the last axis."""
    count = values.shape[-1]
    size = 1 << max(count - 1, 0).bit_length()
    part = jnp.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, size - count)])
    while part.shape[-1] > 1:
        part = part[..., 0::2] + part[..., 1::2]
    return part[..., 0]


@total.defjvp
def _total_jvp(primals, tangents):
    # Only its transpose, a broadcast, is ever run: no order to keep.
    return total(*primals), jnp.sum(tangents[0], axis=-1)


@jax.custom_vjp
def prefix(values: Float[Array, "*rows N"]) -> Float[Array, "*rows N"]:
    """The sums of the entries up to each along the last axis, itself included."""
    return jnp.cumsum(values, axis=-1)


def _prefix_forward(values):
    return prefix(values), None


def _prefix_backward(_, pull):
    # The sums from each entry on. What comes before is taken from all: from the far end, a sum
    # would begin with the padding.
    return (total(pull)[..., None] - (prefix(pull) - pull),)


prefix.defvjp(_prefix_forward, _prefix_backward)
