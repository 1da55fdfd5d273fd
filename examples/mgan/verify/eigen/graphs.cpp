#include "mgan/zoo/graphs.hpp"

#include "mgan/testing/eigen/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::GraphRows>(mgan::testing::EigenSide<double>&);
template bool run_list<mgan::zoo::GraphRows>(mgan::testing::EigenSide<float>&);

}  // namespace verify
