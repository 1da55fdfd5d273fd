#!/usr/bin/env bash
# run.sh INSTALLED BINARY: mgan.pc and mgan-eigen.pc are all that a plain compiler line needs.
set -euo pipefail
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 0; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
export PKG_CONFIG_PATH="$1/share/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

core=$(pkg-config --cflags mgan)
eigen=$(pkg-config --cflags eigen3)
case $core in *std=* | *igen* | *-W*) echo "mgan.pc leaks: $core"; exit 1 ;; esac
# shellcheck disable=SC2086
"${CXX:-c++}" -std=c++20 $core "$here/core.cpp" -o "$2/core"
# shellcheck disable=SC2046
"${CXX:-c++}" -std=c++20 $(pkg-config --cflags --libs mgan-eigen) "$here/../find_package_eigen/main.cpp" -o "$2/eigen"
# shellcheck disable=SC2086
"${CXX:-c++}" -std=gnu++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wdouble-promotion \
  -Werror $core ${eigen//-I/-isystem } "$here/strict.cpp" -o "$2/strict"
"$2/core"
"$2/eigen"
"$2/strict"
echo "mgan $(pkg-config --modversion mgan) by pkg-config"
