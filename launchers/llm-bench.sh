#!/bin/sh
# Runs llm-bench: the executable that LLM_BENCH names; otherwise the one beside this script, as in a container, the one
# that `make static` puts into dist, or the one on PATH.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if [ -n "${LLM_BENCH:-}" ]; then
  program=$LLM_BENCH
elif [ -x "$here/llm-bench" ]; then
  program=$here/llm-bench
elif [ -x "$here/../dist/llm-bench" ]; then
  program=$here/../dist/llm-bench
else
  program=$(command -v llm-bench || true)
fi
if [ -z "$program" ] || [ ! -x "$program" ]; then
  echo "error: there is no llm-bench${program:+ at $program}; build it with: make static" >&2
  exit 2
fi
# In place of the shell, so that a scheduler's signals reach the benchmark, which then keeps its rows.
exec "$program" "$@"
