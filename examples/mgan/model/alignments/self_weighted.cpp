#include "erase.hpp"
#include "mgan/alignment/self_weighted_mean.hpp"

namespace program {

std::vector<NamedModule> self_weighted_modules() {
  return {token_module("self-weighted", "a mean of similarities that weighs each by itself (TS2-Net)",
                       [](const AlignmentSizes&) { return mgan::SelfWeightedMean{}; })};
}

}  // namespace program
