#!/usr/bin/env bash
# The parts of the solver against each other at equal time, and the paper's preset.
set -euo pipefail
cd "$(dirname "$0")/.."
out=results/ablation.jsonl
only="rw_1000_1 rw_sparse_1000_1 rw_5000_1 router i2c sin"
run() {
  label="$1"; shift
  .venv/bin/python benchmarks/quality.py --seconds 5 --seeds "${SEEDS:-3}" --out "$out" --only $only \
    --label "$label" "$@"
}
run "paper preset" --preset paper
run "gradient, one rounding" --set legalise.sweeps=0 --set legalise.thresholds=1
run "gradient + legaliser" --set legalise.sweeps=0
run "refinement alone" --set optimise.steps=0
run "all (default)"
