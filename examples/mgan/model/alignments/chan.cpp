#include "erase.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"

namespace program {

std::vector<NamedModule> chan_modules() {
  return {token_module("chan-vha", "every word's best region or patch, log-sum-exp (CHAN VHA)",
                       [](const AlignmentSizes&) { return mgan::ChanVha<>{}; }),
          token_module("chan-tha", "every region's or patch's best word, log-sum-exp (CHAN THA)",
                       [](const AlignmentSizes&) { return mgan::ChanTha<>{}; }),
          token_module("chan-vsa", "every region or patch attends to the words, log-sum-exp (CHAN VSA)",
                       [](const AlignmentSizes&) { return mgan::VisualSemanticAttention<>{}; })};
}

}  // namespace program
