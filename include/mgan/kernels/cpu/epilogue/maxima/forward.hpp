// Maxima over the other side, pooled: from C[word][k][16 lanes] to 16 scores.
//
//     S = factor_words sum_l max_k C + factor_rows sum_k max_l C         either sum divided by its count where `mean`
#pragma once

#include "mgan/kernels/cpu/simd/vectors.hpp"

namespace mgan::kernels {

/// PlainAggregation and FILIP: (1/2, 1/2, mean); ColBERT: (1, 0, sum). With one word a caption and factors (1, 0) it is
/// the maximum over views.
struct MaximaEpilogue {
  float factor_words = 0.5f, factor_rows = 0.5f;
  bool mean = true;

  static std::int64_t scratch(std::int64_t, std::int64_t) { return 0; }

  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t K, std::int64_t n, float* out, float*) const {
    using V = Floats<W>;
    for (int part = 0; part < lanes; part += W) {
      V over_words = {}, over_rows = {}, v, most;
      for (std::int64_t l = 0; l < n; ++l) {
        load<W>(most, c + l * K * lanes + part);
        for (std::int64_t k = 1; k < K; ++k) {
          load<W>(v, c + (l * K + k) * lanes + part);
          raise_to(most, v);
        }
        over_words += most;
      }
      for (std::int64_t k = 0; k < K && factor_rows != 0; ++k) {
        load<W>(most, c + k * lanes + part);
        for (std::int64_t l = 1; l < n; ++l) {
          load<W>(v, c + (l * K + k) * lanes + part);
          raise_to(most, v);
        }
        over_rows += most;
      }
      const float a = mean ? factor_words / static_cast<float>(n) : factor_words;
      const float b = mean ? factor_rows / static_cast<float>(K) : factor_rows;
      store<W>(out + part, over_words * a + over_rows * b);
    }
  }
};

}  // namespace mgan::kernels
