#include "mgan/zoo/queries.hpp"

#include "mgan/testing/torch/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::QueryRows>(mgan::testing::TorchSide&);

}  // namespace verify
