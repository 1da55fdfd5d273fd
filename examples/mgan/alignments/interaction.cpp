#include "mgan/alignment/patch_alignment.hpp"

#include "../alignments.hpp"

namespace program {

AnyPatchAlignment interaction_alignment(const AlignmentSizes& sizes) {
  return erase<at::Tensor, Ragged>(
      mgan::PatchAlignment<at::Tensor>::create(sizes.patches, sizes.words, sizes.temperature));
}

}  // namespace program
