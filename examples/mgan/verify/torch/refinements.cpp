#include "verify/refinements.hpp"

#include "mgan/testing/torch/side.hpp"

namespace verify {

template bool run_refinements(mgan::testing::TorchSide&);

}  // namespace verify
