#include "erase.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"

namespace program {

std::vector<NamedModule> weighted_token_modules() {
  return {token_module(
      "wti", "mean of maxima with learnt weights of the tokens (DRL WTI)",
      [](const AlignmentSizes& s) { return mgan::WeightedTokenInteraction<at::Tensor>::create(s.width); })};
}

}  // namespace program
