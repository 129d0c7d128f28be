#!/bin/sh
# Writes ROOT's commit into FOLDER/StampedCommit.swift; the file is left alone when it says the same already.
set -eu

root=$1
folder=$2
# A checkout above the package is none of it: only the package's own counts.
commit=unknown
if [ -e "$root/.git" ] && name=$(git -C "$root" rev-parse HEAD 2>/dev/null); then
  commit=$name
  git -C "$root" diff --quiet HEAD 2>/dev/null || commit=$name-dirty
fi
text="let stampedCommit = \"$commit\""
mkdir -p "$folder"
[ "$(cat "$folder/StampedCommit.swift" 2>/dev/null)" = "$text" ] || echo "$text" >"$folder/StampedCommit.swift"
