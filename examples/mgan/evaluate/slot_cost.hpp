// What scoring all pairs costs one module of the matcher.
#pragma once

#include "model/model.hpp"

namespace program {

struct SlotCost {
  double microseconds = 0;  // a pair, median of three sweeps, forward, prepared sides given
  double megabytes = 0;     // that the process grew by at its peak while it scored
};

/// The patch slot, or the region slot, on the first images and captions of a split (100 x 500 where there are as many).
SlotCost measure_slot(const Model& model, const Samples& samples, bool patch_slot);

}  // namespace program
