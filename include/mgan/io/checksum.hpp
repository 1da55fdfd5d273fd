// 64 bits that tell whether bytes are still the same. Against damage, not against malice.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace mgan::io {

/// Four chains of multiplications side by side: several gigabytes a second. Every byte and the length count.
inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15, other = 0xd6e8feb86659fd93;
  std::uint64_t chain[4] = {odd, other, ~odd, ~other};
  const auto absorb = [&chain](const std::byte* block) {
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint64_t word;
      std::memcpy(&word, block + 8 * i, 8);
      chain[i] = std::rotl(chain[i] + word * other, 31) * odd;
    }
  };
  const std::size_t whole = bytes.size() / 32 * 32;
  for (std::size_t at = 0; at < whole; at += 32) absorb(bytes.data() + at);
  std::byte rest[32] = {};
  if (whole < bytes.size()) std::memcpy(rest, bytes.data() + whole, bytes.size() - whole);
  absorb(rest);
  std::uint64_t sum = bytes.size();
  for (const std::uint64_t c : chain) {
    sum = (sum ^ c) * other;
    sum ^= sum >> 32;
  }
  return sum;
}

/// As 16 hexadecimal digits.
inline std::string checksum_text(std::uint64_t sum) {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; sum >>= 4) text[i] = "0123456789abcdef"[sum & 15];
  return text;
}

}  // namespace mgan::io
