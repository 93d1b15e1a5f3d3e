"""Keep what was measured: records into benchmarks/records, of which the tables in docs/ are made.

    .venv/bin/python benchmarks/keep.py results/quality results/scale.jsonl

A folder of `gaus-jax bench` is added to the one of its name, packed; of two records of one run the
later stays. A file of another program takes the place of the one of its name.
"""

import argparse
import shutil
from pathlib import Path

from common import RECORDS

from gaus_jax.bench.records import keep


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("measured", type=Path, nargs="+", help="folders, or .jsonl files")
    options.add_argument("--records", type=Path, default=RECORDS)
    chosen = options.parse_args()
    chosen.records.mkdir(parents=True, exist_ok=True)
    for path in chosen.measured:
        if path.is_dir():
            print(f"{keep(path, chosen.records / path.name)} records of {path.name}")
        else:
            shutil.copyfile(path, chosen.records / path.name)


if __name__ == "__main__":
    main()
