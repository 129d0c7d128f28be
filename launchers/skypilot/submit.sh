#!/usr/bin/env bash
# Starts a managed SkyPilot job for each trial of a sweep.
#
#   submit.sh SWEEP.yaml RUN BUCKET [argument of `llm-bench run` …] [-- option of `sky jobs launch` …]
#
#   launchers/skypilot/submit.sh yamls/1b.yaml 1b-c7a s3://my-bucket model_dtype=bf16 -- --instance-type c7a.8xlarge
#
# Rows go to BUCKET/RUN/POINT. POINTS, such as 4,7-9, starts these trials only: what `merge` calls missing.
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 2
}

if [ $# -lt 3 ]; then
  echo "usage: submit.sh SWEEP.yaml RUN BUCKET [argument of llm-bench run ...] [-- option of sky jobs launch ...]" >&2
  exit 2
fi
[ -f "$1" ] || fail "$1 is no sweep file"
root=$(cd "$(dirname "$0")/../.." && pwd)
sweep=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
run=$2 bucket=$3
shift 3
[[ $run =~ ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$ ]] || fail "'$run' is no name for a run: small letters, digits and '-'"

arguments=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [[ $1 != *[[:space:]]* ]] || fail "the argument '$1' holds a blank, which a job cannot be given"
  arguments+=("$1")
  shift
done
[ $# -eq 0 ] || shift
options=("$@")

list=$("$root/launchers/llm-bench.sh" run "$sweep" ${arguments[@]+"${arguments[@]}"} --list)
count=$(wc -l <<<"$list")
points=()
for range in $(tr , ' ' <<<"${POINTS:-1-$count}"); do
  first=${range%-*} last=${range#*-}
  for end in "$first" "$last"; do
    [[ $end =~ ^[1-9][0-9]{0,8}$ ]] && [ "$end" -le "$count" ] || fail "there is no trial '$range': they are 1 to $count"
  done
  [ "$first" -le "$last" ] || fail "the range '$range' ends before it begins"
  points+=($(seq "$first" "$last"))
done
[ -x "$root/dist/llm-bench" ] || fail "there is no dist/llm-bench to send; build it with: make static"
command -v sky >/dev/null || fail "there is no sky on PATH; install it with: pip install skypilot"

cd "$root"
for point in "${points[@]}"; do
  sky jobs launch --yes --detach-run --name "$run-$point" --env POINT="$point" --env RUN="$run" \
    --env SWEEP="$sweep" --env BUCKET="$bucket" --env ARGUMENTS="${arguments[*]-}" \
    ${options[@]+"${options[@]}"} launchers/skypilot/trial.yaml
done
echo "when all have ended: fetch $bucket/$run, then llm-bench merge FOLDER --output FOLDER-merged" >&2
