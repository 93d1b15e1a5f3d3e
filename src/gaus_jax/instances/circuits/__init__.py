"""Arithmetic and control circuits as and-inverter graphs; each is a function of a width in bits."""

from gaus_jax.instances.circuits.adders import array_multiplier as array_multiplier
from gaus_jax.instances.circuits.adders import prefix_adder as prefix_adder
from gaus_jax.instances.circuits.adders import ripple_adder as ripple_adder
from gaus_jax.instances.circuits.control import arbiter as arbiter
from gaus_jax.instances.circuits.control import barrel_shifter as barrel_shifter
from gaus_jax.instances.circuits.control import maximum as maximum
from gaus_jax.instances.circuits.control import sorting_network as sorting_network
from gaus_jax.instances.circuits.digits import restoring_divider as restoring_divider
from gaus_jax.instances.circuits.digits import square_root as square_root
