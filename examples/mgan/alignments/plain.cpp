#include "mgan/alignment/plain_aggregation.hpp"

#include "../alignments.hpp"

namespace program {

AnyPatchAlignment plain_alignment(const AlignmentSizes&) { return erase<at::Tensor, Ragged>(mgan::PlainAggregation{}); }

}  // namespace program
