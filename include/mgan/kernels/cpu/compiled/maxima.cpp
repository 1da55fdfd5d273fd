#include "mgan/kernels/cpu/compiled.hpp"

namespace mgan::kernels::detail {

template struct Compiled<SweepTask<Fp32, MaximaEpilogue>>;
template struct Compiled<SweepTask<Bf16, MaximaEpilogue>>;
template struct Compiled<SweepTask<Int8, MaximaEpilogue>>;
template struct Compiled<PairScoresTask<MaximaEpilogue>>;
template struct Compiled<DifferentiateTask<MaximaGradient>>;
template struct Compiled<CollectTask<MaximaGradient>>;
template struct Compiled<SparseDifferentiateTask<MaximaGradient>>;
template struct Compiled<SparseCollectTask<MaximaGradient>>;
#ifdef __x86_64__
template struct CompiledOwn<SweepTask<Bf16, MaximaEpilogue>, Target::avx512_bf16>;
template struct CompiledOwn<SweepTask<Bf16, MaximaEpilogue>, Target::amx_bf16>;
template struct CompiledOwn<SweepTask<Int8, MaximaEpilogue>, Target::avx512_vnni>;
template struct CompiledOwn<SweepTask<Int8, MaximaEpilogue>, Target::amx_int8>;
#endif

}  // namespace mgan::kernels::detail
