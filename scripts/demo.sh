#!/usr/bin/env bash
# Schedule real graphs and compare: bash scripts/demo.sh [GRAPH ...] [options of gaus-jax compare]
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
bash "$here/scripts/setup.sh"
if [ $# -gt 0 ]; then
  exec "$here/.venv/bin/gaus-jax" compare "$@"
fi
"$here/.venv/bin/gaus-jax" compare --objective B --time-limit 3 \
  divider:12 square_root:24 sorter:8 multiplier:12 fft:16 dense:1000
exec "$here/.venv/bin/gaus-jax" compare --objective A --time-limit 3 \
  divider:12 elliptic:8 matrix_product:6 dense:1000
