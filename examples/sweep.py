"""Try eight settings on two constructed graphs and print which are best."""

import sys
import tempfile
from pathlib import Path

import gaus_jax as gj
from gaus_jax.batch.sweep.config import read_sweep
from gaus_jax.batch.sweep.found import found_in
from gaus_jax.batch.sweep.run import run_sweep
from gaus_jax.report.sweep.page import top, write_summary

CONFIG = """
rounds = 1
objective = { name = "A", kappa = "1.5" }

[sweep]
instances = ["dense:60", "divider:4"]
samples = 8

[sweep.random]
optimise.learning_rate = { log = [0.02, 0.5] }
relax.width_start = { log = [0.05, 0.5] }
"""


def main() -> None:
    """Sweep into a folder: the one that is named, or one that is thrown away."""
    gj.use_compilation_cache()
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(sys.argv[1] if sys.argv[1:] else spare)
        config = Path(spare) / "sweep.toml"
        config.write_text(CONFIG, encoding="utf-8")
        sweep = read_sweep(config)
        run_sweep(sweep, folder / "records")
        found = found_in(sweep, folder / "records")
        write_summary(sweep, found, folder / "records")
        print(top(sweep, found))
        print((folder / "records" / "best.toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
