# shellcheck shell=bash
# Shared by the scripts: what is missing is installed, and nothing is asked of the network when nothing is missing.
#
#   root with apt-get    missing Debian packages are installed
#   anyone else          what is missing is named, with one command that installs it
#   LibTorch             MGAN_TORCH, CMAKE_PREFIX_PATH or an active Python environment; else it is fetched into .deps/venv
#   MGAN_CUDA            AUTO (nvcc and a GPU are here), ON or OFF

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
torch_version=2.11.0

say() { printf '== %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 2
}

# Unchanged files compiled in another clone are found again, for those who have ccache; those that start from a precompiled
# header, too.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$root}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"

# --- Debian packages ---------------------------------------------------------------------------------------------------

missing=()
# need PACKAGE COMMAND...: PACKAGE is missing unless the command succeeds.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
any_command() {
  local name
  for name in "$@"; do command -v "$name" && return; done
  return 1
}
any_header() {
  local folder name
  local folders=(/usr/include /usr/local/include)
  IFS=: read -ra prefixes <<<"${CONDA_PREFIX:-}:${CMAKE_PREFIX_PATH:-}"
  for folder in "${prefixes[@]}"; do [ -z "$folder" ] || folders+=("$folder/include"); done
  for folder in "${folders[@]}"; do
    for name in "$@"; do [ -e "$folder/$name" ] && return; done
  done
  return 1
}

# install_packages program|tests|quick|benchmarks: a compiler, CMake and the libraries; what only those need when asked.
install_packages() {
  missing=()
  if [ -z "${CXX:-}" ]; then need g++ any_command c++ g++ clang++; fi
  need cmake any_command cmake
  need ninja-build any_command ninja ninja-build
  need libeigen3-dev any_header eigen3/Eigen/Core Eigen/Core
  need nlohmann-json3-dev any_header nlohmann/json.hpp
  [ "${1:-}" = quick ] || need libcli11-dev any_header CLI/CLI.hpp
  need libjpeg62-turbo-dev any_header jpeglib.h
  need libpng-dev any_header png.h
  case ${1:-} in
    tests | quick)
      need catch2 any_header catch2/catch.hpp catch2/catch_all.hpp
      need pkg-config any_command pkg-config
      ;;
  esac
  if [ "${1:-}" = benchmarks ]; then need libbenchmark-dev any_header benchmark/benchmark.h; fi
  # Without CMake nobody can look for a LibTorch; then the fetched one is what counts.
  if [ "${1:-}" != quick ] && ! torch_fetched && { ! command -v cmake >/dev/null || [ -z "$(find_torch)" ]; }; then
    need python3-venv python3 -c 'import ensurepip, venv'
    need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
  fi
  [ ${#missing[@]} -gt 0 ] || return 0

  if ! command -v apt-get >/dev/null; then
    die "these are missing, by their names in Debian: ${missing[*]}"
  elif [ "$(id -u)" -ne 0 ]; then
    die "these are missing; install them with: sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# --- LibTorch ----------------------------------------------------------------------------------------------------------

# The folder of a usable LibTorch, or nothing. CMake looks in the same places by the same file.
find_torch() { cmake -P "$root/cmake/mganLocateTorch.cmake"; }

# Which of the wheels' companions are fetched: `cpu`; `cuda` beside a CUDA 13 toolkit with cuDNN and NCCL; else
# `cuda-full`.
torch_kind() {
  local nvcc=/usr/local/cuda/bin/nvcc
  [ -x "$nvcc" ] || nvcc=$(command -v nvcc || true)
  case ${MGAN_CUDA:-AUTO} in
    ON) ;;
    OFF) echo cpu && return ;;
    *) if [ -z "$nvcc" ] || [ ! -e /dev/nvidia0 ]; then echo cpu && return; fi ;;
  esac
  local known
  known=$(/sbin/ldconfig -p 2>/dev/null || true)
  if [ -n "$nvcc" ] && "$nvcc" --version | grep -q 'release 13\.' &&
    [[ $known == *libcudnn.so.9* && $known == *libnccl.so.2* && $known == *libcublas.so.13* ]]; then
    echo cuda
  else
    echo cuda-full
  fi
}

