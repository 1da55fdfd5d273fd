// Random numbers that are a function of counters, and the same on every platform: the standard distributions are not.
#pragma once

#include <cstdint>
#include <random>

namespace mgan {

/// A well-spread seed from a seed and two counters, e.g. (seed, epoch, batch): splitmix64 after each.
inline std::uint64_t mix(std::uint64_t seed, std::uint64_t first, std::uint64_t second = 0) {
  const auto spread = [](std::uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  };
  return spread(spread(spread(seed) ^ first) ^ second);
}

/// An unbiased draw from 0 .. n-1, n > 0.
inline std::uint64_t draw_below(std::uint64_t n, std::mt19937_64& bits) {
  const std::uint64_t rest = (0 - n) % n;  // 2^64 mod n: draws below it would favour small remainders
  std::uint64_t x = bits();
  while (x < rest) x = bits();
  return x % n;
}

}  // namespace mgan
