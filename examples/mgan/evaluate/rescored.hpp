// A split scored in low precision, its best pairs scored again in fp32.
#pragma once

#include "mgan/kernels/cpu/score/rescore.hpp"
#include "model/scoring.hpp"

namespace program {

struct RescoredSplit {
  ScoredSplit split;  // patch scores in fp32 for the listed pairs
  std::int64_t pairs = 0;
  mgan::kernels::Certain certain;  // queries whose first ten, by all granularities, are proven
};
/// The first ten of every row and column, of all granularities together and of each row of the post-hoc table, are
/// fp32's, as far as `top` a row and column and the errors seen allow (kernels::rescore_first).
RescoredSplit rescored_split(const Model& model, const Samples& samples, std::int64_t limit, std::int64_t top);

}  // namespace program
