#include "mgan/zoo/graphs.hpp"

#include "mgan/testing/torch/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::GraphRows>(mgan::testing::TorchSide&);

}  // namespace verify
