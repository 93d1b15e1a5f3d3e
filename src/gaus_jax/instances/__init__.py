"""Real graphs, constructed: circuits, synthesis data-flow graphs, loops, random workloads."""

from gaus_jax.instances.catalogue import INSTANCES as INSTANCES
from gaus_jax.instances.catalogue import Instance as Instance
from gaus_jax.instances.catalogue import generate as generate
from gaus_jax.instances.catalogue import recipe as recipe
