// What RCAR learns between two looks at the other side: how queries ask next, and what of their answers counts.
//
//     X (Q, S)  what each query found, compared with itself: l2(align((q - l2(a))^2))
//     RCR       m <- clip(tanh(gate(X)) + m, -1, 1)      lambda <- relu(temperature(X) + lambda)
//     RAR       w = softmax_q(value(tanh(key(x_q)) * tanh(query(h))))      h <- l2(sum_q w_q x_q)
//
// gate is S -> 2 S -> D and temperature S -> S / 2 -> 1, tanh between. Diao et al., TIP 2023.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mgan/nn/linear.hpp"
#include "mgan/nn/mlp.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

namespace detail {
/// y = W x + b in the scalar type of x: weights in half precision meet what was accumulated in single.
template <Tensor T, Tensor X>
auto affine(const Linear<T>& layer, const X& x) {
  return linear(x, layer.weight, layer.bias);  // (..., out)
}
template <Tensor T, Tensor X>
auto affine(const Mlp<T, tanh_fn>& layers, const X& x) {
  return affine(layers.output, tanh(affine(layers.hidden, x)));  // (..., out)
}
/// (..., n, 1) -> (..., n).
template <Tensor X>
auto only_column(const X& x) {
  return row(transpose(x), 0);
}
/// `before` moved by `change`; `start` where there is no `before` yet.
template <Tensor X>
X moved(const X& change, const std::optional<X>& before, double start) {
  return before ? X(add(change, *before)) : X(shift(change, start));
}
}  // namespace detail

/// X: queries (..., Q, D) against their contexts (..., Q, D), squares element by element -> (..., Q, S).
template <Tensor T, Tensor Q, Tensor A>
auto compared(const Linear<T>& align, const Q& queries, const A& contexts) {
  const auto apart = sub(queries, l2(contexts));        // (..., Q, D)
  return l2(detail::affine(align, mul(apart, apart)));  // (..., Q, S)
}

/// RCR, the regulator of the correspondence: a gate and a temperature for every query.
template <Tensor T>
struct CorrespondenceRegulator {
  Mlp<T, tanh_fn> gate;         // S -> 2 S -> D
  Mlp<T, tanh_fn> temperature;  // S -> S / 2 -> 1

  static CorrespondenceRegulator create(std::int64_t width, std::int64_t similarity) {
    return {Mlp<T, tanh_fn>::create(similarity, 2 * similarity, width),
            Mlp<T, tanh_fn>::create(similarity, similarity / 2, 1)};
  }

  /// X (..., Q, S) and the gate so far (..., Q, D), none: ones -> the next one.
  template <Tensor X, Tensor M>
  M next_gate(const X& x, const std::optional<M>& before) const {
    return clip(detail::moved<M>(tanh(detail::affine(gate, x)), before, 1), -1, 1);
  }
  /// X (..., Q, S) and the temperatures so far (..., Q), none: `start` -> the next ones.
  template <Tensor X, Tensor V>
  V next_temperature(const X& x, const std::optional<V>& before, double start) const {
    return relu(detail::moved<V>(detail::only_column(detail::affine(temperature, x)), before, start));
  }

  void check(const char* where, const std::string& name, std::int64_t width, std::int64_t similarity) const {
    check_layer(where, name + ".gate", gate, width, similarity);
    check_layer(where, name + ".temperature", temperature, 1, similarity);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("gate", self.gate);
    f("temperature", self.temperature);
  }
};

/// RAR, the regulator of the aggregation: one vector of all that the queries found.
template <Tensor T>
struct AggregationRegulator {
  Linear<T> query;  // (S, S)
  Linear<T> key;    // (S, S)
  Linear<T> value;  // (1, S)

  static AggregationRegulator create(std::int64_t similarity) {
    return {Linear<T>::create(similarity, similarity), Linear<T>::create(similarity, similarity),
            Linear<T>::create(similarity, 1)};
  }

  /// X (..., Q, S), the vector so far (..., S) and the mask of the queries -> the next vector. drop(x) is x, or x with
  /// dropout.
  template <Tensor X, Tensor H, class Mask, class Drop>
  auto operator()(const X& x, const H& h, const Mask& real, const Drop& drop) const {
    const auto asked = drop(tanh(detail::affine(query, h)));                                     // (..., S)
    const auto keys = drop(tanh(detail::affine(key, x)));                                        // (..., Q, S)
    const auto logits = detail::only_column(detail::affine(value, multiply_rows(keys, asked)));  // (..., Q)
    return l2(dot(transpose(x), softmax(logits, real)));                                         // (..., S)
  }

  void check(const char* where, const std::string& name, std::int64_t similarity) const {
    check_layer(where, name + ".query", query, similarity, similarity);
    check_layer(where, name + ".key", key, similarity, similarity);
    check_layer(where, name + ".value", value, 1, similarity);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
    f("key", self.key);
    f("value", self.value);
  }
};

}  // namespace mgan
