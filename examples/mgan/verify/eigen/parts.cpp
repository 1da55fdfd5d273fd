#include "verify/parts.hpp"

#include "mgan/testing/eigen/side.hpp"

namespace verify {

template bool run_parts(mgan::testing::EigenSide<double>&);
template bool run_parts(mgan::testing::EigenSide<float>&);

}  // namespace verify
