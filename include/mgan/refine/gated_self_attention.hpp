// Attention of the tokens of a sample to one another with gated queries and keys: CAMERA's AGSA (Qu et al., MM 2020;
// LgQu/CAMERA). Of every head, on y = x * L with positions L in (0, 1) and y = x without:
//
//     G = (W_q q + b_q) * (W_k k + b_k)      [m_q, m_k] = sigmoid(W_g G + b_g)      att(q * m_q, k * m_k, v)
//     x <- x + BN(all heads)
//
// The gates' weights are shared by the heads; the residual is x without positions, and further layers take the sum as
// it is. Cost a sample and layer: 6 n D^2 + 8 n D^2 / H + 4 n^2 D.
#pragma once

#include <string>
#include <vector>

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/multi_head_attention.hpp"

namespace mgan {

template <Tensor T>
struct GatedSelfAttentionLayer {
  MultiHeadAttention<T> attention;  // query, key, value: (D, D) each
  Linear<T> gate_query, gate_key;   // (d, d), d = D / H
  Linear<T> gate;                   // (2 d, d)
  BatchNorm<T> norm;                // (D)

  static GatedSelfAttentionLayer create(std::int64_t width, std::int64_t heads) {
    check_heads("GatedSelfAttention", heads, width);
    const std::int64_t d = width / heads;
    return {MultiHeadAttention<T>::create(width, heads), Linear<T>::create(d, d), Linear<T>::create(d, d),
            Linear<T>::create(d, 2 * d), BatchNorm<T>::create(width)};
  }

  /// What is added to the tokens, of rows y (..., n, D): BN(all heads), the real rows alone, (W, D).
  template <Tokens Y, ContextOfUse Context>
  auto operator()(const Y& y, const Context& context) const {
    const auto& real = pack(y);                                                       // (W, D)
    const auto q = split_columns(unpack(attention.query(real), y), attention.heads);  // for every head (..., n, d)
    const auto k = split_columns(unpack(attention.key(real), y), attention.heads);    // for every head (..., n, d)
    const auto v = split_columns(unpack(attention.value(real), y), attention.heads);  // for every head (..., n, d)
    std::vector<decltype(attend_in_head(q[0], k[0], v[0], mask(y)))> all;
    for (std::size_t h = 0; h < q.size(); ++h) {
      const auto both = mul(gate_query(q[h]), gate_key(k[h]));                                 // (..., n, d)
      const auto gates = split_columns(sigmoid(gate(both)), 2);                                // (..., n, d) each
      all.push_back(attend_in_head(mul(q[h], gates[0]), mul(k[h], gates[1]), v[h], mask(y)));  // (..., n, d)
    }
    return norm(pack(map_values(y, [&](const auto&) { return concat(all); })), context);  // (W, D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    MultiHeadAttention<T>::visit(self.attention, f);
    f("gate_query", self.gate_query);
    f("gate_key", self.gate_key);
    f("gate", self.gate);
    f("norm", self.norm);
  }
};

template <Tensor T>
struct GatedSelfAttention {
  static constexpr bool wants_positions = true;
  std::vector<GatedSelfAttentionLayer<T>> layers;

  static GatedSelfAttention create(std::int64_t width, std::int64_t heads = 64, std::int64_t layers = 1) {
    require(layers > 0, "GatedSelfAttention: ", layers, " layers, expected 1 or more");
    GatedSelfAttention f;
    for (std::int64_t i = 0; i < layers; ++i) f.layers.push_back(GatedSelfAttentionLayer<T>::create(width, heads));
    return f;
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., n, D), zeros at padding.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    return run(tokens, tokens, context);
  }
  /// Tokens and their positions (..., n, D), of the same mask.
  template <Tokens X, Tensor L, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const L& positions, const Context& context = {}) const {
    check_shape("GatedSelfAttention", "positions", positions, shape(tokens));
    const auto place = [&](const auto& x) { return mul(x, mask_rows(positions, mask(tokens))); };  // (..., n, D)
    return run(tokens, map_values(tokens, place), context);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    for (std::size_t i = 0; i < self.layers.size(); ++i) f(std::to_string(i).c_str(), self.layers[i]);
  }

 private:
  template <Tokens X, Tokens Y, ContextOfUse Context>
  auto run(const X& tokens, const Y& positioned, const Context& context) const {
    require(!layers.empty(), "GatedSelfAttention: no layers");
    check_rows("GatedSelfAttention", "tokens", tokens, axis(layers.front().attention.query.weight, 1));
    check_finite("GatedSelfAttention", "tokens", tokens);
    const auto whole = [&](const auto& rows) {  // real rows (W, D) -> (..., n, D)
      return map_values(tokens, [&](const auto& v) { return unpack(type_as(rows, v), tokens); });
    };
    auto x = whole(add(pack(tokens), layers.front()(positioned, context)));
    for (std::size_t i = 1; i < layers.size(); ++i) x = whole(add(pack(x), layers[i](x, context)));
    return x;
  }
};

}  // namespace mgan
