"""Modulo schedulers to compare with, each at a given II."""

from gaus_jax.baselines.modulo.ims import iterative_modulo as iterative_modulo
from gaus_jax.baselines.modulo.sdc import modulo_sdc as modulo_sdc
from gaus_jax.baselines.modulo.swing import swing_modulo as swing_modulo
