#!/usr/bin/env bash
# Make .venv from pyproject.toml under constraints.txt. Argument: the extras to install, or none.
set -euo pipefail
cd "$(dirname "$0")/.."
extras="${1:-}"
python=""
for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$name"; break; fi
done
[ -n "$python" ] || { echo "setup: Python 3.11 or newer is needed; set PYTHON to one" >&2; exit 1; }
stamp=".venv/.installed-$(cat pyproject.toml constraints.txt | cksum | tr ' ' '-')-${extras:-core}"
[ -e "$stamp" ] && exit 0
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "setup: installing into .venv (a minute or two)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --constraint constraints.txt --editable ".${extras:+[$extras]}"
# The sequential kernels are compiled once and kept on disk; better now than in the first solve.
.venv/bin/python -c 'from gaus_jax.legalise.warm import warm_kernels; warm_kernels()'
touch "$stamp"
