#!/bin/sh
# Makes a report and a lesson with the executable given, then opens both in a headless browser where there is one.
set -eu

program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  cat "$folder/log" >&2
  echo "page test: $1" >&2
  exit 1
}

for dtype in bf16 fp32; do
  "$program" run yamls/smoke.yaml --output "$folder/$dtype" --profile "model_dtype=$dtype" "output_lengths=[1,4,12]" \
    >"$folder/log" 2>&1 || fail "the sweep ended with $?"
done
"$program" report "$folder/bf16" "$folder/fp32" --html "$folder/report.html" >"$folder/log" 2>&1 ||
  fail "the report ended with $?"
"$program" lesson --config yamls/smoke.yaml --output "$folder/lesson" >"$folder/log" 2>&1 ||
  fail "the lesson ended with $?"

code=0
scripts/check-pages "$folder/report.html" "$folder/lesson/lesson.html" || code=$?
# 3: no browser, as the notice says.
[ "$code" -eq 3 ] || exit "$code"
