"""Functions of matrices: perceptron, transformer, experts, recurrent network, message passing."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from gaus_jax.xla.programs.program import Example


def mlp_gradient(layers: int, key: Any) -> Example:
    """Gradient of a perceptron's squared error over its weights; ``layers`` hidden layers."""
    width, batch = 256, 512
    made, given, wanted = jax.random.split(key, 3)
    net = eqx.nn.MLP(width, width, width, layers, activation=jnp.tanh, key=made)
    weights, rest = eqx.partition(net, eqx.is_array)
    data = jax.random.normal(given, (batch, width)), jax.random.normal(wanted, (batch, width))

    def loss(weights: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.mean((jax.vmap(eqx.combine(weights, rest))(x) - y) ** 2)

    return jax.grad(loss), (weights, *data)


def transformer_gradient(layers: int, key: Any) -> Example:
    """Gradient of a stack of transformer blocks (attention, then a perceptron), not scanned."""
    width, heads, length = 128, 4, 256
    keys = jax.random.split(key, layers + 1)
    blocks = [_block(width, k) for k in keys[1:]]
    tokens = jax.random.normal(keys[0], (length, width))

    def loss(blocks: Any, tokens: jax.Array) -> jax.Array:
        for block in blocks:
            tokens = _apply_block(block, tokens, heads)
        return jnp.mean(tokens**2)

    return jax.grad(loss), (blocks, tokens)


def _block(width: int, key: Any) -> dict[str, jax.Array]:
    shapes = {"qkv": (width, 3 * width), "out": (width, width)}
    shapes |= {"up": (width, 4 * width), "down": (4 * width, width)}
    keys = jax.random.split(key, len(shapes))
    return {
        name: jax.random.normal(k, shape) / jnp.sqrt(jnp.float32(shape[0]))
        for k, (name, shape) in zip(keys, shapes.items(), strict=True)
    }


def _apply_block(block: dict[str, jax.Array], x: jax.Array, heads: int) -> jax.Array:
    length, width = x.shape
    parts = jnp.split(_normalised(x) @ block["qkv"], 3, axis=1)
    query, by, value = (p.reshape(length, heads, width // heads) for p in parts)
    score = jnp.einsum("qhd,khd->hqk", query, by) / jnp.sqrt(jnp.float32(width // heads))
    mixed = jnp.einsum("hqk,khd->qhd", jax.nn.softmax(score), value)
    x = x + mixed.reshape(length, width) @ block["out"]
    return x + jax.nn.gelu(_normalised(x) @ block["up"]) @ block["down"]


def _normalised(x: jax.Array) -> jax.Array:
    centred = x - jnp.mean(x, axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(centred**2, axis=-1, keepdims=True) + 1e-5)


def mixture_of_experts(experts: int, key: Any) -> Example:
    """Tokens through their two best of several experts; every expert sees all tokens, masked."""
    width, tokens = 128, 512
    given, gate, up, down = jax.random.split(key, 4)
    scale = jnp.float32(width) ** -0.5
    weights = {
        "gate": jax.random.normal(gate, (width, experts)) * scale,
        "up": [
            jax.random.normal(k, (width, 4 * width)) * scale for k in jax.random.split(up, experts)
        ],
        "down": [
            jax.random.normal(k, (4 * width, width)) * scale / 2
            for k in jax.random.split(down, experts)
        ],
    }

    def mix(weights: Any, x: jax.Array) -> jax.Array:
        share = jax.nn.softmax(x @ weights["gate"])
        least = jnp.sort(share, axis=1)[:, -2:-1]
        share = jnp.where(share >= least, share, jnp.float32(0))
        parts = []
        for e in range(experts):
            hidden = jax.nn.silu(x @ weights["up"][e])
            hidden = hidden / (1 + jnp.sort(jnp.abs(hidden), axis=1)[:, -8:-7])
            parts.append(share[:, e : e + 1] * (hidden @ weights["down"][e]))
        return sum(parts[1:], parts[0])

    return mix, (weights, jax.random.normal(given, (tokens, width)))


def lstm_gradient(steps: int, key: Any) -> Example:
    """Gradient of a long short-term memory unrolled over ``steps`` steps."""
    width, batch = 64, 128
    made, given = jax.random.split(key)
    cell = eqx.nn.LSTMCell(width, width, key=made)
    weights, rest = eqx.partition(cell, eqx.is_array)

    def loss(weights: Any, xs: jax.Array) -> jax.Array:
        run = jax.vmap(eqx.combine(weights, rest))
        state = jnp.zeros((batch, width)), jnp.zeros((batch, width))
        total = jnp.float32(0)
        for t in range(steps):
            state = run(xs[t], state)
            total += jnp.mean(state[0] ** 2)
        return total

    return jax.grad(loss), (weights, jax.random.normal(given, (steps, batch, width)))


def graph_network(rounds: int, key: Any) -> Example:
    """Gradient of a graph neural network: ``rounds`` of messages along edges, summed at nodes."""
    nodes, edges, width = 1024, 4096, 64
    ends, given, *keys = jax.random.split(key, 2 + rounds)
    tail, head = jax.random.randint(ends, (2, edges), 0, nodes)
    weights = [jax.random.normal(k, (2, width, width)) * jnp.float32(width) ** -0.5 for k in keys]

    def loss(weights: Any, x: jax.Array, tail: jax.Array, head: jax.Array) -> jax.Array:
        for pair in weights:
            message = jnp.tanh((x[tail] - x[head]) @ pair[0])
            gathered = jax.ops.segment_sum(message, head, nodes)
            x = x + jnp.tanh(gathered @ pair[1])
        return jnp.mean(x**2)

    return jax.grad(loss), (weights, jax.random.normal(given, (nodes, width)), tail, head)


def sorted_branches(branches: int, key: Any) -> Example:
    """Independent ``branches`` of two sorts each, summed."""

    def total(x: jax.Array) -> jax.Array:
        parts = []
        for k in range(branches):
            once = jnp.sort(x * (k + 1.0), axis=0)
            parts.append(jnp.sum(jnp.sort(once + k, axis=1)))
        return sum(parts[1:], parts[0])

    return total, (jax.random.normal(key, (512, 512)),)
