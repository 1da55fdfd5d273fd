#include "mgan/alignment/global_alignment.hpp"

#include "model/alignments.hpp"

namespace program {

std::vector<NamedModule> cosine_modules() {
  NamedModule cosine{"cosine", "cosine of the two [CLS] vectors, Eq. (11)"};
  cosine.global = [](const AlignmentSizes&) { return erase<at::Tensor, at::Tensor>(mgan::GlobalAlignment{}); };
  return {cosine};
}

}  // namespace program
