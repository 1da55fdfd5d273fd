#include "mgan/alignment/max_sim.hpp"

#include "erase.hpp"

namespace program {

std::vector<NamedModule> max_sim_modules() {
  return {token_module("colbert", "every word's best region or patch, summed (ColBERT)",
                       [](const AlignmentSizes&) { return mgan::ColBert{}; }),
          token_module("filip", "mean of the best of both sides (FILIP, TI)",
                       [](const AlignmentSizes&) { return mgan::Filip{}; }),
          token_module("teran", "every word's largest raw product, summed (TERAN MrSw)",
                       [](const AlignmentSizes&) { return mgan::TeranMrSw{}; }),
          token_module("laps", "sum of both means of a leaky cosine's maxima (LAPS)",
                       [](const AlignmentSizes&) { return mgan::LapsMaxMean{}; })};
}

}  // namespace program
