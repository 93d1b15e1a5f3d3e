"""The constraints under which objectives are minimised."""

from gaus_jax.base.registry import Table, table
from gaus_jax.model.constraints.constraint import Constraint as Constraint
from gaus_jax.model.constraints.dependence import Dependence
from gaus_jax.model.constraints.latency import LatencyBound
from gaus_jax.model.constraints.resource import ResourceLimit
from gaus_jax.model.constraints.sequence import Sequence

CONSTRAINTS: Table[Constraint] = table(
    "constraint", Dependence(), LatencyBound(), ResourceLimit(), Sequence()
)
