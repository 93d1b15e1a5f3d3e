"""Networks of flax, imported where they are made: Inception blocks, a vision transformer."""

from typing import Any

import jax
import jax.numpy as jnp

from gaus_jax.base.errors import InputError
from gaus_jax.xla.programs.program import Example


def inception(blocks: int, key: Any) -> Example:
    """An Inception network in flax.linen: blocks of five branches, whose results are joined.

    After Szegedy et al., "Going Deeper with Convolutions" (2015), with a branch of two 3 x 3
    convolutions in place of one of 5 x 5 and one that is gated.
    """
    linen = _flax().linen

    class Block(linen.Module):
        width: int

        @linen.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            def unit(x: jax.Array, width: int, reach: int) -> jax.Array:
                x = linen.Conv(width, (reach, reach), use_bias=False)(x)
                return linen.relu(linen.GroupNorm(num_groups=4)(x))

            wide, narrow = 4 * self.width, self.width
            one = unit(x, narrow, 1)
            three = unit(unit(x, wide, 1), narrow, 3)
            five = unit(unit(unit(x, wide, 1), wide, 3), narrow, 3)
            pooled = unit(linen.max_pool(x, (3, 3), padding="SAME"), narrow, 1)
            gated = unit(unit(x, wide, 1) * linen.sigmoid(unit(x, wide, 3)), narrow, 1)
            return jnp.concatenate([one, three, five, pooled, gated], axis=-1)

    class Network(linen.Module):
        @linen.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for _ in range(blocks):
                x = Block(16)(x)
            return jnp.mean(x, axis=(1, 2))

    made, given = jax.random.split(key)
    x = jax.random.normal(given, (4, 32, 32, 16))
    net = Network()
    return net.apply, (net.init(made, x), x)


def vision_transformer(layers: int, key: Any) -> Example:
    """Gradient of a vision transformer in flax.nnx over its weights; ``layers`` encoder blocks."""
    _flax()
    from flax import nnx

    width, heads, patch = 96, 4, 4
    made, given = jax.random.split(key)
    keys = nnx.Rngs(made)

    class Block(nnx.Module):
        def __init__(self) -> None:
            self.first, self.second = (nnx.LayerNorm(width, rngs=keys) for _ in range(2))
            self.attend = nnx.MultiHeadAttention(heads, width, decode=False, rngs=keys)
            self.up = nnx.Linear(width, 4 * width, rngs=keys)
            self.down = nnx.Linear(4 * width, width, rngs=keys)

        def __call__(self, x: jax.Array) -> jax.Array:
            x = x + self.attend(self.first(x))
            return x + self.down(nnx.gelu(self.up(self.second(x))))

    class Network(nnx.Module):
        def __init__(self) -> None:
            size, steps = (patch, patch), (patch, patch)
            self.embed = nnx.Conv(3, width, size, strides=steps, rngs=keys)
            self.blocks = nnx.List([Block() for _ in range(layers)])

        def __call__(self, x: jax.Array) -> jax.Array:
            x = self.embed(x)
            x = x.reshape(x.shape[0], -1, width)
            for block in self.blocks:
                x = block(x)
            return jnp.mean(x, axis=1)

    structure, weights = nnx.split(Network())

    def loss(weights: Any, x: jax.Array) -> jax.Array:
        return jnp.mean(nnx.merge(structure, weights)(x) ** 2)

    return jax.grad(loss), (weights, jax.random.normal(given, (4, 32, 32, 3)))


def _flax() -> Any:
    """The package flax.

    Raises:
        InputError: it is not installed.
    """
    try:
        import flax
    except ImportError as error:
        raise InputError(
            "this example is a network of flax; install it with pip install flax"
        ) from error
    return flax
