#!/bin/sh
# Fuzzes one target, or all of them one after the other, and stops at the first finding.
#   Fuzz/run.sh SECONDS [TARGET]
# Inputs that reach new code stay in Fuzz/.build/corpus for the next run; a finding is kept in Fuzz/.build/findings.
set -eu
cd "$(dirname "$0")"

seconds=$1
targets=${2:-"safetensors gguf json tokenizer yaml"}
corpus=.build/corpus
findings=.build/findings
python3 seeds.py .build/seeds
for target in $targets; do
  if [ ! -d ".build/seeds/$target" ]; then
    echo "error: there is no target '$target'; there are: $(cd .build/seeds && echo */ | tr -d /)" >&2
    exit 2
  fi
  mkdir -p "$corpus/$target" "$findings"
  echo "== $target: $seconds seconds =="
  # Leaks are not looked for: the runtime keeps what it caches. A reader that needs ten seconds or a gigabyte for a few
  # kilobytes is a finding.
  log="$findings/$target.log"
  if FUZZ_TARGET="$target" ASAN_OPTIONS=detect_leaks=0 .build/release/fuzz -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=512 -dict=".build/seeds/$target.dict" -artifact_prefix="$findings/$target-" \
    -print_final_stats=1 "$corpus/$target" ".build/seeds/$target" >"$log" 2>&1; then
    grep -E "^#[0-9]+.DONE|number_of_executed_units" "$log"
  else
    grep -vE "^#[0-9]" "$log" | tail -60
    echo "error: $target failed; its input is named above, all output is in Fuzz/$log" >&2
    exit 1
  fi
done
