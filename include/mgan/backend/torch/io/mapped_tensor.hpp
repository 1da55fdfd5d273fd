// Tensors of a safetensors file.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/io/safetensors.hpp"

namespace mgan {

/// A tensor whose numbers are the file's own bytes: nothing is copied, pages are read when touched, and the file stays
/// mapped as long as the tensor or a view of it lives. To be read alone: writing into it ends the process. Bytes that
/// are not aligned to their type are copied.
inline at::Tensor mapped_tensor(const std::shared_ptr<const io::SafetensorsFile>& file, const std::string& name) {
  const io::TensorView& view = file->at(name);
  const auto address = reinterpret_cast<std::uintptr_t>(view.bytes.data());
  if (view.bytes.empty() || address % io::size_of(view.dtype) != 0) return read_tensor(view);
  return at::from_blob(
      const_cast<std::byte*>(view.bytes.data()), view.shape, [file](void*) {},
      at::TensorOptions(scalar_type(view.dtype)));
}

}  // namespace mgan
