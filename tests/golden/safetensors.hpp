// Writes one conformance file: eight bytes of header length, the header as JSON, the numbers, little-endian.
#pragma once

#include <bit>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/array.hpp"

namespace golden {

static_assert(std::endian::native == std::endian::little);

/// Tensors in the order of the file.
using Named = std::vector<std::pair<std::string, reference::Array>>;

inline std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// `metadata` are strings; tensors that `is_integer(name)` are I64, the others F64.
template <class IsInteger>
void write_safetensors(const std::string& path, const std::vector<std::pair<std::string, std::string>>& metadata,
                       const Named& tensors, IsInteger&& is_integer) {
  std::string header = "{\"__metadata__\":{", data;
  for (std::size_t i = 0; i < metadata.size(); ++i) {
    header += (i ? "," : "") + quoted(metadata[i].first) + ":" + quoted(metadata[i].second);
  }
  header += "}";
  for (const auto& [name, array] : tensors) {
    std::string shape;
    for (const auto axis : array.shape) shape += (shape.empty() ? "" : ",") + std::to_string(axis);
    const std::size_t first = data.size();
    for (const double number : array.values) {
      const auto bits = is_integer(name) ? std::bit_cast<std::uint64_t>(static_cast<std::int64_t>(number))
                                         : std::bit_cast<std::uint64_t>(number);
      data.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
    header += "," + quoted(name) + ":{\"dtype\":\"" + (is_integer(name) ? "I64" : "F64") + "\",\"shape\":[" + shape +
              "],\"data_offsets\":[" + std::to_string(first) + "," + std::to_string(data.size()) + "]}";
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');

  const std::uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header << data;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace golden
