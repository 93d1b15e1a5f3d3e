"""Graphs as tensor programs have them: buffers of very different sizes, forks and joins."""

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem


def random_wired(nodes: int, seed: int) -> Problem:
    """A randomly wired network: each node reads one to three of those not far before it."""
    rng = np.random.default_rng(seed)
    span, ends = max(4, nodes // 8), set()
    for j in range(1, nodes):
        for i in rng.integers(max(0, j - span), j, 1 + rng.poisson(1)):
            ends.add((int(i), j))
    return make_problem(
        nodes,
        sorted(ends),
        name=f"random_wired_{nodes}_{seed}",
        size=1024 * rng.integers(1, 64, nodes),
        workspace=256 * rng.integers(0, 8, nodes),
    )


def branches(nodes: int, seed: int, width: int = 8) -> Problem:
    """Stages of parallel branches, listed level by level: large within, small at the end."""
    rng = np.random.default_rng(seed)
    size, ends, fork = [8], [], 0
    while len(size) < nodes:
        tips = [fork] * int(rng.integers(2, width + 1))
        for left in reversed(range(int(rng.integers(2, 6)))):
            for b, tip in enumerate(tips):
                ends.append((tip, len(size)))
                tips[b] = len(size)
                size.append(int(rng.choice([4, 16, 64])) if left else 1)
        ends += [(tip, len(size)) for tip in tips]
        fork = len(size)
        size.append(8)
    return make_problem(
        len(size), ends, name=f"branches_{nodes}_{seed}", size=1024 * np.array(size)
    )


def unet(depth: int, width: int = 2) -> Problem:
    """A U-Net: an encoder that halves its buffers, a decoder that reads each level once more."""
    size, ends, skips, last = [1 << (2 * depth)], [], [], 0

    def follow(bytes_: int, *others: int) -> int:
        nonlocal last
        ends.extend((other, len(size)) for other in (last, *others))
        last = len(size)
        size.append(bytes_)
        return last

    for level in range(depth):
        for _ in range(width):
            follow(1 << (2 * (depth - level)))
        skips.append(last)
        follow(1 << (2 * (depth - level - 1)))
    for level in reversed(range(depth)):
        follow(1 << (2 * (depth - level)))
        follow(1 << (2 * (depth - level)), skips[level])
    output = np.arange(len(size)) == last
    return make_problem(len(size), ends, name=f"unet_{depth}", size=size, output=output)
