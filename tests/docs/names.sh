#!/usr/bin/env bash
# names.sh ROOT: every relative link with its #place, every #include of mgan and every `path` of a file of ours that
# README.md and docs/*.md name is there.
set -euo pipefail
cd "$1"
code=0
missing() { echo "$1: names $2, which is not there" && code=1; }
# What a page's headings are called in links.
places() {
  awk '/^ *```/ { inside = !inside } /^#+ / && !inside { sub(/^#+ /, ""); print tolower($0) }' "$1" |
    sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}
for page in README.md docs/*.md; do
  folder=$(dirname "$page")
  prose=$(awk '/^<!--/ && !/-->/ { hidden = 1 } /-->/ { hidden = 0 } /^ *```/ { inside = !inside } !inside && !hidden' "$page")
  for link in $(grep -oE '\]\([^)#: ]+[)#]' <<<"$prose" | sed 's/^](//; s/.$//' | sort -u); do
    [ -e "$folder/$link" ] || missing "$page" "$link"
  done
  for link in $(grep -oE '\]\([^):# ]*\.md#[^) ]+\)|\]\(#[^) ]+\)' <<<"$prose" | sed 's/^](//; s/)$//' | sort -u); do
    file=${link%%#*}
    places "${file:+$folder/}${file:-$page}" | grep -qxF "${link#*#}" || missing "$page" "$link"
  done
  for header in $(grep -oE '[<"]mgan/[a-z0-9_/]+\.hpp' "$page" | cut -c2- | sort -u); do
    [ -e "include/$header" ] || missing "$page" "$header"
  done
  for path in $(grep -oE '`(include|tests|examples|scripts|docs|cmake|benchmarks)/[A-Za-z0-9_./-]+`' "$page" | tr -d '`' | sort -u); do
    [ -e "$path" ] || missing "$page" "$path"
  done
done
exit $code
