#!/usr/bin/env bash
# Runs the tiniest sweep through every launcher with the schedulers left out: small stand-ins on PATH start each task as
# the scheduler would. The parts, merged, must be the trials of a plain run.
#
#   test.sh LLM-BENCH
set -euo pipefail

[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: test.sh LLM-BENCH" >&2; exit 2; }
launchers=$(cd "$(dirname "$0")" && pwd)
LLM_BENCH=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export LLM_BENCH
sweep=$launchers/../yamls/smoke.yaml
arguments=(batch_sizes=[1,2] model_dtype=fp32 --threads 1 --no-roofline)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
# The project as it is after `make static`.
project=$folder/project
mkdir -p "$project/dist"
ln -s "$LLM_BENCH" "$project/dist/llm-bench"
ln -s "$launchers" "$project/launchers"
PATH=$folder/bin:$PATH

fail() {
  echo "launcher test: $1" >&2
  exit 1
}

# Merges FOLDER/results and compares the trials with those of a plain run.
check() {
  local name=$1 merged=$folder/$1-merged
  "$LLM_BENCH" merge "$folder/$name" --output "$merged" >/dev/null 2>"$folder/merge.log" ||
    { cat "$folder/merge.log" >&2; fail "$name: the parts are not the whole sweep"; }
  grep -q duplicate "$folder/merge.log" && fail "$name: a trial ran twice"
  "$LLM_BENCH" run "$sweep" "${arguments[@]}" --output "$merged" --resume --format csv 2>/dev/null |
    cut -d, -f1,2 | cmp - "$folder/plain.csv" || fail "$name: the merged trials are not those of a plain run"
  echo "launcher test: $name"
}

# The block scalar of a key in a YAML file, without its indentation.
block() {
  awk -v key="$1: |" 'found && /^[^ ]/ { exit } found { sub(/^  /, ""); print } $0 == key { found = 1 }' "$2"
}

"$LLM_BENCH" run "$sweep" "${arguments[@]}" --output "$folder/plain" --format csv 2>/dev/null |
  cut -d, -f1,2 >"$folder/plain.csv"
count=$(($(wc -l <"$folder/plain.csv") - 1))

# Slurm: sbatch runs the script of each task, from another folder and under another name.
cat >"$folder/bin/sbatch" <<'END'
#!/usr/bin/env bash
set -euo pipefail
for argument; do
  shift
  case $argument in
  --array=*) points=${argument#--array=} ;;
  -*) ;;
  *) set -- "$argument" "$@" && break ;;
  esac
done
cp "$1" "$0-copy"
shift
cd /
for point in $(seq "${points%-*}" "${points#*-}"); do
  SLURM_ARRAY_TASK_ID=$point bash "$0-copy" "$@" >/dev/null 2>&1 </dev/null
done
echo 42
END
chmod +x "$folder/bin/sbatch"
"$launchers/slurm/submit.sh" "$sweep" "$folder/slurm" "${arguments[@]}" -- --partition=any >/dev/null 2>&1 ||
  fail "slurm: submit.sh ended with $?"
check slurm
code=0
POINTS='1;reboot' "$launchers/slurm/submit.sh" "$sweep" "$folder/slurm" >/dev/null 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "slurm: a bad list of points ended with $code"
code=0
"$launchers/trial.sh" "$sweep" "" "$folder/none" >/dev/null 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "a task without a number ended with $code"

# What the container has of launchers/Dockerfile.
image=$folder/image
mkdir "$image"
cp "$launchers/llm-bench.sh" "$launchers/trial.sh" "$image"
ln -s "$LLM_BENCH" "$image/llm-bench"

# Kubernetes: the container's command, with its folders and a number for each pod.
"$launchers/kubernetes/render.sh" "$sweep" registry.example/llm-bench:1 "${arguments[@]}" >"$folder/job.yaml"
sed -n 's/^    //p' "$folder/job.yaml" | sed -n '/^# A tiny/,/^num_warmup/p' >"$folder/sweep.yaml"
[ "$(sed -n 's/^  completions: //p' "$folder/job.yaml")" -eq "$count" ] || fail "kubernetes: not as many pods as trials"
command=$(sed -n 's/^            - \(set -f; .*\)/\1/p' "$folder/job.yaml")
command=${command//\/sweep\/sweep.yaml/$folder/sweep.yaml}
command=${command//\/results/$folder/kubernetes}
value=$(sed -n '/name: ARGUMENTS/{n;s/^ *value: "\(.*\)"/\1/p;}' "$folder/job.yaml")
for index in $(seq 0 $((count - 1))); do
  env -u LLM_BENCH PATH="$image:$PATH" JOB_COMPLETION_INDEX="$index" RUN=run ARGUMENTS="$value" \
    sh -c "$command" >/dev/null 2>&1 || fail "kubernetes: pod $index ended with $?"
done
check kubernetes

# SkyPilot: the run section with the variables that submit.sh gives, on a machine of its own for each job.
cat >"$folder/bin/sky" <<END
#!/usr/bin/env bash
set -euo pipefail
while [ \$# -gt 0 ]; do
  if [ "\$1" = --env ]; then export "\$2" && shift; fi
  shift
done
export HOME=\$(mktemp -d -p "$folder")
exec bash "$folder/run.sh" >/dev/null 2>&1
END
chmod +x "$folder/bin/sky"
block run "$launchers/skypilot/trial.yaml" |
  sed -e "s|/opt/llm-bench/sweep.yaml|$sweep|" -e "s|/opt/llm-bench|$image|g" -e "s|/results/\$RUN|$folder/skypilot|g" \
    >"$folder/run.sh"
POINTS=1,2-$count "$project/launchers/skypilot/submit.sh" "$sweep" mine s3://bucket "${arguments[@]}" -- --cpus 16 2>/dev/null ||
  fail "skypilot: submit.sh ended with $?"
check skypilot
for points in 2-1 0 "1 $((count + 1))" '1;reboot' 1-2-3; do
  code=0
  POINTS=$points "$project/launchers/skypilot/submit.sh" "$sweep" mine s3://bucket "${arguments[@]}" >/dev/null 2>&1 || code=$?
  [ "$code" -eq 2 ] || fail "skypilot: the points '$points' ended with $code"
done

# The MosaicML platform: the command, whose rows come back out of its log.
block command "$launchers/mcli/trial.yaml" |
  sed -e "s|/opt/llm-bench|$image|" -e "s|/mnt/config/parameters.yaml|$sweep|" -e "s|/tmp/results|$folder/gone|" \
    >"$folder/command.sh"
if command -v python3 >/dev/null; then
  for point in $(seq "$count"); do
    POINT=$point ARGUMENTS="${arguments[*]}" bash "$folder/command.sh" >"$folder/run-$point.log" 2>&1 ||
      fail "mcli: run $point ended with $?"
  done
  rm -r "$folder/gone"
  python3 "$launchers/mcli/collect.py" "$folder/mcli" --logs "$folder"/run-*.log >/dev/null
  check mcli
fi
