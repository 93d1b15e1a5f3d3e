"""Schedulers to compare with, and to start from."""

from gaus_jax.base.registry import Table, table
from gaus_jax.baselines.annealing import Annealing
from gaus_jax.baselines.baseline import Attempt as Attempt
from gaus_jax.baselines.baseline import Baseline as Baseline
from gaus_jax.baselines.baseline import Constructive as Constructive
from gaus_jax.baselines.bounds_of_time import Alap, Asap
from gaus_jax.baselines.cpsat_interval import CpSatInterval
from gaus_jax.baselines.cpsat_step import CpSatStep
from gaus_jax.baselines.force_directed import ForceDirected
from gaus_jax.baselines.gs_schedule import GsSchedule
from gaus_jax.baselines.list_best import ListBest
from gaus_jax.baselines.list_scheduling import ListScheduling
from gaus_jax.baselines.local_search import LocalSearch
from gaus_jax.baselines.network_lp import CommunicationLP, LifetimeLP
from gaus_jax.baselines.sequence.exact import CpSatOrder, Downsets
from gaus_jax.baselines.sequence.listed import RULES as RULES
from gaus_jax.baselines.sequence.listed import XLA, Least
from gaus_jax.baselines.time_indexed_lp import TimeIndexedLP

CONSTRUCTIVE: Table[Constructive] = table("baseline", Asap(), Alap(), ListScheduling())
BASELINES: Table[Baseline] = table(
    "baseline",
    *CONSTRUCTIVE.values(),
    ListBest(),
    ForceDirected(),
    CommunicationLP(),
    LifetimeLP(),
    TimeIndexedLP(),
    Annealing(),
    LocalSearch(),
    CpSatInterval(starts=CONSTRUCTIVE),
    CpSatStep(starts=CONSTRUCTIVE),
    GsSchedule(),
    *RULES.values(),
    Least("xla", XLA),
    Downsets(),
    CpSatOrder(starts=RULES),
)
