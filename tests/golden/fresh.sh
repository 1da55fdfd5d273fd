#!/usr/bin/env bash
# fresh.sh ROOT FOLDER MAKE_CASES MGAN: makes the golden cases anew and checks them; every file of tests/golden/cases is
# still made.
set -euo pipefail
root=$1 folder=$2 make_cases=$3 mgan=$4
rm -rf "$folder" && mkdir -p "$folder"
"$make_cases" "$folder"
for file in "$root"/tests/golden/cases/*.safetensors; do
  [ -e "$folder/$(basename "$file")" ] || { echo "make_cases does not make $(basename "$file")"; exit 1; }
done
"$mgan" verify "$folder"
"$mgan" verify "$folder" --backend torch --scalar f32
