"""Schedulers to compare with, and to start from."""

from gaus_jax.base.registry import Table, table
from gaus_jax.baselines.baseline import Baseline as Baseline
from gaus_jax.baselines.bounds_of_time import Alap, Asap
from gaus_jax.baselines.list_scheduling import ListScheduling

BASELINES: Table[Baseline] = table("baseline", Asap(), Alap(), ListScheduling())
