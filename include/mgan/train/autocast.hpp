// Products in bfloat16 within a scope: mgan::Autocast, by the name that it has among what trains.
#pragma once

#include "mgan/backend/torch/autocast.hpp"

namespace mgan::train {

using mgan::Autocast;

}  // namespace mgan::train
