#include "erase.hpp"
#include "mgan/alignment/ucofia.hpp"

namespace program {

std::vector<NamedModule> interaction_modules() {
  return {patch_module("interaction", "similarity interaction, Eq. (5)-(10)",
                       [](const AlignmentSizes& s) {
                         return mgan::PatchAlignment<at::Tensor>::create(s.patches, s.words, s.temperature);
                       }),
          patch_module("ucofia", "the interaction as UCoFiA has it: temperature 0.01, row convention",
                       [](const AlignmentSizes& s) { return mgan::ucofia_alignment<at::Tensor>(s.patches, s.words); })};
}

}  // namespace program
