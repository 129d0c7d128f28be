#!/usr/bin/env bash
# Prints the manifests of a sweep: a ConfigMap with the sweep file and an Indexed Job with a pod for each trial.
#
#   render.sh SWEEP.yaml IMAGE [argument of `llm-bench run` …] | kubectl apply --filename -
#
#   NAME=llm-bench-1b CPUS=16 MEMORY=60Gi PARALLELISM=8 launchers/kubernetes/render.sh yamls/1b.yaml \
#     registry.example/llm-bench:1 model_dtype=bf16 --threads 16 | kubectl apply --filename -
#
# NAME is that of the Job, the ConfigMap and the results' folder on the volume. Applied again under the same NAME after the
# Job has been deleted, only trials that were not measured run.
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 2
}

if [ $# -lt 2 ]; then
  echo "usage: render.sh SWEEP.yaml IMAGE [argument of llm-bench run ...]" >&2
  exit 2
fi
[ -f "$1" ] || fail "$1 is no sweep file"
sweep=$1 image=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)

stem=$(basename "$sweep")
name=${NAME:-llm-bench-${stem%.*}}
# Pods add "-" and their number to the name, and 63 is the most that a host's name may have.
[[ $name =~ ^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$ ]] ||
  fail "'$name' is no name for a Job: small letters, digits and '-', at most 52; set NAME"
[[ ${PARALLELISM:-4} =~ ^[1-9][0-9]*$ ]] || fail "PARALLELISM is '$PARALLELISM', not a number from 1"
[[ $image =~ ^[A-Za-z0-9./:@_-]+$ ]] || fail "'$image' is no image"
for argument in "$@"; do
  # They travel in one variable, which the pod's shell splits at blanks.
  [[ $argument != *[[:space:]]* ]] || fail "the argument '$argument' holds a blank, which a pod cannot be given"
done

list=$("$here/../llm-bench.sh" run "$sweep" "$@" --list)
count=$(wc -l <<<"$list")

# As a YAML string in double quotes.
quoted() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# Replaces the value of a key of job.yaml, whose line must be there exactly as this script knows it.
manifest=$(<"$here/job.yaml")
replace() {
  local before=$1 after=$2
  [[ $manifest == *"$before"* ]] || fail "job.yaml has no line '$before' any more"
  manifest=${manifest//"$before"/"$after"}
}
resources="{cpu: $(quoted "${CPUS:-8}"), memory: $(quoted "${MEMORY:-24Gi}")}"
replace '  name: llm-bench
  labels:' "  name: $name
  labels:"
replace 'completions: 7' "completions: $count"
replace 'parallelism: 4' "parallelism: ${PARALLELISM:-4}"
replace 'image: llm-bench:latest' "image: $image"
replace 'value: llm-bench' "value: $name"
replace 'value: ""' "value: $(quoted "$*")"
replace '            name: llm-bench' "            name: $name"
replace '{cpu: "8", memory: 24Gi}' "$resources"

echo "apiVersion: v1"
echo "kind: ConfigMap"
echo "metadata:"
echo "  name: $name"
echo "data:"
# Two blanks more than the key has: said, because the file's first line may be indented.
echo "  sweep.yaml: |2"
sed 's/^/    /' "$sweep"
echo "---"
printf '%s\n' "$manifest"
