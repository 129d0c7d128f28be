#!/usr/bin/env bash
# Submits a sweep to Slurm as a job array, one trial a task, and prints the job's number.
#
#   submit.sh SWEEP.yaml RESULTS [argument of `llm-bench run` …] [-- option of sbatch …]
#
#   launchers/slurm/submit.sh yamls/1b.yaml /shared/1b model_dtype=bf16 -- --partition=epyc --time=2:00:00
#
# RESULTS is a folder that all nodes see. POINTS, such as 4,7-9, submits these trials only: what `merge` calls missing.
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 2
}

if [ $# -lt 2 ]; then
  echo "usage: submit.sh SWEEP.yaml RESULTS [argument of llm-bench run ...] [-- option of sbatch ...]" >&2
  exit 2
fi
[ -f "$1" ] || fail "$1 is no sweep file"
launchers=$(cd "$(dirname "$0")/.." && pwd)
# Tasks run elsewhere, so every path is absolute.
sweep=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
results=$2
shift 2

arguments=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  arguments+=("$1")
  shift
done
[ $# -eq 0 ] || shift
options=("$@")

list=$("$launchers/llm-bench.sh" run "$sweep" ${arguments[@]+"${arguments[@]}"} --list)
count=$(wc -l <<<"$list")
points=${POINTS:-1-$count}
[[ $points =~ ^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$ ]] || fail "POINTS is '$points', not a list such as 4,7-9"
command -v sbatch >/dev/null || fail "there is no sbatch on PATH: run this where jobs are submitted"

mkdir -p "$results/logs"
results=$(cd "$results" && pwd)
job=$(sbatch --parsable --array="$points" --output="$results/logs/%a.log" ${options[@]+"${options[@]}"} \
  "$launchers/slurm/trial.sbatch" "$launchers" "$sweep" "$results" ${arguments[@]+"${arguments[@]}"})
job=${job%%;*}
echo "$job"
{
  echo "job $job: trials $points of $count"
  echo "when it has ended: llm-bench merge $results --output $results-merged"
} >&2
