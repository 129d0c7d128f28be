#!/bin/sh
# Builds dist/llm-bench: one file that runs on any Linux of this processor's architecture, whatever is installed there.
set -eu

fail() {
  echo "error: $1" >&2
  exit 2
}

[ "$(uname -s)" = Linux ] || fail "a statically linked executable can only be made on Linux; elsewhere use: make build"
swift=${SWIFT:-swift}
scratch=.build/static

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A build folder of its own: the two ways to link would else undo each other's work.
if ! "$swift" build -c release --product llm-bench --scratch-path "$scratch" \
  --static-swift-stdlib -Xswiftc -static-executable >"$log" 2>&1; then
  cat "$log" >&2
  if grep -q -e 'cannot find -lyaml' -e 'unable to find library -lyaml' "$log"; then
    fail "there is no libyaml.a: Debian's libyaml-dev has it, Fedora's libyaml-devel does not"
  fi
  fail "the static build failed"
fi

mkdir -p dist
# Without debugging information, a quarter of the size: it travels to every machine of a fleet.
if command -v strip >/dev/null 2>&1; then
  strip -o dist/llm-bench.new "$scratch/release/llm-bench"
else
  cp "$scratch/release/llm-bench" dist/llm-bench.new
fi
chmod 755 dist/llm-bench.new

# Nothing may be left to a dynamic linker: an interpreter's name would be in the program headers.
if command -v readelf >/dev/null 2>&1; then
  if readelf --program-headers dist/llm-bench.new | grep -q INTERP; then
    fail "the executable is not statically linked"
  fi
fi
dist/llm-bench.new run yamls/smoke.yaml --list >/dev/null || fail "the executable does not run"
mv -f dist/llm-bench.new dist/llm-bench
echo "dist/llm-bench: $(($(wc -c <dist/llm-bench) / 1000000)) MB, statically linked"
