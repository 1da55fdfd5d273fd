// Element types of stored tensors, and their conversion to numbers.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"

namespace mgan::io {

static_assert(std::endian::native == std::endian::little, "stored tensors are little-endian and read in place");

/// The names that safetensors gives them. Those behind U64 are carried as bytes: nothing here computes with them.
enum class DType {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  U8,
  BOOL,
  U16,
  U32,
  U64,
  F8_E4M3,
  F8_E5M2,
  F8_E8M0,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  C64
};

inline constexpr std::array<std::pair<std::string_view, std::size_t>, 19> dtype_table{{{"F64", 8},
                                                                                       {"F32", 4},
                                                                                       {"F16", 2},
                                                                                       {"BF16", 2},
                                                                                       {"I64", 8},
                                                                                       {"I32", 4},
                                                                                       {"I16", 2},
                                                                                       {"I8", 1},
                                                                                       {"U8", 1},
                                                                                       {"BOOL", 1},
                                                                                       {"U16", 2},
                                                                                       {"U32", 4},
                                                                                       {"U64", 8},
                                                                                       {"F8_E4M3", 1},
                                                                                       {"F8_E5M2", 1},
                                                                                       {"F8_E8M0", 1},
                                                                                       {"F8_E4M3FNUZ", 1},
                                                                                       {"F8_E5M2FNUZ", 1},
                                                                                       {"C64", 8}}};

constexpr std::string_view name_of(DType dtype) {
  const auto place = static_cast<std::size_t>(dtype);
  return place < dtype_table.size() ? dtype_table[place].first : "unknown";  // spares g++ 12 a false -Warray-bounds
}
/// Bytes an element.
constexpr std::size_t size_of(DType dtype) { return dtype_table[static_cast<std::size_t>(dtype)].second; }

constexpr std::optional<DType> dtype_named(std::string_view name) {
  for (std::size_t i = 0; i < dtype_table.size(); ++i) {
    if (dtype_table[i].first == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

/// IEEE 754 binary16: sign 1, exponent 5 (bias 15), fraction 10. Bits alone, so that loops over it are vectorised:
/// the exponent moves to binary32's bias of 127; without one, 0.5 + fraction 2^-24 is exact, and so is the difference.
constexpr float from_float16(std::uint16_t bits) {
  const std::uint32_t magnitude = (bits & 0x7fffu) << 13, sign = (bits & 0x8000u) << 16;
  const std::uint32_t normal = magnitude + (magnitude < 0x0f800000u ? 112u << 23 : 224u << 23);  // or infinite, NaN
  const float subnormal = std::bit_cast<float>(0x3f000000u | (bits & 0x3ffu)) - 0.5f;
  const std::uint32_t value = magnitude < 0x00800000u ? std::bit_cast<std::uint32_t>(subnormal) : normal;
  return std::bit_cast<float>(value | sign);
}
/// bfloat16: the upper half of a binary32.
inline float from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// A tensor that lives elsewhere (a mapped file): row-major elements, not necessarily aligned.
/// `where` names file and tensor in error messages.
struct TensorView {
  DType dtype{};
  Shape shape;
  std::span<const std::byte> bytes;
  std::string where;
};

namespace detail {
template <class Stored, class Out, class Convert>
std::vector<Out> convert(std::span<const std::byte> bytes, Convert&& f) {
  std::vector<Out> out(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = static_cast<Out>(f(stored));
  }
  return out;
}
}  // namespace detail

/// The elements of a tensor of any floating type, as S; error for integers and booleans.
template <std::floating_point S>
std::vector<S> read_values(const TensorView& view) {
  constexpr auto same = [](auto x) { return x; };
  switch (view.dtype) {
    case DType::F64:
      return detail::convert<double, S>(view.bytes, same);
    case DType::F32:
      return detail::convert<float, S>(view.bytes, same);
    case DType::F16:
      return detail::convert<std::uint16_t, S>(view.bytes, from_float16);
    case DType::BF16:
      return detail::convert<std::uint16_t, S>(view.bytes, from_bfloat16);
    default:
      fail(view.where, ": is ", name_of(view.dtype), ", expected a floating type (F64, F32, F16, BF16)");
  }
}

/// The elements of a tensor of any integer type or of booleans (0 and 1); error for floating types.
inline std::vector<std::int64_t> read_integers(const TensorView& view) {
  constexpr auto same = [](auto x) { return x; };
  switch (view.dtype) {
    case DType::I64:
      return detail::convert<std::int64_t, std::int64_t>(view.bytes, same);
    case DType::I32:
      return detail::convert<std::int32_t, std::int64_t>(view.bytes, same);
    case DType::I16:
      return detail::convert<std::int16_t, std::int64_t>(view.bytes, same);
    case DType::I8:
      return detail::convert<std::int8_t, std::int64_t>(view.bytes, same);
    case DType::U8:
      return detail::convert<std::uint8_t, std::int64_t>(view.bytes, same);
    case DType::U16:
      return detail::convert<std::uint16_t, std::int64_t>(view.bytes, same);
    case DType::U32:
      return detail::convert<std::uint32_t, std::int64_t>(view.bytes, same);
    case DType::U64:
      return detail::convert<std::uint64_t, std::int64_t>(view.bytes, [&](std::uint64_t x) {
        require(x <= std::numeric_limits<std::int64_t>::max(), view.where, ": ", x,
                " does not fit into 64 bits with a sign");
        return x;
      });
    case DType::BOOL:
      return detail::convert<std::uint8_t, std::int64_t>(view.bytes, [&](std::uint8_t x) {
        require(x <= 1, view.where, ": a boolean is stored as ", x, ", expected 0 or 1");
        return x;
      });
    default:
      fail(view.where, ": is ", name_of(view.dtype), ", expected an integer type");
  }
}

}  // namespace mgan::io
