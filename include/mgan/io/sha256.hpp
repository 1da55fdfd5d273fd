// SHA-256 (FIPS 180-4): names the contents of a file, and agrees with `sha256sum`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "mgan/io/mapped_file.hpp"
#include "mgan/io/sha256_blocks.hpp"

namespace mgan::io {

/// Bytes in any number of pieces -> 64 hexadecimal digits.
class Sha256 {
 public:
  Sha256& add(std::span<const std::byte> bytes) {
    length_ += bytes.size();
    while (!bytes.empty()) {
      if (filled_ == 0 && bytes.size() >= block_.size()) {
        const std::size_t blocks = bytes.size() / block_.size();
        detail::mix_blocks(state_, bytes.data(), blocks);
        bytes = bytes.subspan(blocks * block_.size());
        continue;
      }
      const std::size_t n = std::min(bytes.size(), block_.size() - filled_);
      std::memcpy(block_.data() + filled_, bytes.data(), n);
      bytes = bytes.subspan(n);
      filled_ += n;
      if (filled_ == block_.size()) {
        detail::mix_blocks(state_, block_.data(), 1);
        filled_ = 0;
      }
    }
    return *this;
  }
  Sha256& add(std::string_view text) { return add(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Closes the message: call it once, last.
  std::string hex() {
    const std::uint64_t bits = 8 * length_;
    static constexpr std::array<std::byte, 64> padding{std::byte{0x80}};
    add(std::span(padding).first(1 + (119 - filled_) % 64));
    std::array<std::byte, 8> big_endian;
    for (std::size_t i = 0; i < 8; ++i) big_endian[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
    add(big_endian);
    std::string text;
    for (const std::uint32_t word : state_)
      for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(word >> shift) & 15];
    return text;
  }

 private:
  // The first 32 bits of the fractional parts of the square roots of the first 8 primes.
  detail::Sha256State state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_;
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;  // bytes
};

/// Of a whole file.
inline std::string sha256_of_file(const std::filesystem::path& path) {
  return Sha256{}.add(MappedFile(path).bytes()).hex();
}

}  // namespace mgan::io
