// From what is known of C to certified intervals of a score of maxima: the maxima of the bounds of C, pooled.
#pragma once

#include "mgan/kernels/cpu/epilogue/maxima/error.hpp"

namespace mgan::kernels {

/// The bounds of MaximaEpilogue, for captions of any length.
struct MaximaBounds {
  static constexpr bool has_center = false;
  MaximaEpilogue epilogue;
  double size = 1;

  MaximaBounds(const MaximaEpilogue& e, std::int64_t, std::int64_t, double largest) : epilogue(e), size(largest) {}

  double convex_rounding(std::int64_t K, std::int64_t n) const {
    const double words = epilogue.mean ? 1 : static_cast<double>(n), rows = epilogue.mean ? 1 : static_cast<double>(K);
    return static_cast<double>(K + n + 16) * 2 * unit_roundoff * size *
           (static_cast<double>(std::abs(epilogue.factor_words)) * words +
            static_cast<double>(std::abs(epilogue.factor_rows)) * rows);
  }
  /// How much an error of every entry of C counts.
  double gain(std::int64_t K, std::int64_t n) const {
    return (epilogue.mean ? 1 : static_cast<double>(n)) * static_cast<double>(epilogue.factor_words) +
           (epilogue.mean ? 1 : static_cast<double>(K)) * static_cast<double>(epilogue.factor_rows);
  }
  template <int W>
  [[gnu::always_inline]] void interval(const float* c, const float* rest_rows, const float* rest_words,
                                       std::int64_t padded, std::int64_t K, std::int64_t n, float& least,
                                       float& most) const {
    float words_low = 0, words_high = 0, rows_low = 0, rows_high = 0;
    for (std::int64_t l = 0; l < n; ++l) {
      float low = -1e30f, high = -1e30f;
      for (std::int64_t k = 0; k < K; ++k) {
        const float off = rest_rows[k] * rest_words[l], v = c[l * padded + k];
        low = v - off > low ? v - off : low;
        high = v + off > high ? v + off : high;
      }
      words_low += low;
      words_high += high;
    }
    for (std::int64_t k = 0; k < K && epilogue.factor_rows != 0; ++k) {
      float low = -1e30f, high = -1e30f;
      for (std::int64_t l = 0; l < n; ++l) {
        const float off = rest_rows[k] * rest_words[l], v = c[l * padded + k];
        low = v - off > low ? v - off : low;
        high = v + off > high ? v + off : high;
      }
      rows_low += low;
      rows_high += high;
    }
    const float a = epilogue.mean ? epilogue.factor_words / static_cast<float>(n) : epilogue.factor_words;
    const float b = epilogue.mean ? epilogue.factor_rows / static_cast<float>(K) : epilogue.factor_rows;
    least = words_low * a + rows_low * b;
    most = words_high * a + rows_high * b;
  }
};

inline MaximaBounds bounds_of(const MaximaEpilogue& e, std::int64_t K, std::int64_t longest, double size) {
  return {e, K, longest, size};
}

}  // namespace mgan::kernels
