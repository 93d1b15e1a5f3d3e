"""Run by a test in a process of its own: prints whether padding changes a bit of the means."""

import os
import sys

from gaus_jax.batch.alike import round_alike

if "apart" not in sys.argv:
    round_alike(os.environ)

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.base.batch import BatchSettings
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.batch.items import Item
from gaus_jax.batch.prepare import first_means, made_ready
from gaus_jax.batch.programs import device_dtype
from gaus_jax.instances.random import workload
from gaus_jax.optimise.loop import Recipe, advance_lane, first_state
from gaus_jax.optimise.numbers import numbers, traced
from gaus_jax.relax.pack import pad

SETTINGS = BatchSettings(objective=ObjectiveSettings(name="B", kappa="1.2"))
PROBLEM = workload(56, 1.46475, 41)
REAL = np.dtype("float32")


def means(ready, shape):
    """What 25 steps in a padded shape lead to, (2, F)."""
    graph = jax.tree.map(
        lambda a: jnp.asarray(a, device_dtype(a.dtype, REAL)), pad(ready.graph, shape)
    )
    recipe = Recipe(*ready.kind[:2], *traced(SETTINGS))
    own = jax.tree.map(lambda every: every[0], numbers([SETTINGS], "float32"))
    free = ready.task.free.size
    start = np.zeros((2, shape.free), REAL)
    start[:, :free] = first_means(ready, SETTINGS)

    def lane(mean, spread):
        state = first_state(graph, own, mean, spread, recipe=recipe)
        how = {"recipe": recipe, "evaluation": "hat", "steps": 25}
        return advance_lane(graph, own, state, jnp.zeros(()), jnp.ones(()), **how).params.mean

    found = jax.jit(jax.vmap(lane))(jnp.asarray(start), jnp.asarray([0.1, 0.2], REAL))
    return np.asarray(found)[:, :free]


def main() -> None:
    ready = made_ready(0, Item(name="one", problem=PROBLEM), SETTINGS, 0)
    sizes = ready.shape._asdict() | {"classes": 8}
    whole = {name: -(-size // 8) * 8 for name, size in sizes.items() if size is not True}
    small = ready.shape._replace(**whole)._replace(classes=1, spans=False, folds=False)
    large = small._replace(steps=small.steps + 24, free=small.free + 24)
    print(np.array_equal(means(ready, small), means(ready, large)))


if __name__ == "__main__":
    main()
