#!/usr/bin/env bash
# format.sh ROOT: every source is laid out as clang-format 14 does. Names the files that are not. Exit 77: another version, or
# none.
set -euo pipefail
cd "$1"
format=$(command -v clang-format-14 || command -v clang-format) || { echo "skipped: no clang-format" && exit 77; }
"$format" --version | grep -q 'version 14\.' || { echo "skipped: $("$format" --version), expected 14" && exit 77; }
mapfile -d '' files < <(find include examples tests benchmarks -type f \
  \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cuh' -o -name '*.cu' \) -print0)
wrong=$(printf '%s\0' "${files[@]}" | xargs -0 -n 40 -P 2 "$format" --dry-run 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning.*/\1/p' | sort -u)
[ -z "$wrong" ] || { printf 'clang-format -i %s\n' $wrong && exit 1; }
echo "${#files[@]} files"
