#include "verify/parts.hpp"

#include "mgan/testing/torch/side.hpp"

namespace verify {

template bool run_parts(mgan::testing::TorchSide&);

}  // namespace verify
