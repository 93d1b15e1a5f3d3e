"""Solve many graphs under budgets that are counts, and keep the results; run it again to go on.

python examples/batch.py [FOLDER | INDEX.csv | LIST.txt ...]
"""

import sys

import gaus_jax as gj
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.run import run_batch

if __name__ == "__main__":
    gj.use_compilation_cache()
    settings = gj.BatchSettings(objective=gj.ObjectiveSettings(name="B"))

    # Problems in memory: outcomes come as they finish.
    problems = [gj.generate("sparse", 40 + n, seed=n) for n in range(20)]
    for solved in gj.solve_batch(problems, settings=settings):
        if solved.result is None:
            print(f"{solved.name}: {solved.reason}")
        else:
            print(f"{solved.name}: memory {solved.result.value:g}, {solved.status}")

    # Files: results go to a folder, and nothing is solved twice.
    if sys.argv[1:]:
        ran = run_batch(gather(sys.argv[1:]), "batch_results", settings)
        print(ran.summary.text())
