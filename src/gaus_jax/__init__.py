"""Differentiable operator scheduling by Gaussian reparameterisation, vectorised in JAX.

The line: `load` a graph, `solve` it, `verify` the schedule. See README.md for a tour.
"""

from gaus_jax.base.batch import BatchSettings as BatchSettings
from gaus_jax.base.errors import InfeasibleError as InfeasibleError
from gaus_jax.base.errors import InputError as InputError
from gaus_jax.base.errors import MissingExtraError as MissingExtraError
from gaus_jax.base.errors import NotFoundError as NotFoundError
from gaus_jax.base.errors import SettingsError as SettingsError
from gaus_jax.base.errors import UnsoundBoundError as UnsoundBoundError
from gaus_jax.base.settings import ObjectiveSettings as ObjectiveSettings
from gaus_jax.base.settings import Settings as Settings
from gaus_jax.base.settings import preset as preset
from gaus_jax.base.settings import read_settings as read_settings
from gaus_jax.batch.solve import solve_batch as solve_batch
from gaus_jax.cache import use_compilation_cache as use_compilation_cache
from gaus_jax.core.build import make_problem as make_problem
from gaus_jax.core.problem import Problem as Problem
from gaus_jax.core.result import Result as Result
from gaus_jax.core.schedule import Schedule as Schedule
from gaus_jax.importers import load as load
from gaus_jax.importers import save as save
from gaus_jax.importers.adapters import from_networkx as from_networkx
from gaus_jax.importers.adapters import to_arrays as to_arrays
from gaus_jax.importers.adapters import to_networkx as to_networkx
from gaus_jax.instances import generate as generate
from gaus_jax.model.violations import verify as verify
from gaus_jax.report.result_file import read_result as read_result
from gaus_jax.report.result_file import write_result as write_result
from gaus_jax.solve import solve as solve
from gaus_jax.variants import solve_intervals as solve_intervals
