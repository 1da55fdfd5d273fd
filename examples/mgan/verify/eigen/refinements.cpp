#include "verify/refinements.hpp"

#include "mgan/testing/eigen/side.hpp"

namespace verify {

template bool run_refinements(mgan::testing::EigenSide<double>&);
template bool run_refinements(mgan::testing::EigenSide<float>&);

}  // namespace verify
