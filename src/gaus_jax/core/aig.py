"""And-inverter graphs: what AIGER files hold and what the circuit constructors build."""

from dataclasses import dataclass

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Aig:
    """A combinational and-inverter graph in AIGER's numbering.

    Variables ``1 .. I`` are the inputs, ``I + 1 .. I + A`` the AND gates in topological order. The
    literal ``2 v`` is variable ``v``, ``2 v + 1`` its complement, 0 and 1 are the constants.
    """

    name: str
    inputs: int  # I
    fanin: np.ndarray  # (A, 2) int64 literals, each of a variable below the gate's own
    outputs: np.ndarray  # (O,) int64 literals

    def problem(self) -> Problem:
        """A node for every input and gate, an edge for each non-constant fan-in; all numbers are 1.

        Two fan-ins from one variable are one edge; see FORMULATIONS on ``bench/epfl``.
        """
        source = self.fanin // 2
        gate = self.inputs + 1 + np.arange(len(source))
        keep = source > 0
        keep[:, 1] &= source[:, 0] != source[:, 1]
        edges = np.stack([source, np.broadcast_to(gate[:, None], source.shape)], axis=-1)
        total = self.inputs + len(source)
        ids = tuple(str(v) for v in range(1, total + 1))
        return make_problem(ids, edges[keep] - 1, name=self.name)
