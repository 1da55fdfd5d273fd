// Named LibTorch tensors in a safetensors file, bit for bit.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/error.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/train/parameters.hpp"

namespace mgan::train {

inline constexpr std::pair<io::DType, at::ScalarType> stored_types[] = {
    {io::DType::F64, at::kDouble},    {io::DType::F32, at::kFloat}, {io::DType::F16, at::kHalf},
    {io::DType::BF16, at::kBFloat16}, {io::DType::I64, at::kLong},  {io::DType::I32, at::kInt},
    {io::DType::I16, at::kShort},     {io::DType::I8, at::kChar},   {io::DType::U8, at::kByte},
    {io::DType::BOOL, at::kBool}};

inline at::ScalarType scalar_type(io::DType stored) {
  for (const auto& [dtype, type] : stored_types) {
    if (dtype == stored) return type;
  }
  fail("no tensor type for ", io::name_of(stored));
}

inline io::DType stored_type(at::ScalarType wanted) {
  for (const auto& [dtype, type] : stored_types) {
    if (type == wanted) return dtype;
  }
  fail("a tensor of type ", c10::toString(wanted), " cannot be stored");
}

/// A copy on the CPU, in the stored type.
inline at::Tensor read_tensor(const io::TensorView& view) {
  auto x = at::empty(view.shape, at::TensorOptions(scalar_type(view.dtype)));
  if (!view.bytes.empty()) std::memcpy(x.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  return x;
}

/// Writes all tensors and metadata in one atomic step. The file is alphabetical: equal tensors, equal bytes.
inline void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                         const std::map<std::string, std::string>& metadata = {}) {
  std::vector<at::Tensor> keep;  // the entries point into these
  std::vector<io::TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    const auto& x = keep.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    entries.push_back({name,
                       stored_type(x.scalar_type()),
                       shape(x),
                       {static_cast<const std::byte*>(x.const_data_ptr()), x.nbytes()}});
  }
  io::write_safetensors(path, std::move(entries), metadata);
}

/// Overwrites `targets` with the tensors of the same names. Strict: one error lists everything that is missing, that is
/// unexpected, or whose shape or type differs, and nothing is overwritten then. Names under `ignored` may be there.
inline void load_tensors(const io::SafetensorsFile& file, const std::string& where, const NamedTensors& targets,
                         const std::vector<std::string>& ignored = {}) {
  const at::NoGradGuard no_grad;
  std::string problems;
  std::set<std::string> wanted;
  for (const auto& [name, target] : targets) {
    wanted.insert(name);
    if (!file.contains(name)) {
      problems += "\n  missing: " + name;
      continue;
    }
    const io::TensorView& view = file.at(name);
    if (view.shape != shape(target) || view.dtype != stored_type(target.scalar_type())) {
      problems += "\n  " + name + " is " + std::string(io::name_of(view.dtype)) + " " + to_string(view.shape) +
                  ", expected " + std::string(io::name_of(stored_type(target.scalar_type()))) + " " +
                  to_string(shape(target));
    }
  }
  for (const std::string& name : file.names()) {
    bool known = wanted.count(name) > 0;
    for (const std::string& prefix : ignored) known = known || name.compare(0, prefix.size(), prefix) == 0;
    if (!known) problems += "\n  unexpected: " + name;
  }
  require(problems.empty(), where, " does not fit:", problems);
  for (const auto& [name, target] : targets) at::Tensor(target).copy_(read_tensor(file.at(name)));
}

}  // namespace mgan::train
