#include "stored_states.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>

#include <algorithm>

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

template <class Module>
AnyState restored(const Module& module, const std::string& granularity, std::int64_t images,
                  const std::function<at::Tensor(const std::string&)>& read) {
  if (!mgan::is_enabled(module)) return {};
  int next = 0;
  return module->restored([&] {
    const std::string name = granularity + "." + std::to_string(next++);
    at::Tensor x = read(name);
    mgan::require(x.defined() && x.dim() > 0 && x.size(0) == images, "no tensor '", name, "' of ", images, " images");
    return x;
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
                            const std::function<at::Tensor(const std::string&)>& read) {
  ShardStates shard;
  shard.images = images;
  shard.states.region = restored(model.matcher.region_alignment, "region", images, read);
  shard.states.global = restored(model.matcher.global_alignment, "global", images, read);
  if (is_packed(model)) {
    shard.packed = {read("patch.packed"), images};
    mgan::require(shard.packed.numbers.defined(), "no tensor 'patch.packed'");
    const at::Tensor& numbers = shard.packed.numbers;
    constexpr std::int64_t lanes = mgan::kernels::lanes;
    mgan::require(numbers.dim() == 4 && numbers.size(0) == (images + lanes - 1) / lanes && numbers.size(3) == lanes,
                  "tensor 'patch.packed' is ", numbers.sizes().vec(), " for ", images, " images");
  } else {
    shard.states.patch = restored(model.matcher.patch_alignment, "patch", images, read);
  }
  shard.kept = read("patch.kept");
  shard.boxes = read("boxes");
  shard.region_lengths = read("region_lengths");
  return shard;
}

}  // namespace program::search
