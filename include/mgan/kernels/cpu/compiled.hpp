// The kernels of the fused functors, compiled once in a program of many units.
//
// A unit that sweeps compiles what it uses for three sets of instructions, for 10 to 40 s of CPU time. Where
// MGAN_COMPILED_KERNELS is defined, units only refer to these kernels; the program compiles kernels/cpu/compiled/*.cpp
// beside them. Without the definition nothing is needed.
#pragma once

#include "mgan/kernels/cpu/epilogue/interaction/backward.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/backward.hpp"
#include "mgan/kernels/cpu/gradient/dense_gradient.hpp"
#include "mgan/kernels/cpu/gradient/sparse_gradient.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#include "mgan/kernels/cpu/score/sweep.hpp"

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
extern template struct CompiledOwn<SweepTask<Bf16, InteractionEpilogue>, Target::avx512_bf16>;
extern template struct CompiledOwn<SweepTask<Bf16, InteractionEpilogue>, Target::amx_bf16>;
extern template struct CompiledOwn<SweepTask<Int8, InteractionEpilogue>, Target::avx512_vnni>;
extern template struct CompiledOwn<SweepTask<Int8, InteractionEpilogue>, Target::amx_int8>;
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
extern template struct CompiledOwn<SweepTask<Bf16, MaximaEpilogue>, Target::avx512_bf16>;
extern template struct CompiledOwn<SweepTask<Bf16, MaximaEpilogue>, Target::amx_bf16>;
extern template struct CompiledOwn<SweepTask<Int8, MaximaEpilogue>, Target::avx512_vnni>;
extern template struct CompiledOwn<SweepTask<Int8, MaximaEpilogue>, Target::amx_int8>;
#endif

}  // namespace mgan::kernels::detail
