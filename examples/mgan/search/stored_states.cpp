#include "stored_states.hpp"

#include <ATen/ops/all.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <span>

#include "mgan/core/error.hpp"

namespace program::search {

namespace {

/// Zeros behind every axis but the first, up to `sizes`.
at::Tensor filled_up(const at::Tensor& x, const std::vector<std::int64_t>& sizes) {
  std::vector<std::int64_t> padding;  // from the last axis on, before and behind
  for (std::size_t axis = sizes.size() - 1; axis > 0; --axis) {
    padding.push_back(0);
    padding.push_back(sizes[axis] - x.size(static_cast<std::int64_t>(axis)));
  }
  return at::constant_pad_nd(x, padding);
}

at::Tensor joined_batches(const std::vector<at::Tensor>& batches) {
  std::vector<std::int64_t> sizes = batches.front().sizes().vec();
  for (const at::Tensor& x : batches)
    for (std::size_t axis = 0; axis < sizes.size(); ++axis)
      sizes[axis] = std::max(sizes[axis], x.size(static_cast<std::int64_t>(axis)));
  std::vector<at::Tensor> parts;
  for (const at::Tensor& x : batches) parts.push_back(filled_up(x, sizes));
  return at::cat(parts, 0);
}

void add_all(mgan::NamedTensors& named, const std::string& granularity, const StateTensors& state) {
  const std::vector<at::Tensor> tensors = state.joined();
  for (std::size_t i = 0; i < tensors.size(); ++i)
    named.emplace_back(granularity + "." + std::to_string(i), tensors[i]);
}

bool is_packed(const Model& model) {
  const auto& patches = model.matcher.patch_alignment;
  return patches.enabled() && patches->is_packed();
}

std::string described(const at::Tensor& x) {
  return std::string(c10::toString(x.scalar_type())) + " " + mgan::to_string(mgan::Shape(x.sizes().vec()));
}

/// `x` as a tensor of this type and shape.
const at::Tensor& expected(const at::Tensor& x, const std::string& name, at::ScalarType type,
                           const mgan::Shape& shape) {
  if (!x.defined()) mgan::fail("no tensor '", name, "'");
  if (x.scalar_type() != type || x.sizes() != at::IntArrayRef(shape)) {
    mgan::fail("tensor '", name, "' is ", described(x), ", expected ", c10::toString(type), " ", shape);
  }
  return x;
}

/// Throws unless all numbers of an integer tensor are in low .. high.
void check_range(const at::Tensor& x, const std::string& name, std::int64_t low, std::int64_t high) {
  const at::Tensor whole = x.contiguous();
  const std::span<const std::int64_t> numbers(whole.const_data_ptr<std::int64_t>(),
                                              static_cast<std::size_t>(whole.numel()));
  for (const std::int64_t n : numbers)
    if (n < low || n > high) mgan::fail("tensor '", name, "' has ", n, ", expected ", low, " to ", high);
}

template <class Module>
AnyState restored(const Module& module, const std::string& granularity, std::int64_t images, const AnyState& example,
                  const std::function<at::Tensor(const std::string&)>& read) {
  if (!mgan::is_enabled(module)) return {};
  std::vector<at::Tensor> one;  // of an image
  example.map([&](const at::Tensor& x) { return one.emplace_back(x); });
  std::size_t next = 0;
  return module->restored([&] {
    const std::string name = granularity + "." + std::to_string(next);
    mgan::Shape shape = one.at(next).sizes().vec();
    shape.at(0) = images;
    const at::ScalarType type = one[next++].scalar_type();
    return expected(read(name), name, type, shape);
  });
}

}  // namespace

void StateTensors::append(const AnyState& state) {
  std::size_t next = 0;
  state.map([&](const at::Tensor& x) {
    if (next == batches_.size()) batches_.emplace_back();
    batches_[next++].push_back(x.detach().to(at::kCPU));
    return x;
  });
}

std::vector<at::Tensor> StateTensors::joined() const {
  std::vector<at::Tensor> all;
  for (const auto& batches : batches_) all.push_back(joined_batches(batches));
  return all;
}

mgan::NamedTensors named_tensors(const Model& model, const StateTensors& region, const StateTensors& global,
                                 const StateTensors& patch) {
  mgan::NamedTensors named;
  add_all(named, "region", region);
  add_all(named, "global", global);
  if (is_packed(model)) named.emplace_back("patch.packed", mgan::pack_patches(patch.joined().at(0)).numbers);
  else add_all(named, "patch", patch);
  return named;
}

ShardStates restored_states(const Model& model, std::int64_t images,
                            const std::function<at::Tensor(const std::string&)>& read,
                            const std::function<ExampleState(std::int64_t regions)>& example) {
  ShardStates shard;
  shard.images = images;
  shard.boxes = read("boxes");
  mgan::require(shard.boxes.defined() && shard.boxes.dim() == 3 && shard.boxes.size(1) > 0, "no tensor 'boxes' of ",
                images, " images and their regions");
  const std::int64_t regions = shard.boxes.size(1), grid = model.config.image_size / model.config.patch_size;
  expected(shard.boxes, "boxes", at::kFloat, {images, regions, 4});
  mgan::require(at::isfinite(shard.boxes).all().item<bool>(), "tensor 'boxes' has numbers that are not finite");
  shard.region_lengths = expected(read("region_lengths"), "region_lengths", at::kLong, {images});
  check_range(shard.region_lengths, "region_lengths", 1, regions);

  const ExampleState one = example(regions);
  shard.states.region = restored(model.matcher.region_alignment, "region", images, one.states.region, read);
  shard.states.global = restored(model.matcher.global_alignment, "global", images, one.states.global, read);
  if (is_packed(model)) {
    const at::Tensor patches = one.states.patch.first_tensor();  // (1, K, D)
    constexpr std::int64_t lanes = mgan::kernels::lanes;
    shard.packed = {expected(read("patch.packed"), "patch.packed", at::kFloat,
                             {(images + lanes - 1) / lanes, patches.size(1), patches.size(2), lanes}),
                    images};
  } else {
    shard.states.patch = restored(model.matcher.patch_alignment, "patch", images, one.states.patch, read);
  }
  if (one.kept.defined()) {
    shard.kept = expected(read("patch.kept"), "patch.kept", at::kLong, {images, one.kept.size(1)});
    check_range(shard.kept, "patch.kept", 0, grid * grid - 1);
  }
  return shard;
}

}  // namespace program::search
