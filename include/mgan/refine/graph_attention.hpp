// The tokens of a sample as a full graph, one layer of attention: DSRAN's GAT (Wen et al., TCSVT 2020;
// kywen1119/DSRAN).
//
//     a = BN(W_a MHA(x) + b_a + x)        y = BN(W_o relu(W_h a + b_h) + b_o + a)
//
// MHA in heads of D/H, without a map of its own. Cost a sample: 12 n D^2 + 4 n^2 D.
#pragma once

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/multi_head_attention.hpp"

namespace mgan {

template <Tensor T>
struct GraphAttention {
  MultiHeadAttention<T> heads;               // query, key, value: (D, D) each
  Linear<T> attention, hidden, output;       // W_a, W_h, W_o: (D, D) each
  BatchNorm<T> attention_norm, output_norm;  // (D) each

  static GraphAttention create(std::int64_t width, std::int64_t heads = 8) {
    const auto layer = [width] { return Linear<T>::create(width, width); };
    return {MultiHeadAttention<T>::create(width, heads),
            layer(),
            layer(),
            layer(),
            BatchNorm<T>::create(width),
            BatchNorm<T>::create(width)};
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., n, D), zeros at padding. Padding is in no statistics.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    check_rows("GraphAttention", "tokens", tokens, axis(hidden.weight, 1));
    check_finite("GraphAttention", "tokens", tokens);
    const auto attended = map_values(tokens, [&](const auto&) { return heads(tokens); });  // (..., n, D)
    const auto& x = pack(tokens);                                                          // (W, D)
    const auto a = attention_norm(add(attention(pack(attended)), x), context);             // (W, D)
    const auto y = output_norm(add(output(relu(hidden(a))), a), context);                  // (W, D)
    return map_values(tokens, [&](const auto& v) { return unpack(type_as(y, v), tokens); });
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    MultiHeadAttention<T>::visit(self.heads, f);
    f("attention", self.attention);
    f("attention_norm", self.attention_norm);
    f("hidden", self.hidden);
    f("output", self.output);
    f("output_norm", self.output_norm);
  }
};

}  // namespace mgan
