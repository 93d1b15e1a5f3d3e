"""Small graphs and a short line for them: one compiled program serves most tests."""

from dataclasses import replace

from gaus_jax.base.batch import BatchSettings, LineSettings
from gaus_jax.base.settings import LegaliseSettings, ObjectiveSettings, OptimiseSettings
from gaus_jax.core.problem import Problem
from gaus_jax.instances.random import layered, workload

LINE = LineSettings(slots=4, shapes=1, threads=2)
SETTINGS = BatchSettings(
    objective=ObjectiveSettings(name="B", kappa="1.5"),
    optimise=OptimiseSettings(steps=40, restarts=2, project_every=0),
    legalise=LegaliseSettings(sweeps=20.0, thresholds=2),
    chunk=20,
    least_nodes=1,
    line=LINE,
)
QUICK = replace(SETTINGS, optimise=OptimiseSettings(steps=0))  # nothing is compiled


def problems(count: int = 9) -> list[Problem]:
    """Random graphs of 12 to 28 nodes."""
    sizes = [12 + 2 * k for k in range(count)]
    return [
        workload(n, 1.5, k) if k % 2 else layered(n, max(3, n // 5), k) for k, n in enumerate(sizes)
    ]
