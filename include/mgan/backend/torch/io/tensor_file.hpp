// Named LibTorch tensors in a safetensors file, bit for bit.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mgan/backend/torch/named_tensors.hpp"
#include "mgan/backend/torch/scalar_types.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/error.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/io/strict_match.hpp"

namespace mgan {

/// Errors: a stored type that LibTorch does not have, a type of LibTorch that safetensors does not have.
inline at::ScalarType scalar_type(io::DType stored) { return scalar_type_named(io::name_of(stored)); }
inline io::DType stored_type(at::ScalarType type) { return *io::dtype_named(name_of(type)); }

/// A copy on the CPU, in the stored type.
inline at::Tensor read_tensor(const io::TensorView& view) {
  auto x = at::empty(view.shape, at::TensorOptions(scalar_type(view.dtype)));
  if (!view.bytes.empty()) std::memcpy(x.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  return x;
}

/// Named tensors as they go into a file: copies on the CPU, and entries that point into them.
struct StoredTensors {
  std::vector<at::Tensor> keep;
  std::vector<io::TensorEntry> entries;
};
inline StoredTensors stored(const NamedTensors& tensors) {
  StoredTensors out;
  for (const auto& [name, tensor] : tensors) {
    const auto& x = out.keep.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    out.entries.push_back({name,
                           stored_type(x.scalar_type()),
                           shape(x),
                           {static_cast<const std::byte*>(x.const_data_ptr()), x.nbytes()}});
  }
  return out;
}

/// Writes all tensors and metadata in one atomic step. The order of `tensors` is kept: equal tensors, equal bytes.
inline void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                         const std::map<std::string, std::string>& metadata = {}) {
  io::write_safetensors(path, stored(tensors).entries, metadata);
}

/// Overwrites `targets` with the tensors of the same names. Strict: one error lists everything that is missing, that is
/// unexpected, or whose shape or type differs, and nothing is overwritten then. Names under `ignored` may be there.
inline void load_tensors(const io::SafetensorsFile& file, const std::string& where, const NamedTensors& targets,
                         const std::vector<std::string>& ignored = {}) {
  const at::NoGradGuard no_grad;
  io::StrictMatch match(file);
  std::vector<const io::TensorView*> views;
  for (const auto& [name, target] : targets) {
    const io::DType type = stored_type(target.scalar_type());
    views.push_back(match.find(name, shape(target), {&type, 1}));
  }
  match.rest([&](const std::string& name) {
    for (const std::string& prefix : ignored)
      if (name.starts_with(prefix)) return true;
    return false;
  });
  match.finish(where + " does not fit");
  for (std::size_t i = 0; i < targets.size(); ++i) at::Tensor(targets[i].second).copy_(read_tensor(*views[i]));
}

}  // namespace mgan
