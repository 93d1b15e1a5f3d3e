"""One node a step."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.profile import edges_in_force
from gaus_jax.core.result import Violation


class Sequence(eqx.Module):
    """Exactly one node in each of ``|V|`` steps, every consumer in a later one than its producer.

    Every latency is read as 1. It has no relaxation of its own: orders are relaxed under the
    dependences and the one unit of a resource that each node takes for a step.
    """

    name = "sequence"
    by_edge = False
    profiled = False

    def violations(self, problem, schedule):
        """Steps of none or several nodes, nodes beyond the last step, edges that run backward."""
        start = schedule.start
        outside = (start < 0) | (start >= problem.nodes)
        found = [
            Violation(
                self.name,
                f"node {problem.ids[i]}: step {start[i]} is outside 0 .. {problem.nodes - 1}",
            )
            for i in np.flatnonzero(outside)
        ]
        count = np.bincount(start[~outside], minlength=problem.nodes)
        found += [
            Violation(self.name, f"step {d}: {count[d]} nodes, not 1")
            for d in np.flatnonzero(count != 1)
        ]
        edges = edges_in_force(problem, None)
        begin, ready = start[problem.head[edges]], start[problem.tail[edges]] + 1
        found += [
            Violation(
                self.name,
                f"{problem.edge(int(edges[e]))}: value ready at {ready[e]}, "
                f"consumer starts at {begin[e]}",
            )
            for e in np.flatnonzero(begin < ready)
        ]
        return found

    def residual(self, graph, relaxed, measure):
        """Nothing: others stand for it."""
        return jnp.zeros(0, relaxed.mean.dtype)
