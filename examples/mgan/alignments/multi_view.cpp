#include "mgan/alignment/region_alignment.hpp"

#include "../alignments.hpp"

namespace program {

AnyRegionAlignment multi_view_alignment(const AlignmentSizes& sizes) {
  auto module = mgan::RegionAlignment<at::Tensor>::create(
      sizes.width, mgan::ViewSizes::for_width(sizes.width, sizes.n_views), sizes.heads);
  mgan::initialize(module, sizes.seed);
  return erase<Ragged, Ragged>(std::move(module));
}

}  // namespace program
