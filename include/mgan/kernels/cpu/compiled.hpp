// The kernels of the fused functors, compiled once in a program of many units.
//
// A unit that sweeps compiles what it uses for three sets of instructions, for 10 to 40 s of CPU time. Where
// MGAN_COMPILED_KERNELS is defined, units only refer to these kernels; the program compiles kernels/cpu/compiled/*.cpp
// beside them. Without the definition nothing is needed.
#pragma once

#include "mgan/kernels/cpu/dense_gradient.hpp"
#include "mgan/kernels/cpu/interaction_gradient.hpp"
#include "mgan/kernels/cpu/maxima_gradient.hpp"
#include "mgan/kernels/cpu/pair_scores.hpp"
#include "mgan/kernels/cpu/sparse_gradient.hpp"
#include "mgan/kernels/cpu/sweep.hpp"

namespace mgan::kernels::detail {

extern template struct Compiled<SweepTask<Fp32, InteractionEpilogue>>;
extern template struct Compiled<SweepTask<Bf16, InteractionEpilogue>>;
extern template struct Compiled<SweepTask<Int8, InteractionEpilogue>>;
extern template struct Compiled<PairScoresTask<InteractionEpilogue>>;
extern template struct Compiled<DifferentiateTask<InteractionGradient>>;
extern template struct Compiled<CollectTask<InteractionGradient>>;
extern template struct Compiled<SparseDifferentiateTask<InteractionGradient>>;
extern template struct Compiled<SparseCollectTask<InteractionGradient>>;
#ifdef __x86_64__
extern template struct CompiledDot<SweepTask<Bf16, InteractionEpilogue>>;
extern template struct CompiledDot<SweepTask<Int8, InteractionEpilogue>>;
#endif

extern template struct Compiled<SweepTask<Fp32, MaximaEpilogue>>;
extern template struct Compiled<SweepTask<Bf16, MaximaEpilogue>>;
extern template struct Compiled<SweepTask<Int8, MaximaEpilogue>>;
extern template struct Compiled<PairScoresTask<MaximaEpilogue>>;
extern template struct Compiled<DifferentiateTask<MaximaGradient>>;
extern template struct Compiled<CollectTask<MaximaGradient>>;
extern template struct Compiled<SparseDifferentiateTask<MaximaGradient>>;
extern template struct Compiled<SparseCollectTask<MaximaGradient>>;
#ifdef __x86_64__
extern template struct CompiledDot<SweepTask<Bf16, MaximaEpilogue>>;
extern template struct CompiledDot<SweepTask<Int8, MaximaEpilogue>>;
#endif

}  // namespace mgan::kernels::detail
