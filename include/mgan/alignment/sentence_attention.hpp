// One vector for a caption: multi-head self-attention over its words, then the mean (section 2.3.1 of the MGAN paper).
//
//     y = t + W_o [softmax(q_h k_h^T / sqrt(D/H)) v_h]_h + b_o        t_tilde = mean over the real words of y
#pragma once

#include <cmath>
#include <vector>

#include "mgan/core/masked.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

template <Tensor T>
struct SentenceAttention {
  Linear<T> query, key, value, output;  // (D, D) each
  std::int64_t heads = 8;

  static SentenceAttention create(std::int64_t width, std::int64_t heads = 8) {
    const auto layer = [width] { return Linear<T>::create(width, width); };
    return {layer(), layer(), layer(), layer(), heads};
  }

  /// Words (..., L, D), masked if they are padded -> (..., D). Padding is neither a key nor part of the mean.
  template <Tokens X>
  auto operator()(const X& words) const {
    const std::int64_t D = axis(query.weight, 1);
    check_rows("SentenceAttention", "words", words, D);
    check_finite("SentenceAttention", "words", words);
    require(heads > 0 && D % heads == 0, "SentenceAttention: ", heads, " heads do not divide the width ", D);

    const auto& t = values(words);                      // (..., L, D)
    const auto q = query(t), k = key(t), v = value(t);  // (..., L, D)
    const std::int64_t d = D / heads;
    const double scaling = 1 / std::sqrt(static_cast<double>(d));
    std::vector<decltype(matmul(inner(q, k), v))> attended;
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto logits = inner(columns(q, h * d, d), columns(k, h * d, d));  // (..., L, L)
      const auto weights = softmax(scale(logits, scaling), mask(words));      // (..., L, L)
      attended.push_back(matmul(weights, columns(v, h * d, d)));              // (..., L, D / heads)
    }
    const auto y = add(t, output(concat(attended)));  // (..., L, D)
    return mean(transpose(y), mask(words));           // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
    f("key", self.key);
    f("value", self.value);
    f("output", self.output);
  }
};

}  // namespace mgan
