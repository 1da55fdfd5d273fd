#include "erase.hpp"
#include "mgan/alignment/plain_aggregation.hpp"

namespace program {

std::vector<NamedModule> plain_modules() {
  return {patch_module("plain", "mean of maxima in both directions, the ablation's standard aggregation",
                       [](const AlignmentSizes&) { return mgan::PlainAggregation{}; })};
}

}  // namespace program
