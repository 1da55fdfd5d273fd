#include "mgan/zoo/interactions.hpp"

#include "mgan/testing/eigen/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::InteractionRows>(mgan::testing::EigenSide<double>&);
template bool run_list<mgan::zoo::InteractionRows>(mgan::testing::EigenSide<float>&);

}  // namespace verify
