// The weights of any functor or composition as one safetensors file, on every backend: a model trained with LibTorch is
// checked in double with Eigen.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "mgan/core/host.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/io/strict_match.hpp"

namespace mgan {

namespace detail {

/// The bits of a number that a type of `fraction` and `exponent` bits can hold exactly: F16 (10, 5), BF16 (7, 8).
inline std::uint16_t half_bits(double value, int fraction, int exponent) {
  const std::uint16_t sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const int bias = (1 << (exponent - 1)) - 1;
  const auto top = static_cast<std::uint16_t>(((1 << exponent) - 1) << fraction);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | top | (1 << (fraction - 1)));
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | top);
  if (value == 0) return sign;
  const int e = std::max(std::ilogb(value), 1 - bias);  // subnormal below
  const auto scaled = static_cast<int>(std::ldexp(std::abs(value), fraction - e));
  const int biased = scaled >> fraction ? e + bias : 0;
  return static_cast<std::uint16_t>(sign | (biased << fraction) | (scaled & ((1 << fraction) - 1)));
}

/// The array in the type it came from.
inline std::vector<std::byte> bytes_of(const HostArray& host, io::DType dtype) {
  std::vector<std::byte> bytes(host.values.size() * io::size_of(dtype));
  for (std::size_t i = 0; i < host.values.size(); ++i) {
    const double x = host.values[i];
    const auto put = [&](auto stored) { std::memcpy(bytes.data() + i * sizeof stored, &stored, sizeof stored); };
    switch (dtype) {
      case io::DType::F64:
        put(x);
        break;
      case io::DType::F32:
        put(static_cast<float>(x));
        break;
      case io::DType::F16:
        put(half_bits(x, 10, 5));
        break;
      case io::DType::BF16:
        put(half_bits(x, 7, 8));
        break;
      case io::DType::I32:
        put(static_cast<std::int32_t>(x));
        break;
      case io::DType::I16:
        put(static_cast<std::int16_t>(x));
        break;
      case io::DType::I8:
        put(static_cast<std::int8_t>(x));
        break;
      case io::DType::U8:
      case io::DType::BOOL:
        put(static_cast<std::uint8_t>(x));
        break;
      default:
        put(static_cast<std::int64_t>(x));
    }
  }
  return bytes;
}

}  // namespace detail

/// Writes every weight and every running statistic of `m` under its visited name, in its own scalar type; one atomic
/// step.
template <class M>
void save(const M& m, const std::filesystem::path& path, const std::map<std::string, std::string>& metadata = {}) {
  std::vector<std::vector<std::byte>> storage;
  std::vector<io::TensorEntry> entries;
  visit_tensors(m, [&](const std::string& name, const auto& weight) {
    const HostArray host = to_host(weight);
    const auto dtype = io::dtype_named(host.dtype);
    require(dtype.has_value(), path.string(), ": weight '", name, "' has the type ", host.dtype);
    storage.push_back(detail::bytes_of(host, *dtype));
    entries.push_back({name, *dtype, host.shape, {}});
  });
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].bytes = storage[i];
  io::write_safetensors(path, std::move(entries), metadata);
}

/// Overwrites every weight and running statistic of `m`, which has the right shapes already; numbers are converted to
/// its scalar type. Strict: one error lists what is missing, unexpected, misshaped or not of a floating type, and
/// nothing is overwritten then.
template <class M>
void load(M& m, const std::filesystem::path& path) {
  const io::SafetensorsFile file(path);
  io::StrictMatch match(file);
  std::map<std::string, const io::TensorView*> views;
  visit_tensors(m, [&](const std::string& name, const auto& weight) {
    views[name] = match.find(name, ops_for<decltype(weight)>::shape(weight), io::floating_types);
  });
  match.rest([](const std::string&) { return false; });
  match.finish(path.string() + " does not fit");
  visit_tensors(m, [&](const std::string& name, auto& weight) {
    assign(weight, HostArray{views.at(name)->shape, io::read_values<double>(*views.at(name))});
  });
}

}  // namespace mgan
