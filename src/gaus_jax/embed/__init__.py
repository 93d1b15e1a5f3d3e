"""The relaxation as pure functions: ``init``, ``step``, ``extract`` inside a program of one's own.

They work as optax's do: what is static (sizes of axes, names) is part of a frozen object, all else
is a pytree that goes in and comes out, so that ``jax.jit``, ``jax.vmap`` and ``jax.lax.scan``
apply. The objective is differentiable in the data of the problem (sizes, workspaces, edge weights,
latencies, demands, costs) as it is in the means. Starts are real numbers until `legalise` makes a
schedule of them.
"""

from gaus_jax.embed.answer import legalise as legalise
from gaus_jax.embed.arrays import Data as Data
from gaus_jax.embed.arrays import Shape as Shape
from gaus_jax.embed.arrays import Structure as Structure
from gaus_jax.embed.build import relaxation as relaxation
from gaus_jax.embed.build import relaxations as relaxations
from gaus_jax.embed.relaxed import TERMS as TERMS
from gaus_jax.embed.relaxed import Relaxation as Relaxation
from gaus_jax.embed.relaxed import State as State
