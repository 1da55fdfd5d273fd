#include "erase.hpp"
#include "mgan/alignment/multi_view_max.hpp"
#include "mgan/alignment/region_alignment.hpp"

namespace program {

std::vector<NamedModule> multi_view_modules() {
  NamedModule views{"views", "multi-view summaries of the regions against the sentence, Eq. (3)-(4)"};
  views.region = [](const AlignmentSizes& sizes) {
    auto module = mgan::RegionAlignment<at::Tensor>::create(
        sizes.width, mgan::ViewSizes::for_width(sizes.width, sizes.n_views), sizes.heads);
    mgan::initialize(module, sizes.seed);
    return erase<Ragged, Ragged>(std::move(module));
  };
  return {views, token_module("multi-view-max", "the best pair of one region or patch and one word",
                              [](const AlignmentSizes&) { return mgan::MultiViewMax{}; })};
}

}  // namespace program
