#!/usr/bin/env bash
# run.sh CMAKE GENERATOR COMPILER INSTALLED BINARY: a LibTorch that cannot be used is refused with a sentence. The ones
# here are folders with just the files that are looked at.
set -euo pipefail
cmake=$1 generator=$2 compiler=$3 installed=$4 binary=$5
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$binary"

# make_torch FOLDER MINOR STRING: version 2.MINOR, a constructor of c10::Error that takes STRING as mangled.
make_torch() {
  mkdir -p "$1/include/ATen/core" "$1/include/torch/headeronly" "$1/lib"
  touch "$1/include/ATen/core/Tensor.h" "$1/lib/libtorch_cpu.so"
  printf '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR %s\n#define TORCH_VERSION_PATCH 0\n' "$2" \
    >"$1/include/torch/headeronly/version.h"
  printf '_ZN3c105ErrorC1ENS_14SourceLocationE%s\n' "$3" >"$1/lib/libc10.so"
}
cxx11=NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE
make_torch "$binary/old" 6 $cxx11
make_torch "$binary/abi" 9 Ss
make_torch "$binary/fit" 7 $cxx11
make_torch "$binary/environment/lib/python3.12/site-packages/torch" 9 $cxx11

failures=0
# expect WORDS COMPONENT OPTIONS...: configuring fails and says WORDS; empty WORDS: it succeeds.
expect() {
  local words=$1 component=$2 code=0 output
  shift 2
  output=$("$cmake" -S "$here" -B "$binary/build" --fresh -G "$generator" -D CMAKE_CXX_COMPILER="$compiler" \
    -D CMAKE_PREFIX_PATH="$installed" -D WANTED="$component" "$@" 2>&1 | tr -s ' \n' ' ') || code=$?
  if { [ -z "$words" ] && [ $code -eq 0 ]; } || { [ -n "$words" ] && [ $code -ne 0 ] && [[ $output == *"$words"* ]]; }; then
    echo "as expected: ${words:-accepted}"
  else
    printf 'expected: %s\nexit code %s, printed: %s\n' "${words:-success}" "$code" "$output"
    failures=$((failures + 1))
  fi
}
unset MGAN_TORCH VIRTUAL_ENV CONDA_PREFIX
expect "is version 2.6.0, and mgan needs 2.7 or newer" torch -D MGAN_TORCH="$binary/old"
expect "_GLIBCXX_USE_CXX11_ABI=0" torch -D MGAN_TORCH="$binary/abi"
expect "use another std::string" torch -D MGAN_TORCH="$binary/fit" -D CMAKE_CXX_FLAGS=-D_GLIBCXX_USE_CXX11_ABI=0
expect "holds no LibTorch" torch -D MGAN_TORCH="$binary/build"
expect "switched off" torch -D MGAN_TORCH=OFF
expect "does not link: libtorch_cuda.so or libraries that it needs are missing" torch -D MGAN_TORCH="$binary/fit" -D MGAN_CUDA=ON
expect "mgan has no component 'jax'" jax
expect "" torch -D MGAN_TORCH="$binary/fit"
expect "" torch -D MGAN_TORCH="$binary/environment"
expect "" torch -D CMAKE_PREFIX_PATH="$installed;$binary/environment"
MGAN_TORCH="$binary/fit" expect "" torch
VIRTUAL_ENV="$binary/environment" expect "" torch
exit $failures
