// The backward of maxima, for 16 pairs at once: all of the gradient goes to the winner, of equals to the first.
#pragma once

#include "mgan/kernels/cpu/epilogue/maxima/forward.hpp"

namespace mgan::kernels {

/// Index of the largest of `count` entries, as floats; of equals the first.
template <int W>
[[gnu::always_inline]] inline void winner_of(Floats<W>& winner, const float* x, std::int64_t step, std::int64_t count) {
  Floats<W> most, v;
  load<W>(most, x);
  winner = Floats<W>{};
  for (std::int64_t i = 1; i < count; ++i) {
    load<W>(v, x + i * step);
    winner = v > most ? Floats<W>{} + static_cast<float>(i) : winner;
    most = v > most ? v : most;
  }
}

/// The backward of MaximaEpilogue, which has no weights.
struct MaximaGradient {
  MaximaEpilogue forward;

  static std::int64_t weights(std::int64_t) { return 0; }
  static std::int64_t scratch(std::int64_t K, std::int64_t n) { return lanes * (K + n); }

  /// c[word][k][16 lanes] becomes its gradient, for the upstream gradient g[16].
  template <int W>
  [[gnu::always_inline]] void differentiate(float* c, std::int64_t K, std::int64_t n, const float* g, float*,
                                            float* work) const {
    const std::int64_t row = K * lanes;
    const float a = forward.mean ? forward.factor_words / static_cast<float>(n) : forward.factor_words;
    const float b = forward.mean ? forward.factor_rows / static_cast<float>(K) : forward.factor_rows;
    for (int part = 0; part < lanes; part += W) {
      float *of_words = work, *of_rows = work + n * W;
      Floats<W> v, up, from_word, from_row;
      for (std::int64_t l = 0; l < n; ++l) {
        winner_of<W>(v, c + l * row + part, lanes, K);
        store<W>(of_words + l * W, v);
      }
      for (std::int64_t k = 0; k < K; ++k) {
        winner_of<W>(v, c + k * lanes + part, row, n);
        store<W>(of_rows + k * W, v);
      }
      load<W>(up, g + part);
      for (std::int64_t l = 0; l < n; ++l) {
        load<W>(from_word, of_words + l * W);
        for (std::int64_t k = 0; k < K; ++k) {
          load<W>(from_row, of_rows + k * W);
          v = from_word == static_cast<float>(k) ? up * a : Floats<W>{};
          v += from_row == static_cast<float>(l) ? up * b : Floats<W>{};
          store<W>(c + l * row + k * lanes + part, v);
        }
      }
    }
  }
};

inline MaximaGradient gradient_of(const MaximaEpilogue& forward) { return {forward}; }

}  // namespace mgan::kernels
