#!/usr/bin/env bash
# same_output.sh EXPECTED PROGRAM...: the program succeeds and, when the file EXPECTED is there, prints just that.
set -euo pipefail
expected=$1
shift
output=$("$@") || { code=$?; printf '%s\n' "$output"; echo "exit code $code"; exit 1; }
printf '%s\n' "$output"
[ ! -e "$expected" ] || diff -u --label expected --label printed "$expected" - <<<"$output"
