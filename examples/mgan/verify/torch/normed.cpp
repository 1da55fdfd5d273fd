#include "mgan/zoo/normed.hpp"

#include "mgan/testing/torch/side.hpp"
#include "verify/run_list.hpp"

namespace verify {

template bool run_list<mgan::zoo::NormedRows>(mgan::testing::TorchSide&);

}  // namespace verify
