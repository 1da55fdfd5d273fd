// Rows of stored tensors, in single precision. Plain loops on the calling thread: batches are made by the workers of a
// loader, and LibTorch's copies would open a pool of threads in each of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "mgan/core/error.hpp"
#include "mgan/io/dtype.hpp"
#include "mgan/io/mapped_file.hpp"

namespace mgan::sources::detail {

/// Rows first .. first + count - 1 of a contiguous tensor (n, ...), where they lie.
inline std::span<const std::byte> stored_rows(const at::Tensor& all, std::int64_t first, std::int64_t count) {
  require(all.is_contiguous() && first >= 0 && count >= 0 && first + count <= all.size(0), "stored_rows: rows ", first,
          " to ", first + count, " of ", all.size(0));
  const std::size_t row = all.size(0) == 0 ? 0 : all.nbytes() / static_cast<std::size_t>(all.size(0));
  return {static_cast<const std::byte*>(all.const_data_ptr()) + static_cast<std::size_t>(first) * row,
          static_cast<std::size_t>(count) * row};
}

/// Asks for rows that are about to be copied (mapped_file.hpp).
inline void will_need(const at::Tensor& all, std::int64_t first, std::int64_t count) {
  io::will_need(stored_rows(all, first, count));
}

/// The rows as numbers, from fp32, fp16 or bf16, to `to`; returns what is behind them.
inline float* copy_rows(const at::Tensor& all, std::int64_t first, std::int64_t count, float* to) {
  const std::span<const std::byte> bytes = stored_rows(all, first, count);
  const auto widen = [&](auto number) {
    const auto* from = reinterpret_cast<const std::uint16_t*>(bytes.data());  // aligned: a tensor's
    return std::transform(from, from + bytes.size() / 2, to, number);
  };
  if (bytes.empty()) return to;
  if (all.scalar_type() == at::kHalf) return widen([](std::uint16_t bits) { return io::from_float16(bits); });
  if (all.scalar_type() == at::kBFloat16) return widen([](std::uint16_t bits) { return io::from_bfloat16(bits); });
  require(all.scalar_type() == at::kFloat, "copy_rows: features are ", at::toString(all.scalar_type()),
          ", expected fp32, fp16 or bf16");
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size() / sizeof(float);
}

}  // namespace mgan::sources::detail
