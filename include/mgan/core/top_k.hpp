// The k largest of n numbers, found without sorting them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace mgan {

/// Finds the k largest of rows of n numbers, float or double. The k-th largest is bracketed by halves, with the numbers
/// as integers of the same order, until k of them lie above: a few passes that count, and one that lists.
template <class S>
class TopKOfRow {
  using Key = std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>;
  static_assert(std::is_same_v<S, float> || std::is_same_v<S, double>, "TopKOfRow takes float or double");

 public:
  explicit TopKOfRow(std::int64_t n) : keys_(static_cast<std::size_t>(n)), listed_(keys_.size() + 1) {}

  /// Their indices, ascending, k of them, 0 <= k <= n. Of equal numbers the lower index is taken; 0 and -0 are equal,
  /// NaN is above infinity.
  void operator()(const S* numbers, std::int64_t k, std::int64_t* indices) {
    if (k == 0) return;
    Key below = most, above = least;  // the k-th largest is in below..above
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      keys_[i] = key(numbers[i]);
      below = std::min(below, keys_[i]);
      above = std::max(above, keys_[i]);
    }
    for (int round = 0; below != above; ++round) {
      const Key middle = between(below, above, round % 2 == 0);  // below < middle <= above
      const std::int64_t found = count(middle);
      if (found >= k) below = middle;
      else above = middle - 1;
      if (found == k) break;
    }
    std::int64_t equals = k - (below == most ? 0 : count(below + 1)), listed = 0;
    for (std::size_t i = 0; i < keys_.size(); ++i) {  // without a branch: which are chosen cannot be foretold
      const bool equal = keys_[i] == below, chosen = (keys_[i] > below) | (equal & (equals > 0));
      listed_[static_cast<std::size_t>(listed)] = static_cast<std::int64_t>(i);
      listed += chosen;
      equals -= equal;
    }
    std::copy_n(listed_.begin(), k, indices);
  }

 private:
  static constexpr Key least = std::numeric_limits<Key>::min(), most = std::numeric_limits<Key>::max();

  /// Bits of a number to an integer of the same order, and back.
  static Key ordered(Key bits) { return bits ^ ((bits >> (8 * sizeof(Key) - 1)) & most); }
  static Key key(S x) { return x != x ? most : x == 0 ? 0 : ordered(std::bit_cast<Key>(x)); }

  /// Halfway by value, which is quick where numbers are alike, or by order, which is never slow.
  static Key between(Key below, Key above, bool by_value) {
    if (by_value) {
      const Key middle = key(std::bit_cast<S>(ordered(below)) * S(0.5) + std::bit_cast<S>(ordered(above)) * S(0.5));
      if (below < middle && middle <= above) return middle;
    }
    using Distance = std::make_unsigned_t<Key>;
    const Distance apart = static_cast<Distance>(above) - static_cast<Distance>(below);
    return static_cast<Key>(static_cast<Distance>(below) + apart / 2 + apart % 2);
  }
  std::int64_t count(Key from) const {
    Key found = 0;
    for (const Key k : keys_) found += k >= from;
    return found;
  }

  std::vector<Key> keys_;
  std::vector<std::int64_t> listed_;
};

}  // namespace mgan
