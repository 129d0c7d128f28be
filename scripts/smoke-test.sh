#!/bin/sh
# Runs the smallest sweep with the executable given and checks what a script would rely on.
set -eu

program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "smoke test: $1" >&2
  exit 1
}

"$program" run yamls/smoke.yaml --output "$folder/results" >"$folder/stdout" 2>"$folder/stderr" ||
  { cat "$folder/stderr" >&2; fail "the sweep ended with $?"; }

# The header of three lines, then a line for each trial of the list.
trials=$("$program" run yamls/smoke.yaml --list | wc -l)
[ "$(wc -l <"$folder/stdout")" -eq $((trials + 3)) ] || fail "standard output has not $((trials + 3)) lines"
sed -n 1p "$folder/stdout" | grep -Eqx 'n_params is:  [0-9]+' || fail "line 1 is not the parameter count"
sed -n 2p "$folder/stdout" | grep -Fqx \
  'name, latency (s), throughput (tokens/s), latency_per_sequence_output_token (ms)' || fail "line 2 is not the heading"
sed -n 3p "$folder/stdout" | grep -Eqx '={75}' || fail "line 3 is not the rule"
sed 1,3d "$folder/stdout" | grep -Evqx 'smoke(_[0-9]+){3}(, [0-9]+\.[0-9]{3}){3}' && fail "a row has another form"
[ "$(grep -c '"status":"ok"' "$folder/results/results.jsonl")" -eq "$trials" ] || fail "not every trial is kept"

"$program" run yamls/smoke.yaml --output "$folder/results" --resume 2>/dev/null | cmp -s - "$folder/stdout" ||
  fail "resuming a complete run prints another table"

code=0
"$program" run yamls/smoke.yaml bogus_key=1 --output "$folder/none" >/dev/null 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "a bad override ended with $code instead of 2"

echo "smoke test: $trials trials, standard output as it should be"
