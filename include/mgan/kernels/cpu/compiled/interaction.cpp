#include "mgan/kernels/cpu/compiled.hpp"

namespace mgan::kernels::detail {

template struct Compiled<SweepTask<Fp32, InteractionEpilogue>>;
template struct Compiled<SweepTask<Bf16, InteractionEpilogue>>;
template struct Compiled<SweepTask<Int8, InteractionEpilogue>>;
template struct Compiled<PairScoresTask<InteractionEpilogue>>;
template struct Compiled<DifferentiateTask<InteractionGradient>>;
template struct Compiled<CollectTask<InteractionGradient>>;
template struct Compiled<SparseDifferentiateTask<InteractionGradient>>;
template struct Compiled<SparseCollectTask<InteractionGradient>>;
#ifdef __x86_64__
template struct CompiledOwn<SweepTask<Bf16, InteractionEpilogue>, Target::avx512_bf16>;
template struct CompiledOwn<SweepTask<Bf16, InteractionEpilogue>, Target::amx_bf16>;
template struct CompiledOwn<SweepTask<Int8, InteractionEpilogue>, Target::avx512_vnni>;
template struct CompiledOwn<SweepTask<Int8, InteractionEpilogue>, Target::amx_int8>;
#endif

}  // namespace mgan::kernels::detail
