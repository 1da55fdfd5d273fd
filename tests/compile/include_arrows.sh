#!/usr/bin/env bash
# include_arrows.sh ROOT: every file of the library and of the program includes, and spells, only what cmake/layers.txt
# allows its layer. Comments do not count.
set -euo pipefail
cd "$1"
mapfile -t files < <(find include/mgan examples/mgan -name '*.[ch]pp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' | sort)

status=0
awk -v all="${files[*]}" -f tests/compile/include_arrows.awk cmake/layers.txt "${files[@]}" || status=1

# The independent loops that the mathematics is checked against.
if grep -rnE '#include *[<"](mgan/|Eigen|ATen|torch)|\b(mgan|Eigen|at|torch)::' tests/reference; then
  echo "tests/reference must include nothing of mgan, nor a tensor library"
  status=1
fi
exit "$status"
