// Image states of any module as named tensors of a file, and back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mgan/backend/torch/named_tensors.hpp"
#include "mgan/fused/torch/packed_patches.hpp"
#include "model/model.hpp"

namespace program::search {

/// Tensors of several batches of one granularity, in the order in which the state's map visits them; joined, they are
/// those of all images. Axes behind the first may differ between batches (regions of ragged images): zeros fill up.
class StateTensors {
 public:
  void append(const AnyState& state);
  std::vector<at::Tensor> joined() const;

 private:
  std::vector<std::vector<at::Tensor>> batches_;  // tensor of the state, batch
};

/// What one shard holds of I images. A granularity that is left out is empty.
struct ShardStates {
  MatcherState states;         // patch is empty where they are packed
  mgan::PackedPatches packed;  // numbers undefined where they are not
  at::Tensor kept;             // (I, K) patches that the selector kept; undefined without a patch granularity
  at::Tensor boxes;            // (I, R, 4) x1 y1 x2 y2 as parts of the picture's width and height
  at::Tensor region_lengths;   // (I)
  std::int64_t images = 0;

  bool has_patches() const { return packed.numbers.defined() || !states.patch.empty(); }
};

/// "region.0", "region.1", ..., "patch.packed", ... The modules say which granularities there are and which are packed.
mgan::NamedTensors named_tensors(const Model& model, const StateTensors& region, const StateTensors& global,
                                 const StateTensors& patch);

/// What the model makes of one picture with `regions` regions: the shapes and types that stored images must have.
struct ExampleState {
  MatcherState states;
  at::Tensor kept;  // (1, K); undefined without a patch granularity
};

/// `read(name)` returns a tensor, or an undefined one where there is none; `example(regions)` says what to expect.
/// Nothing of a file is trusted: a tensor of another type or shape than the example's, an index that leads out of its
/// axis, numbers that are not finite where pages are drawn from them are an Error that names the tensor.
ShardStates restored_states(const Model& model, std::int64_t images,
                            const std::function<at::Tensor(const std::string&)>& read,
                            const std::function<ExampleState(std::int64_t regions)>& example);

}  // namespace program::search
