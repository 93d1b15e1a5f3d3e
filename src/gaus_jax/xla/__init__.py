"""Tensor programs: their memory as objective S, and orders that XLA is made to follow."""

from gaus_jax.xla.hlo import from_hlo as from_hlo
from gaus_jax.xla.imposing import Imposed as Imposed
from gaus_jax.xla.imposing import ImposedFunction as ImposedFunction
from gaus_jax.xla.imposing import impose as impose
from gaus_jax.xla.jaxprs import from_jaxpr as from_jaxpr
from gaus_jax.xla.memory import MemoryReport as MemoryReport
from gaus_jax.xla.memory import memory_report as memory_report
from gaus_jax.xla.onnx_graph import from_onnx as from_onnx
from gaus_jax.xla.ordering import Order as Order
from gaus_jax.xla.ordering import order as order
from gaus_jax.xla.program import Program as Program
from gaus_jax.xla.reordered import Reordered as Reordered
from gaus_jax.xla.reordered import reorder as reorder
