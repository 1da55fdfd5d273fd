// Attention of the tokens of a sample to one another, in heads, without a map behind them (Vaswani et al., 2017):
//
//     y = [softmax(q_h k_h^T / sqrt(D/H)) v_h]_h        q, k, v = query, key, value of the tokens
#pragma once

#include <cmath>
#include <vector>

#include "mgan/core/masked.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

struct attend_in_head_fn {
  /// One head: queries (..., m, d), keys and values (..., n, d), the real keys (..., n) -> (..., m, d).
  template <Tensor Q, Tensor K, Tensor V, class Mask>
  auto operator()(const Q& queries, const K& keys, const V& values, const Mask& real) const {
    const double scaling = 1 / std::sqrt(static_cast<double>(axis(queries, 1)));
    const auto weights = softmax(scale(inner(queries, keys), scaling), real);  // (..., m, n)
    return matmul(weights, values);                                            // (..., m, d)
  }
};
inline namespace functions {
/// softmax(q k^T / sqrt(d)) v; padded keys have weight 0.
inline constexpr attend_in_head_fn attend_in_head{};
}  // namespace functions

/// Throws unless `heads` divide the width.
inline void check_heads(const char* where, std::int64_t heads, std::int64_t width) {
  require(heads > 0 && width % heads == 0, where, ": ", heads, " heads do not divide the width ", width);
}

template <Tensor T>
struct MultiHeadAttention {
  Linear<T> query, key, value;  // (D, D) each
  std::int64_t heads = 8;

  static MultiHeadAttention create(std::int64_t width, std::int64_t heads = 8) {
    const auto layer = [width] { return Linear<T>::create(width, width); };
    return {layer(), layer(), layer(), heads};
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., n, D), zeros at padding.
  template <Tokens X>
  auto operator()(const X& tokens) const {
    check_rows("MultiHeadAttention", "tokens", tokens, axis(query.weight, 1));
    check_heads("MultiHeadAttention", heads, axis(query.weight, 2));
    const auto& real = pack(tokens);                                   // (W, D), the tokens without padding
    const auto q = split_columns(unpack(query(real), tokens), heads);  // for every head (..., n, D / H)
    const auto k = split_columns(unpack(key(real), tokens), heads);    // for every head (..., n, D / H)
    const auto v = split_columns(unpack(value(real), tokens), heads);  // for every head (..., n, D / H)
    std::vector<decltype(attend_in_head(q[0], k[0], v[0], mask(tokens)))> y;
    for (std::size_t h = 0; h < q.size(); ++h) y.push_back(attend_in_head(q[h], k[h], v[h], mask(tokens)));
    return mask_rows(concat(y), mask(tokens));  // (..., n, D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
    f("key", self.key);
    f("value", self.value);
  }
};

}  // namespace mgan
