#include "mgan/alignment/aosm.hpp"

#include "erase.hpp"

namespace program {

std::vector<NamedModule> aosm_modules() {
  return {patch_module("aosm", "attention over the similarity matrix (X-CLIP)",
                       [](const AlignmentSizes& s) { return mgan::Aosm<at::Tensor>::create(s.patches, s.words); })};
}

}  // namespace program
