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
  explicit TopKOfRow(std::int64_t n) : keys_(static_cast<std::size_t>(n)) {}

  /// Their indices, ascending, k of them, 0 <= k <= n. Of equal numbers the lower index is taken; 0 and -0 are equal,
  /// NaN is above infinity.
  void operator()(const S* numbers, std::int64_t k, std::int64_t* indices) {
    if (k == 0) return;
    std::transform(numbers, numbers + keys_.size(), keys_.begin(), key);
    const auto [least, most] = std::minmax_element(keys_.begin(), keys_.end());
    Key below = *least, above = *most;  // the k-th largest is in below..above
    while (below != above) {
      const Key middle = between(below, above);  // below < middle <= above
      const std::int64_t found = count(middle);
      if (found >= k) below = middle;
      else above = middle - 1;
      if (found == k) break;
    }
    std::int64_t equals = k - (below == std::numeric_limits<Key>::max() ? 0 : count(below + 1));
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] > below || (keys_[i] == below && equals-- > 0)) *indices++ = static_cast<std::int64_t>(i);
  }

 private:
  static Key key(S x) {
    const Key bits = std::bit_cast<Key>(x),
              ordered = bits ^ ((bits >> (8 * sizeof(Key) - 1)) & std::numeric_limits<Key>::max());
    return x != x ? std::numeric_limits<Key>::max() : x == 0 ? 0 : ordered;
  }
  static Key between(Key below, Key above) {
    using Distance = std::make_unsigned_t<Key>;
    const Distance apart = static_cast<Distance>(above) - static_cast<Distance>(below);
    return static_cast<Key>(static_cast<Distance>(below) + apart / 2 + apart % 2);
  }
  std::int64_t count(Key least) const {
    Key found = 0;
    for (const Key k : keys_) found += k >= least;
    return found;
  }

  std::vector<Key> keys_;
};

}  // namespace mgan
