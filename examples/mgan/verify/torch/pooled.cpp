#include "mgan/zoo/pooled.hpp"

#include "mgan/testing/torch/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::PooledRows>(mgan::testing::TorchSide&);

}  // namespace verify
