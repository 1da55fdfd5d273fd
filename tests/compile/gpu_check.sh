#!/usr/bin/env bash
# gpu_check.sh ROOT FOLDER: scripts/gpu-check without a GPU: it says what it would do, every part is skipped with its reason, and
# what it writes is JSON. Exit 77: there is a GPU, and nobody asked for it to be used.
set -euo pipefail
! command -v nvidia-smi >/dev/null || { echo "skipped: there may be a GPU" && exit 77; }
rm -rf "$2"
"$1/scripts/gpu-check" --dry-run -o "$2" >"$2.txt"
for part in machine build tests scoring memcheck racecheck step train; do
  grep -q "^$part .* s at most" "$2.txt" || { cat "$2.txt" && exit 1; }
done
[ "$(awk '/ s at most/ { sum += $2 } END { print sum < 900 }' "$2.txt")" = 1 ]
"$1/scripts/gpu-check" --built -o "$2" --only machine,tests,scoring,step >"$2.txt"
[ "$(grep -c 'skipped: no GPU here' "$2.txt")" = 4 ] || { cat "$2.txt" && exit 1; }
grep -q '^ "step": {"status": "skipped", "seconds": [0-9]*, "rows": \[\], "tail": "no GPU here"}$' "$2/gpu.json" || { cat "$2/gpu.json" && exit 1; }
! "$1/scripts/gpu-check" --frobnicate 2>/dev/null
