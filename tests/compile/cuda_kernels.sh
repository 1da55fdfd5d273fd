#!/usr/bin/env bash
# cuda_kernels.sh ROOT FOLDER: nvcc compiles the kernels for sm_80 and sm_90, and no kernel spills registers to memory.
# Prints what each takes. Exit 77: there is no nvcc.
set -euo pipefail
nvcc=/usr/local/cuda/bin/nvcc
[ -x "$nvcc" ] || nvcc=$(command -v nvcc) || { echo "skipped: no nvcc"; exit 77; }

output=$("$nvcc" -I "$1/include" -Xptxas -v -Xcompiler -Wall,-Wextra -gencode arch=compute_80,code=sm_80 \
  -gencode arch=compute_90,code=sm_90 -c "$1/include/mgan/kernels/cuda/kernels.cu" -o "$2/mgan_cuda.o" 2>&1) ||
  { echo "$output"; exit 1; }
c++filt <<<"$output" | sed -nE \
  "s/.*Compiling entry function .*(run_in_[a-z]+)<(mgan::kernels::cuda::)?(.*)>\(.* for '(sm_[0-9]+)'.*/\4 \1 \3/p
   s/.*([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads/  \2 bytes spilled/p
   s/.*Used ([0-9]+) registers.*/  \1 registers/p" | sed 's/mgan::kernels::cuda:://g' | paste - - -
! grep -iE 'warning|error' <<<"$output"
kernels=$(grep -c 'bytes spill stores' <<<"$output")
[ "$kernels" -eq 20 ] || { echo "$kernels kernels, expected 20: 7 bodies, 3 of them with 2 places of a workspace, 2 devices"; exit 1; }
! grep 'spill stores' <<<"$output" | grep -v ' 0 bytes spill stores, 0 bytes spill loads'
