#!/usr/bin/env bash
# Formatting, lint, import contracts, types and tests, in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh dev
exec .venv/bin/nox --no-error-on-external-run "$@"
