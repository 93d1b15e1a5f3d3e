"""Smooth, masked maxima."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from gaus_jax.relax.sums import total


def peak(
    profile: Float[Array, "*rows T"],
    temperature: Float[Array, ""] | float,
    mask: Bool[Array, " T"],
    *,
    held: bool = True,
) -> Float[Array, "*rows"]:
    """Smooth maximum over steps, ``tau logsumexp(u / tau)`` (GauS, peak usage).

    ``tau = temperature * max u``: the temperature is a fraction of the peak, so that one value
    serves demands of any magnitude. Padded steps take no part, however soft the maximum; that of
    no step at all is 0. The gradient is a softmax: it takes ``tau`` as given, unless it is not
    ``held``; then it is the derivative of the value.
    """
    mask = jnp.broadcast_to(mask, profile.shape)
    some = jnp.any(mask, axis=-1)
    top = jnp.max(profile, axis=-1, where=mask, initial=0.0, keepdims=True)
    tau = temperature * jnp.where(top > 0, top, 1.0)
    tau = lax.stop_gradient(tau) if held else tau
    # Of no step the sum is taken over all, so that neither branch of the last line is infinite.
    taken = mask | ~some[..., None]
    high = lax.stop_gradient(jnp.max(profile, axis=-1, where=taken, initial=-jnp.inf))
    above = jnp.where(taken, (profile - high[..., None]) / tau, -jnp.inf)
    smooth = high + tau[..., 0] * jnp.log(total(jnp.exp(above)))
    return jnp.where(some, smooth, 0.0)


def segment_peak(
    values: Float[Array, " C"],
    segment: Int[Array, " C"],
    count: int,
    temperature: Float[Array, ""] | float,
    mask: Bool[Array, " C"],
) -> tuple[Float[Array, " V"], Float[Array, " C"]]:
    """Boltzmann maximum of each segment, ``sum_j x_j softmax(x / t)_j``, and its softmax weights.

    Unlike log-sum-exp it is exact on ties, so integer starts keep their integer maximum. Segments
    are sorted; an empty one gives 0.
    """
    lowest = jnp.finfo(values.dtype).min
    held = jnp.where(mask, lax.stop_gradient(values), lowest)
    top = jax.ops.segment_max(held, segment, count, indices_are_sorted=True)
    top = jnp.where(top > lowest, top, 0.0)
    mass = jnp.where(mask, jnp.exp((values - top[segment]) / temperature), 0.0)
    all_mass = jax.ops.segment_sum(mass, segment, count, indices_are_sorted=True)
    share = mass / jnp.where(all_mass > 0, all_mass, 1.0)[segment]
    # Relative to the top: float32 keeps its digits on axes of tens of thousands of steps.
    offset = jax.ops.segment_sum(
        share * jnp.where(mask, values - top[segment], 0.0), segment, count, indices_are_sorted=True
    )
    return top + offset, share
