"""Functions of images: residual and U-shaped networks, diffusion, Fourier filters, wirings."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.xla.programs.program import Example


def _kernel(key: Any, into: int, out: int, reach: int = 3) -> jax.Array:
    scale = jnp.float32(into * reach * reach) ** -0.5
    return jax.random.normal(key, (reach, reach, into, out)) * scale


def _convolved(x: jax.Array, kernel: jax.Array, stride: int = 1) -> jax.Array:
    order = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), "SAME", dimension_numbers=order
    )


def _levelled(x: jax.Array) -> jax.Array:
    """Normalised over space, as instance normalisation."""
    mean = jnp.mean(x, axis=(1, 2), keepdims=True)
    spread = jnp.mean((x - mean) ** 2, axis=(1, 2), keepdims=True)
    return (x - mean) * jax.lax.rsqrt(spread + 1e-5)


def resnet_gradient(blocks: int, key: Any) -> Example:
    """Gradient of a residual network: three stages of ``blocks`` blocks of two convolutions."""
    widths = (16, 32, 64)
    given, first, *keys = jax.random.split(key, 2 + 3 * (2 * blocks + 1))
    take = iter(keys)
    weights: dict[str, Any] = {"first": _kernel(first, 3, widths[0]), "stages": []}
    before = widths[0]
    for width in widths:
        down = _kernel(next(take), before, width, 1)
        pairs = [[_kernel(next(take), width, width) for _ in "ab"] for _ in range(blocks)]
        weights["stages"].append({"down": down, "pairs": pairs})
        before = width

    def loss(weights: Any, x: jax.Array) -> jax.Array:
        x = _convolved(x, weights["first"])
        for k, stage in enumerate(weights["stages"]):
            x = _convolved(x, stage["down"], 1 if k == 0 else 2)
            for a, b in stage["pairs"]:
                inner = jax.nn.relu(_levelled(_convolved(x, a)))
                x = jax.nn.relu(x + _levelled(_convolved(inner, b)))
        return jnp.mean(jnp.mean(x, axis=(1, 2)) ** 2)

    return jax.grad(loss), (weights, jax.random.normal(given, (8, 32, 32, 3)))


def _unet_weights(key: Any, levels: int, width: int, channels: int) -> dict[str, Any]:
    keys = iter(jax.random.split(key, 4 * levels + 4))
    widths = [width * 2**k for k in range(levels + 1)]
    return {
        "first": _kernel(next(keys), channels, width),
        "down": [
            [_kernel(next(keys), a, a), _kernel(next(keys), a, b)] for a, b in pairwise(widths)
        ],
        "up": [
            [_kernel(next(keys), b, a), _kernel(next(keys), 2 * a, a)] for a, b in pairwise(widths)
        ],
        "last": _kernel(next(keys), width, channels),
    }


def _unet(weights: dict[str, Any], x: jax.Array) -> jax.Array:
    x = _convolved(x, weights["first"])
    skips = []
    for same, down in weights["down"]:
        x = jax.nn.silu(_levelled(_convolved(x, same)))
        skips.append(x)
        x = jax.nn.silu(_levelled(_convolved(x, down, 2)))
    for (narrow, join), skip in zip(weights["up"][::-1], skips[::-1], strict=True):
        x = _convolved(jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2), narrow)
        x = jax.nn.silu(_levelled(_convolved(jnp.concatenate([x, skip], axis=3), join)))
    return _convolved(x, weights["last"])


def unet(levels: int, key: Any) -> Example:
    """A U-Net: ``levels`` halvings, and skip connections across."""
    made, given = jax.random.split(key)
    weights = _unet_weights(made, levels, 16, 3)
    return _unet, (weights, jax.random.normal(given, (4, 64, 64, 3)))


def unet_gradient(levels: int, key: Any) -> Example:
    """Gradient of a U-Net's mean square over its weights."""
    return _gradient(*unet(levels, key))


def _gradient(run: Any, arguments: tuple[Any, ...]) -> Example:
    """Of the mean square of a function's result, over its first argument."""

    def loss(*given: Any) -> jax.Array:
        return jnp.mean(run(*given) ** 2)

    return jax.grad(loss), arguments


