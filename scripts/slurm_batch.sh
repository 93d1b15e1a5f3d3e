#!/usr/bin/env bash
# A batch over the nodes of a SLURM cluster, a shard for each task of an array.
#   sbatch --array=0-15 scripts/slurm_batch.sh graphs/ out/ --objective B
# All write parts of one folder on a shared disk; a task that was killed is begun again with the
# same command and goes on. Without a shared disk give each its own folder and join them:
#   gaus-jax merge out-*/ --out out/
#SBATCH --job-name=gaus-jax
#SBATCH --cpus-per-task=8
#SBATCH --requeue
set -euo pipefail
graphs=$1 out=$2
shift 2
first=${SLURM_ARRAY_TASK_MIN:-0}
exec gaus-jax batch "$graphs" --out "$out" \
    --shard "$((${SLURM_ARRAY_TASK_ID:-0} - first))/${SLURM_ARRAY_TASK_COUNT:-1}" "$@"
