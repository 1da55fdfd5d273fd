#!/usr/bin/env bash
# include_arrows.sh ROOT: which folder of include/mgan may include which. Includes point left only:
#     core <- ops <- nn <- embedding, alignment <- model    ops <- loss <- model (its presets)    core <- metrics
#     core <- backend/eigen, backend/torch    core <- io <- text, image <- data
#     alignment, metrics <- retrieval    backend/torch <- encoders, train    alignment <- testing, which knows no backend
set -euo pipefail
cd "$1/include/mgan"

# The folder (or backend file family) that a path below include/mgan belongs to.
layer() {
  case $1 in
    backend/torch*) echo torch ;;
    backend/eigen*) echo eigen ;;
    fused/torch*) echo fused_torch ;;
    testing.hpp) echo testing ;;
    */*) echo "${1%%/*}" ;;
    *) echo top ;;
  esac
}

# What a layer may include besides itself; a library's headers by its own name.
allowed() {
  case $1 in
    core) echo "" ;;
    ops) echo "core" ;;
    nn) echo "core ops" ;;
    embedding | alignment) echo "core ops nn" ;;
    model) echo "core ops nn embedding alignment loss" ;;
    loss) echo "core ops" ;;
    metrics) echo "core" ;;
    top) echo "core ops nn embedding alignment model loss metrics" ;;
    eigen) echo "core ops Eigen" ;;
    torch) echo "core ops ATen" ;;
    retrieval) echo "core ops nn alignment metrics" ;;
    testing) echo "core ops alignment" ;;
    io) echo "core nlohmann" ;;
    text) echo "core io nlohmann" ;;
    data) echo "core io text image nlohmann" ;;
    image) echo "core io image libjpeg libpng" ;;
    kernels) echo "core" ;;
    fused) echo "core metrics kernels" ;;
    fused_torch) echo "core ops nn embedding alignment model loss metrics retrieval torch kernels fused ATen" ;;
    encoders | train) echo "core ops nn embedding alignment model loss metrics io text data image torch encoders train ATen nlohmann" ;;
    *) return 1 ;;
  esac
}

library() {
  case $1 in
    Eigen/* | unsupported/Eigen/*) echo Eigen ;;
    ATen/* | torch/* | c10/* | caffe2/*) echo ATen ;;
    nlohmann/*) echo nlohmann ;;
    CLI/*) echo CLI11 ;;
    jpeglib.h | jerror.h | turbojpeg.h) echo libjpeg ;;
    png.h) echo libpng ;;
    cuda* | cublas* | nv*) echo CUDA ;;
    *) echo "" ;;
  esac
}

failures=0
complain() {
  echo "$1"
  failures=$((failures + 1))
}

files=0
while IFS= read -r file; do
  files=$((files + 1))
  from=$(layer "$file")
  may=$(allowed "$from") || { complain "$file: a folder that include_arrows.sh does not know"; continue; }
  while IFS=: read -r number target; do
    case $target in
      mgan/*) to=$(layer "${target#mgan/}"); [ -e "../$target" ] || complain "$file:$number: no file $target" ;;
      *) to=$(library "$target") ;;
    esac
    [ -z "$to" ] || [ "$to" = "$from" ] || [[ " $may " == *" $to "* ]] ||
      complain "$file:$number: $from must not include $target ($to)"
    [ "$target" != torch/torch.h ] || complain "$file:$number: never torch/torch.h, it costs 24 s"
  done < <(sed -nE 's/^ *# *include *[<"]([^>"]+)[>"].*/\1/;t found;d;:found;=;p' "$file" | paste -d: - -)

  # Names are spelled only where the library is allowed; comments do not count.
  code=$(sed 's|//.*||' "$file")
  [[ " $may " == *" Eigen "* ]] || ! grep -nE '\bEigen::' <<<"$code" || complain "$file: spells Eigen::"
  [[ " $may " == *" ATen "* ]] || ! grep -nE '\b(at|torch|c10)::' <<<"$code" || complain "$file: spells at::, torch:: or c10::"
  [[ " $may " == *" nlohmann "* ]] || ! grep -nE '\bnlohmann::' <<<"$code" || complain "$file: spells nlohmann::"
done < <(find . -name '*.hpp' -o -name '*.h' -o -name '*.cuh' | sed 's|^\./||' | sort)

# The independent loops that the mathematics is checked against.
if grep -rnE '#include *[<"](mgan/|Eigen|ATen|torch)|\b(mgan|Eigen|at|torch)::' "$1/tests/reference" 2>/dev/null; then
  complain "tests/reference must include nothing of mgan, nor a tensor library"
fi

[ "$files" -gt 0 ] || complain "no headers found"
echo "$files headers, $failures arrows the wrong way"
[ "$failures" -eq 0 ]
