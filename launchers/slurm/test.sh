#!/usr/bin/env bash
# Runs a sweep on a Slurm of its own: munged, slurmctld and a slurmd for each of four simulated nodes, all on this machine,
# all in one temporary folder, gone at the end. Nothing of a Slurm that is installed here is used but its programs.
#
#   test.sh [--install] LLM-BENCH
#
# An array of 12 trials; one task is killed and one requeued while they run; merged, the parts are what a plain run has.
# --install fetches missing programs with apt-get.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
install=false
if [ "${1:-}" = --install ]; then
  install=true
  shift
fi
[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: test.sh [--install] LLM-BENCH" >&2; exit 2; }
LLM_BENCH=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export LLM_BENCH
PATH=$PATH:/usr/sbin:/sbin

missing=()
for program in slurmctld slurmd munged sbatch; do
  command -v "$program" >/dev/null || missing+=("$program")
done
if [ ${#missing[@]} -gt 0 ]; then
  if ! $install; then
    echo "error: missing: ${missing[*]}. Install slurmctld, slurmd, slurm-client and munge, or run: make test-slurm INSTALL=1" >&2
    exit 2
  fi
  apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge >&2
fi

folder=$(mktemp -d)
# munged wants its socket's folder to be open to all, and to nobody's writing.
chmod 755 "$folder"
# From here on no command can reach another Slurm, nor be told by the job that this may run in.
unset ${!SLURM_*} ${!SBATCH_*} ${!SCONTROL_*} ${!SQUEUE_*} ${!SINFO_*}
export SLURM_CONF=$folder/slurm.conf
daemons=()

cleanup() {
  code=$?
  trap - EXIT INT TERM
  if [ "$code" -ne 0 ]; then
    echo "slurm test: failed with $code; the end of the logs:" >&2
    tail -n 15 "$folder"/*.log "$folder"/results/logs/*.log >&2 2>/dev/null || true
  fi
  scancel --quiet --user "$(id -un)" 2>/dev/null || true
  for pid in ${daemons[@]+"${daemons[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for pid in ${daemons[@]+"${daemons[@]}"}; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "slurm test: $1" >&2
  exit 1
}

# Waits until a command succeeds, at most a minute.
await() {
  local what=$1
  shift
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "$what did not happen within a minute"
}

# A port that nothing listens on now.
free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

nodes=4
first=$(free_port)
host=$(hostname -s)
user=$(id -un)
mkdir "$folder/state" "$folder/spool" "$folder/munge"
cat >"$SLURM_CONF" <<END
ClusterName=llm-bench-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
# cred_expire is also how long a requeued task waits: 120 s unless said otherwise.
AuthInfo=socket=$folder/munge/socket,cred_expire=10
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/builtin
SelectType=select/linear
ReturnToService=2
# A requeued task may start again at once, and so may the next one on its node.
KillWait=2
CompleteWait=0
SlurmdParameters=config_overrides
NodeName=node[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$first-$((first + nodes - 1))] CPUs=1 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=10 State=UP OverSubscribe=NO
END
echo 'CgroupPlugin=autodetect' >"$folder/cgroup.conf"

dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 2>/dev/null
chmod 600 "$folder/munge/key"
munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
  --pid-file="$folder/munge/pid" --log-file="$folder/munged.log" --seed-file="$folder/munge/seed" \
  >"$folder/munged.out.log" 2>&1 &
daemons+=($!)
await "a socket of munged" test -S "$folder/munge/socket"
slurmctld -D >"$folder/slurmctld.log" 2>&1 &
daemons+=($!)
for node in $(seq "$nodes"); do
  slurmd -D -N "node$node" >"$folder/slurmd-node$node.log" 2>&1 &
  daemons+=($!)
done
idle_nodes() { [ "$(sinfo --noheader --Node --states=idle --format=%N | wc -l)" -eq "$nodes" ]; }
await "$nodes idle nodes" idle_nodes

# Twelve trials of a tiny model; those that are to be killed take seconds, so that they are caught running.
cat >"$folder/sweep.yaml" <<END
benchmark_name: fleet
max_seq_len: 2048
model: {name: mpt_causal_lm, d_model: 256, n_heads: 4, n_layers: 4, expansion_ratio: 4, max_seq_len: 2048, vocab_size: 4096}
model_dtype: fp32
batch_sizes: [1, 2, 3]
input_lengths: [8, 16]
output_lengths: [4, 1024]
num_batches: 5
num_warmup_batches: 1
END
arguments=(--threads 1 --no-roofline)

job=$("$here/submit.sh" "$folder/sweep.yaml" "$folder/results" "${arguments[@]}" -- --partition=test)
state() { scontrol show job "${job}_$1" | sed -n 's/.*JobState=\([A-Z]*\).*/\1/p' | head -n 1; }
is_running() { [ "$(state "$1")" = RUNNING ] && [ -e "$folder/results/$1/results.jsonl" ]; }
has_failed() { [ "$(state "$1")" = FAILED ]; }
has_rows() { [ -s "$folder/results/$1/results.jsonl" ]; }

# Killed as the kernel kills what takes too much memory: no handler runs. The folder is this test's own, so the process
# whose command line names it is the task's.
await "trial 2 running" is_running 2
task=$(pgrep --full -- "--output $folder/results/2 ") || fail "there is no process of trial 2"
kill -9 "$task"
await "trial 2 marked as failed" has_failed 2
has_rows 2 && fail "trial 2 had ended before it was killed"
scontrol requeue "${job}_2"

# Requeued while it runs, as a preemption does: SIGTERM, and the task waits for a node again.
await "trial 6 running" is_running 6
scontrol requeue "${job}_6"
has_stopped() { ! pgrep --full -- "--output $folder/results/$1 "; }
await "trial 6 stopped" has_stopped 6
has_rows 6 && fail "trial 6 had ended before it was requeued"

no_jobs() { [ -z "$(squeue --noheader --jobs="$job" 2>/dev/null)" ]; }
await "the end of the array" no_jobs

restarts() { scontrol show job "${job}_$1" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p' | head -n 1; }
for task in 2 6; do
  [ "$(restarts "$task")" -ge 1 ] || fail "trial $task was not started again"
done

"$LLM_BENCH" merge "$folder/results" --output "$folder/merged" --config "$folder/sweep.yaml" >/dev/null ||
  fail "merging found trials missing"
"$LLM_BENCH" run "$folder/sweep.yaml" "${arguments[@]}" --output "$folder/plain" --format csv 2>/dev/null |
  cut -d, -f1,2 >"$folder/plain.csv"
# Resuming prints the rows that are kept, and measures what is missing: nothing.
"$LLM_BENCH" run "$folder/sweep.yaml" "${arguments[@]}" --output "$folder/merged" --resume --format csv \
  2>"$folder/resumed.log" | cut -d, -f1,2 >"$folder/merged.csv"
grep -q '^0 measured, 12 kept' "$folder/resumed.log" || fail "the merged folder cannot be resumed as a whole one"
cmp "$folder/plain.csv" "$folder/merged.csv" || fail "the merged trials are not those of a plain run"
[ "$(grep -c ',ok$' "$folder/merged.csv")" -eq 12 ] || fail "not all of 12 trials are ok"
used=$(sed -n 's/^.*: started on //p' "$folder"/results/logs/*.log | sort -u | wc -l)
echo "slurm test: 12 trials as an array on $used nodes, one killed, one requeued, merged as a plain run's"