def diffusion_step(levels: int, key: Any) -> Example:
    """One denoising step with guidance: a U-Net on a noisy image with and without its hint."""
    made, image, hint, noise = jax.random.split(key, 4)
    weights = _unet_weights(made, levels, 16, 4)
    shape = (2, 64, 64, 3)

    def step(
        weights: Any, x: jax.Array, hint: jax.Array, noise: jax.Array, level: jax.Array
    ) -> Any:
        def predicted(channel: jax.Array) -> jax.Array:
            return _unet(weights, jnp.concatenate([x, channel], axis=3))[..., :3]

        guided, plain = predicted(hint), predicted(jnp.zeros_like(hint))
        error = plain + 3 * (guided - plain)
        clean = (x - jnp.sqrt(1 - level) * error) * jax.lax.rsqrt(level)
        return jnp.sqrt(level) * jnp.clip(clean, -1, 1) + jnp.sqrt(1 - level) * noise

    pictures = (
        jax.random.normal(image, shape),
        jax.random.normal(hint, (*shape[:3], 1)),
        jax.random.normal(noise, shape),
    )
    return step, (weights, *pictures, jnp.float32(0.7))


def fft_pipeline(bands: int, key: Any) -> Example:
    """An image split into ``bands`` frequency bands, each denoised by its median, and summed."""
    size = 256

    def filtered(image: jax.Array) -> jax.Array:
        spectrum = jnp.fft.fft2(image)
        along = jnp.fft.fftfreq(size)
        radius = jnp.sqrt(along[:, None] ** 2 + along[None, :] ** 2)
        parts = []
        for k in range(bands):
            inside = (radius >= 0.7 * k / bands) & (radius < 0.7 * (k + 1) / bands)
            band = jnp.fft.ifft2(jnp.where(inside, spectrum, jnp.complex64(0))).real
            level = jnp.sort(jnp.abs(band), axis=1)[:, size // 2, None]
            parts.append(jnp.sign(band) * jnp.maximum(jnp.abs(band) - level, jnp.float32(0)))
        return sum(parts[1:], parts[0])

    return filtered, (jax.random.normal(key, (size, size)),)


def randomly_wired(nodes: int, key: Any) -> Example:
    """A randomly wired network: convolutions on the edges of a random acyclic graph.

    After Xie et al., "Exploring Randomly Wired Neural Networks for Image Recognition" (2019), with
    a Watts-Strogatz ring of four neighbours, a quarter of them rewired; nodes sum what they get.
    """
    width, (given, made) = 16, jax.random.split(key)
    seed = int(jax.random.randint(made, (), 0, 2**31 - 1))
    inputs = _wiring(nodes, np.random.default_rng(seed))
    kernels = [_kernel(k, width, width) for k in jax.random.split(made, nodes)]

    def run(kernels: Sequence[jax.Array], x: jax.Array) -> jax.Array:
        values: list[jax.Array] = []
        for kernel, sources in zip(kernels, inputs, strict=True):
            taken = [values[s] for s in sources] or [x]
            total = sum(taken[1:], taken[0])
            values.append(_levelled(_convolved(jax.nn.relu(total), kernel)))
        read = {s for sources in inputs for s in sources}
        last = [value for k, value in enumerate(values) if k not in read]
        return sum(last[1:], last[0]) / len(last)

    return run, (kernels, jax.random.normal(given, (4, 32, 32, width)))


def wired_gradient(nodes: int, key: Any) -> Example:
    """Gradient of a randomly wired network's mean square over its kernels."""
    return _gradient(*randomly_wired(nodes, key))


def _wiring(nodes: int, draw: np.random.Generator) -> list[list[int]]:
    """The nodes that feed each node, all of lower number."""
    pairs: set[tuple[int, int]] = set()
    for i in range(nodes):
        for step in (1, 2):
            j = (i + step) % nodes
            if draw.random() < 0.25:
                j = int(draw.integers(nodes))
            if i != j:
                pairs.add((min(i, j), max(i, j)))
    return [sorted(a for a, b in pairs if b == node) for node in range(nodes)]
