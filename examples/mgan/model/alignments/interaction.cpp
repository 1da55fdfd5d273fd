#include <cmath>

#include "erase.hpp"
#include "mgan/alignment/ucofia.hpp"
#include "mgan/core/error.hpp"

namespace program {

std::vector<NamedModule> interaction_modules() {
  return {patch_module("interaction", "similarity interaction, Eq. (5)-(10)",
                       [](const AlignmentSizes& s) {
                         mgan::require(std::isfinite(s.interaction_start), "interaction_start is ", s.interaction_start,
                                       ", expected a finite number");
                         auto align = mgan::PatchAlignment<at::Tensor>::create(s.patches, s.words, s.temperature);
                         for (at::Tensor* a : {&align.A1, &align.A2, &align.A3, &align.A4})
                           a->mul_(s.interaction_start);
                         return align;
                       }),
          patch_module("ucofia", "the interaction as UCoFiA has it: temperature 0.01, row convention",
                       [](const AlignmentSizes& s) { return mgan::ucofia_alignment<at::Tensor>(s.patches, s.words); })};
}

}  // namespace program
