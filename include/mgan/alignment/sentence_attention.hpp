// One vector for a caption: multi-head self-attention over its words, then the mean (section 2.3.1 of the MGAN paper).
//
//     y = t + W_o [softmax(q_h k_h^T / sqrt(D/H)) v_h]_h + b_o        t_tilde = mean over the real words of y
//
// Values and output are linear, so the mean is taken first, and they are computed once a caption, not once a word:
//
//     t_tilde = mean(t) + W_o [W_v,h (w_h t) + b_v,h]_h + b_o         w_h = mean over the real queries of the softmax
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

    const auto& t = values(words);                                    // (..., L, D)
    const auto& real = pack(words);                                   // (W, D), the words without padding
    const auto q = split_columns(unpack(query(real), words), heads);  // for every head (..., L, D / H)
    const auto k = split_columns(unpack(key(real), words), heads);    // for every head (..., L, D / H)
    const double scaling = 1 / std::sqrt(static_cast<double>(D / heads));
    std::vector<decltype(mean(q[0]))> shares;
    for (std::size_t h = 0; h < q.size(); ++h) {
      const auto weights = softmax(scale(inner(q[h], k[h]), scaling), mask(words));  // (..., L, L), a row of each query
      shares.push_back(mean(transpose(weights), mask(words)));                       // (..., L), over the real queries
    }
    const auto pooled = matmul(transpose(stack_columns(shares)), t);  // (..., H, D)
    const auto attended = output(value.blockwise(pooled));            // (..., D)
    return add(mean(transpose(t), mask(words)), attended);            // (..., D)
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
