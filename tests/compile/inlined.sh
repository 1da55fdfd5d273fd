#!/usr/bin/env bash
# inlined.sh ROOT COMPILER: what the kernels do within a tile is compiled for the instructions at hand only if it is
# inlined into the function that was; a copy of its own would be many times slower, and round otherwise.
set -euo pipefail
command -v nm >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/sweep.cpp" <<'CODE'
#include "mgan/kernels/cpu/score/sweep.hpp"
using namespace mgan::kernels;
template <class Format>
void use(const PackedImagesOf<Format>& images, const PackedTextsOf<Format>& texts, float* S) {
  sweep(images, texts, InteractionEpilogue{}, {S, 1}, serially{});
  sweep(images, texts, MaximaEpilogue{}, {S, 1}, serially{});
}
template void use(const PackedImagesOf<Fp32>&, const PackedTextsOf<Fp32>&, float*);
template void use(const PackedImagesOf<Int8>&, const PackedTextsOf<Int8>&, float*);
CODE
for level in -O1 -O2 -O3; do
  "$2" -std=c++20 $level -I "$1/include" -c "$work/sweep.cpp" -o "$work/sweep.o"
  copies=$(nm -C "$work/sweep.o" | grep -E '(multiply_words|multiply_panels|multiply_block|finish|interact|each_vector|times|store_tile|exp2_of)(<.*>)?\(|operator\(\).*multiply' || true)
  if [ -n "$copies" ]; then
    printf 'FAILED: %s leaves functions of their own:\n%s\n' "$level" "$copies" >&2
    exit 1
  fi
done
