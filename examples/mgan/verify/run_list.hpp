// The definitions behind lists.hpp, for the units that instantiate them.
#pragma once

#include "mgan/zoo/run.hpp"

namespace verify {

template <class Rows, class Side>
bool run_list(Side& side) {
  return mgan::zoo::run_rows<Rows>(side);
}

}  // namespace verify
