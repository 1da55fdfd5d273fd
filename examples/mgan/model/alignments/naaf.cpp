#include "mgan/alignment/naaf.hpp"

#include "erase.hpp"

namespace program {

std::vector<NamedModule> naaf_modules() {
  return {token_module("naaf", "matching words count for a pair, others against it (NAAF)",
                       [](const AlignmentSizes&) { return mgan::Naaf{}; })};
}

}  // namespace program
