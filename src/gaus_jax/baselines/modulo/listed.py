"""The modulo schedulers of the table of baselines."""

from gaus_jax.baselines.modulo.annealing import ModuloAnnealing
from gaus_jax.baselines.modulo.heuristic import Heuristic
from gaus_jax.baselines.modulo.reach import iterative, sdc, swing
from gaus_jax.baselines.modulo.registers import CpSatRegisters

MODULO = (
    Heuristic(name="iterative_modulo", method=iterative),
    Heuristic(name="swing_modulo", method=swing),
    Heuristic(name="modulo_sdc", method=sdc),
    Heuristic(name="iterative_modulo_lp", method=iterative, lifetimes=True),
    Heuristic(name="modulo_sdc_lp", method=sdc, lifetimes=True),
    ModuloAnnealing(),
    CpSatRegisters(),
)
