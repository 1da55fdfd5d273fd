#!/usr/bin/env bash
# operators.sh ROOT LIBTORCH: whoever calls at::NAME(...) has <ATen/ops/NAME.h>, from an include of its own or of a file of
# ours that it includes; and ATen/core/Tensor.h for at::Tensor, ATen/core/grad_mode.h for its guards. A precompiled header
# would hide that one is missing (cmake/mganPrecompiled.cmake).
set -euo pipefail
root=$1 torch=$2
cd "$root"
find include examples tests benchmarks -name '*.hpp' -o -name '*.cpp' | sort | xargs awk -v operators="'$torch/include/ATen/ops'" '
  BEGIN { while ((("ls " operators) | getline name) > 0) is_operator[name] = 1 }
  FNR == 1 { files[++count] = FILENAME }
  /^#include/ {
    name = $0; sub(/^#include *["<]/, "", name); sub(/[">].*/, "", name)
    includes[FILENAME] = includes[FILENAME] " " name
    next
  }
  {
    line = $0; sub(/\/\/.*/, "", line)
    gsub(/"([^"\\]|\\.)*"/, "", line)
    while (match(line, /(^|[^:A-Za-z0-9_>])(::)?at::[a-z_0-9]+\(/)) {
      name = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
      sub(/.*at::/, "", name); sub(/\(/, "", name)
      if ((name ".h") in is_operator) uses[FILENAME] = uses[FILENAME] " ATen/ops/" name ".h"
    }
    if ($0 ~ /(^|[^A-Za-z0-9_:])at::(NoGradGuard|AutoGradMode|GradMode)/) uses[FILENAME] = uses[FILENAME] " ATen/core/grad_mode.h"
  }
  function place(name, from,    folder) {
    folder = from; sub(/[^\/]*$/, "", folder)
    if ((folder name) in includes) return folder name
    if (("include/" name) in includes) return "include/" name
    if (("examples/mgan/" name) in includes) return "examples/mgan/" name
    return name
  }
  function reach(file,    list, n, i, to) {  # marks what this file reads
    n = split(includes[file], list, " ")
    for (i = 1; i <= n; ++i) {
      has[list[i]] = 1
      to = place(list[i], file)
      if (to in includes && !(to in seen)) { seen[to] = 1; reach(to) }
    }
  }
  END {
    for (f = 1; f <= count; ++f) {
      if (!(files[f] in uses)) continue
      split("", has); split("", seen); reach(files[f])
      n = split(uses[files[f]], list, " "); split("", said)
      for (i = 1; i <= n; ++i) {
        if (list[i] in has || list[i] in said) continue
        said[list[i]] = 1; ++missing
        printf "FAILED: %s needs #include <%s>\n", files[f], list[i]
      }
      ++checked
    }
    printf "%d files call operators of LibTorch, %d includes are missing\n", checked, missing
    exit missing > 0
  }'
