#!/bin/sh
# Runs one trial of a sweep into a folder of its own: what every task of every launcher does.
#
#   trial.sh SWEEP.yaml POINT RESULTS [argument of `llm-bench run` …]
#
# RESULTS/POINT gets the rows. A task that was ended and started again goes on there: a trial that was measured is not
# measured twice, and a line that the end has torn is cut off.
set -eu

if [ $# -lt 3 ]; then
  echo "usage: trial.sh SWEEP.yaml POINT RESULTS [argument of llm-bench run ...]" >&2
  exit 2
fi
sweep=$1 point=$2 results=$3
shift 3

case $point in
'' | *[!0-9]*)
  echo "error: the point is '$point', not a number from 1: the scheduler did not say which trial this task is" >&2
  exit 2
  ;;
esac

exec "$(dirname "$0")/llm-bench.sh" run "$sweep" --point "$point" --output "$results/$point" --resume "$@"
