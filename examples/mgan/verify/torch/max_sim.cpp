#include "mgan/zoo/max_sim.hpp"

#include "mgan/testing/torch/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::MaxSimRows>(mgan::testing::TorchSide&);

}  // namespace verify
