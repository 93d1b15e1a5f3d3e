"""Modulo schedulers to compare with, each at a given II, and the least II that each reaches."""

from gaus_jax.baselines.modulo.ims import iterative as iterative
from gaus_jax.baselines.modulo.method import Method as Method
from gaus_jax.baselines.modulo.method import Reached as Reached
from gaus_jax.baselines.modulo.method import generous as generous
from gaus_jax.baselines.modulo.method import least_ii as least_ii
from gaus_jax.baselines.modulo.sdc import modulo_sdc as modulo_sdc
from gaus_jax.baselines.modulo.swing import swing as swing
