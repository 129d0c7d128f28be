#!/bin/sh
# Writes the documentation of the libraries to .build/docs, a folder for each. The build of its own keeps the plugin out of
# every other build.
set -eu

output=.build/docs
mkdir -p "$output"
for target in Tensor Transformer Harness; do
  folder=$(echo "$target" | tr '[:upper:]' '[:lower:]')
  LLM_BENCH_DOCS=1 "${SWIFT:-swift}" package --scratch-path .build/documentation --allow-writing-to-directory "$output" \
    generate-documentation --target "$target" --output-path "$output/$folder" --transform-for-static-hosting \
    --hosting-base-path "$folder"
done
echo "docs: serve $output, for instance with: python3 -m http.server --directory $output"
echo "      then open http://localhost:8000/harness/documentation/harness"