# pip writes RECORD last, package by package; the folder gets its name when pip is done with all of them.
torch_fetched() {
  compgen -G "$deps/venv/lib/python3*/site-packages/torch-$torch_version*/RECORD" >/dev/null &&
    compgen -G "$deps/venv/lib/python3*/site-packages/torch/lib/libtorch_cpu.so" >/dev/null &&
    compgen -G "$deps/venv/lib/python3*/site-packages/torch/lib/libc10.so" >/dev/null &&
    { [ "$(torch_kind)" = cpu ] || [ "$(cat "$deps/venv/kind" 2>/dev/null)" = "$(torch_kind)" ]; }
}

fetch_torch() {
  local kind packages size
  kind=$(torch_kind)
  case $kind in
    cpu) size=1.25 packages="--no-deps torch==$torch_version nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85" ;;
    cuda) size=1.5 packages="--no-deps torch==$torch_version nvidia-cusparselt-cu13==0.8.0 nvidia-nvshmem-cu13==3.4.5 nvidia-cufile==1.15.1.6" ;;
    cuda-full) size=4.7 packages="torch==$torch_version" ;;
  esac
  say "fetching LibTorch $torch_version for $kind from PyPI into .deps/venv ($size GB on disk)"
  rm -rf "$deps/venv.part" "$deps/tmp"
  mkdir -p "$deps/tmp"
  python3 -m venv "$deps/venv.part"
  # shellcheck disable=SC2086
  TMPDIR=$deps/tmp "$deps/venv.part/bin/python3" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
    --no-input $packages || die "pip could not install LibTorch; the next run starts this step afresh"
  echo "$kind" >"$deps/venv.part/kind"
  rm -rf "$deps/tmp" "$deps/venv"
  mv "$deps/venv.part" "$deps/venv"
}

# prepare program|tests|quick|benchmarks: afterwards everything is here, and `torch` is LibTorch's folder; OFF for quick.
prepare() {
  [ "$(uname -sm)" = "Linux x86_64" ] || die "mgan runs on Linux x86-64, this is $(uname -sm)"
  mkdir -p "$deps"
  exec 9>"$deps/lock"
  flock 9  # two scripts at once: one installs, the other waits
  install_packages "$@"
  local floor have
  floor=3.23 have=$(cmake --version | sed -n 's/^cmake version //p')
  [ "$(printf '%s\n%s\n' "$floor" "$have" | sort -V | head -n 1)" = "$floor" ] ||
    die "CMake $have is too old, $floor or newer is needed"
  if [ "${1:-}" = quick ]; then
    torch=OFF
    exec 9>&-
    return
  fi
  torch=$(find_torch) || exit 2
  if [ -z "$torch" ] || { [ "${torch#"$deps"/venv/}" != "$torch" ] && ! torch_fetched; }; then
    fetch_torch
    torch=$(find_torch) || exit 2
  fi
  exec 9>&-
}

# --- build -------------------------------------------------------------------------------------------------------------

# As many jobs as there are cores, and one for 2 GB of free memory: LibTorch's headers take 1 GB a compiler.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo 2>/dev/null || echo 1)
  echo $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

# build PRESET [TARGET...]: configures build/PRESET when that is needed, and builds.
build() {
  local preset=$1 folder=$root/build/$1
  shift
  if [ ! -e "$folder/build.ninja" ] || ! grep -qx "MGAN_TORCH:[A-Z]*=$torch" "$folder/CMakeCache.txt"; then
    say "configuring build/$preset"
    (cd "$root" && cmake --preset "$preset" -D "MGAN_TORCH=$torch" ${MGAN_CUDA:+-D "MGAN_CUDA=$MGAN_CUDA"})
  fi
  say "building build/$preset with $(jobs) jobs"
  cmake --build "$folder" --parallel "$(jobs)" ${1:+--target "$@"}
}
