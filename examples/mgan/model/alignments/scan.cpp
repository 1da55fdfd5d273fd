#include "mgan/alignment/scan.hpp"

#include "erase.hpp"

namespace program {

std::vector<NamedModule> scan_modules() {
  return {token_module("scan-t2i", "words attend to regions or patches (SCAN)",
                       [](const AlignmentSizes&) { return mgan::ScanTextToImage{}; }),
          token_module("scan-i2t", "regions or patches attend to words (SCAN)",
                       [](const AlignmentSizes&) { return mgan::ScanImageToText{}; })};
}

}  // namespace program
