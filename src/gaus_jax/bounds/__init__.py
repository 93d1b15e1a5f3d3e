"""Lower bounds: what no legal schedule can go below."""

from gaus_jax.base.registry import Table, table
from gaus_jax.bounds.bound import Bound as Bound
from gaus_jax.bounds.communication import CommunicationFlow
from gaus_jax.bounds.critical_path import CriticalPath
from gaus_jax.bounds.cut_footprint import CutFootprint
from gaus_jax.bounds.energy import LifetimeEnergy, UsageEnergy
from gaus_jax.bounds.lifetime_flow import LifetimeFlow
from gaus_jax.bounds.limited_latency import LimitedLatency
from gaus_jax.bounds.limited_memory import LoopMemory, WindowMemory
from gaus_jax.bounds.live_cuts import CUT_LIVE, STEP_LIVE
from gaus_jax.bounds.step_footprint import StepFootprint
from gaus_jax.bounds.time_indexed import TimeIndexed

IMMEDIATE: Table[Bound] = table(
    "bound",
    UsageEnergy(),
    LifetimeEnergy(),
    CriticalPath(),
    CommunicationFlow(),
    LimitedLatency(),
    LoopMemory(),
    WindowMemory("loop_memory_within", "ii"),
    WindowMemory("limited_memory", "no ii"),
    StepFootprint(),
    CutFootprint(),
    STEP_LIVE,
    CUT_LIVE,
    LifetimeFlow(),
)
"""Those that a search begins with, the quick ones first."""
BOUNDS: Table[Bound] = table("bound", *IMMEDIATE.values(), TimeIndexed())
"""All: the last one a search climbs while it runs."""
