// Compiled where mgan::cuda is: --scorer fused then serves CUDA tensors in the whole program.
#include "mgan/fused/cuda.hpp"
