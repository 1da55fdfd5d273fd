#include "front.hpp"

#include <ATen/ops/cat.h>

#include "mgan/core/error.hpp"
#include "mgan/encoders/region_features.hpp"
#include "mgan/train/autocast.hpp"

namespace program {

namespace {

/// The kind of inputs that a front takes.
template <class Wanted, class Batch>
const Wanted& inputs_of(const Batch& batch, const char* front, const char* given) {
  const auto* inputs = std::get_if<Wanted>(&batch.inputs);
  mgan::require(inputs, front, ", but the batch has ", given);
  return *inputs;
}

}  // namespace

ImageInputs PixelFront::operator()(const ImageBatch& images) const {
  const auto& given = inputs_of<Pixels>(images, "the model takes pictures", "region features");
  at::Tensor tokens;
  {
    const mgan::train::Autocast half(images.boxes.device().type(), bf16);
    tokens = vision(given.pictures).to(at::kFloat);  // (I, 1+M, d_p)
  }
  if (!pooled) return {given.region_pixels, tokens};  // (I, R, 192)
  const std::int64_t grid = vision.config.grid();
  return {mgan::encoders::RegionFeatures{grid, grid}(tokens, images.boxes, images.image_sizes,
                                                     images.region_lengths),  // (I, R, d_p)
          tokens};
}

ImageInputs FeatureFront::operator()(const ImageBatch& images) const {
  const auto& given = inputs_of<Features>(images, "the model takes features", "pictures");
  if (!given.tokens.defined()) return {regions(given.regions), {}};
  const auto first = cls(given.tokens.narrow(1, 0, 1));                            // (I, 1, d_p)
  const auto rest = patches(given.tokens.narrow(1, 1, given.tokens.size(1) - 1));  // (I, M, d_p)
  return {regions(given.regions), at::cat({first, rest}, 1)};                      // (I, R, d_r), (I, 1+M, d_p)
}

at::Tensor IdFront::operator()(const CaptionBatch& captions) const {
  const auto& given = inputs_of<WordIds>(captions, "the model takes ids of words", "states");
  const mgan::train::Autocast half(captions.lengths.device().type(), bf16);
  return language(given.ids, captions.lengths).to(at::kFloat);  // (T, n, d_w)
}

at::Tensor StateFront::operator()(const CaptionBatch& captions) const {
  at::Tensor states = inputs_of<WordStates>(captions, "the model takes states of words", "ids").states;  // (T, n, d_w)
  {
    const mgan::train::Autocast half(captions.lengths.device().type(), bf16);
    for (const auto& layer : tuned) states = mgan::encoders::with_mask(layer, states, captions.lengths);
    states = states.to(at::kFloat);
  }
  return words(states);
}

}  // namespace program
