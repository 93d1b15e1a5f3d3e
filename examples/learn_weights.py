"""Learn edge weights with which a scheduler that only sees communication needs little memory.

The inner problem places nodes by descent on ``sum_e w_e (s_j - s_i)`` and the dependences alone; it
is unrolled in a `jax.lax.scan`. The outer one takes the peak memory at the starts that come out,
and follows its gradient back through all inner steps to the weights ``w``.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gaus_jax as gj
from gaus_jax.core.sequence import by_priority, flow, footprints
from gaus_jax.embed import Data, relaxation

INNER, OUTER = 80, 40


def main(nodes: int = 40, seed: int = 0) -> tuple[float, float]:
    """Print the memory before and after learning; return both peaks, in units of the sizes."""
    problem = gj.generate("sparse", nodes, seed=seed)
    follow = {"communication": 1.0, "dependence": 30.0, "crowding": 10.0}
    inner, data = relaxation(problem, "S", weights=follow, optimiser=optax.adam(0.3))
    outer, _ = relaxation(problem, "S", width=1.5)

    def placed(log_weight: jax.Array) -> tuple[Data, jax.Array]:
        own = replace(data, weight=jnp.exp(log_weight))
        state, _ = jax.lax.scan(lambda s, _: inner.step(own, s), inner.init(own), length=INNER)
        return own, inner.extract(state)

    def memory(log_weight: jax.Array) -> jax.Array:
        return outer.terms(*placed(log_weight))["footprint"]

    optimiser = optax.adam(0.1)
    log_weight = jnp.zeros_like(data.weight)
    memory_and_slope, mean_of = jax.jit(jax.value_and_grad(memory)), jax.jit(placed)
    state, best = optimiser.init(log_weight), (np.inf, log_weight)
    for _ in range(OUTER):
        value, slope = memory_and_slope(log_weight)
        best = min(best, (float(value), log_weight), key=lambda pair: pair[0])
        update, state = optimiser.update(slope, state)
        log_weight = optax.apply_updates(log_weight, update)

    view = flow(problem)
    peaks = []
    for chosen in (jnp.zeros_like(log_weight), best[1]):
        order = by_priority(view, np.asarray(mean_of(chosen)[1], float))
        peaks.append(float(footprints(view, order).max()))
    print(f"equal weights: {peaks[0]:.0f}; learned: {peaks[1]:.0f}")
    return peaks[0], peaks[1]


if __name__ == "__main__":
    main()
