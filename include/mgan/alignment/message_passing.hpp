// Messages between the tokens of a pair: every token attends to the other side, then what was heard attends to itself.
//
//     att(q, k, v) = softmax over the rows(q k' / sqrt(D)) v
//     a = att(query(X), key(Y), Y)                  what n tokens X hear from m tokens Y
//     f = att(self_query(a), self_key(a), a)        the messages among each other
//
// Both are weights times Y: a = A Y, f = B Y with B (n, m). The logits of the second attention are
// A (Y W_q') (Y W_k')' A', whose middle (m, m) belongs to Y alone, so that a pair costs 2 n m D for A and
// 2 n m (m + 2 n) for B: no message of D numbers is made.
#pragma once

#include <cmath>

#include "mgan/alignment/contract.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// The maps of one side, (D, D) each: of its own tokens, and of what they hear.
template <Tensor T>
struct MessageMaps {
  Projection<T> query, key, self_query, self_key;

  static MessageMaps create(std::int64_t width) {
    const auto map = [width] { return Projection<T>::create(width, width); };
    return {map(), map(), map(), map()};
  }

  void initialize(WeightGenerator& generator) {
    query.initialize(generator);
    fill_xavier(key.weight, generator);
    self_query.initialize(generator);
    fill_xavier(self_key.weight, generator);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
    f("key", self.key);
    f("self_query", self.self_query);
    f("self_key", self.self_key);
  }
};

/// One side of a pair, ready to hear and to be heard.
template <class Rows, class X>
struct MessageTokens {
  Rows tokens;    // (..., n, D)
  X query;        // (..., n, D), over sqrt(D)
  X key;          // (..., n, D)
  X self_logits;  // (..., n, n), self_query(x_i) . self_key(x_j) / sqrt(D) by the maps of those who hear

  template <class F>
  auto map(F&& f) const {
    auto mapped = map_state(tokens, f);
    return MessageTokens<decltype(mapped), decltype(f(query))>{std::move(mapped), f(query), f(key), f(self_logits)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class X>
MessageTokens(Rows, X, X, X) -> MessageTokens<Rows, X>;

/// Work for one side alone: `own` maps and those of the `other` side, tokens (..., n, D), masked if they are padded.
template <Tensor T, Tokens X>
auto message_tokens(const MessageMaps<T>& own, const MessageMaps<T>& other, const X& x) {
  const double scaling = 1 / std::sqrt(static_cast<double>(axis(x, 1)));
  const auto& real = pack(x);                                                                 // (W, D)
  const auto of_all = [&](const Projection<T>& map) { return widen(unpack(map(real), x)); };  // (..., n, D)
  return MessageTokens{map_values(x, widen), scale(of_all(own.query), scaling), of_all(own.key),
                       scale(inner(of_all(other.self_query), of_all(other.self_key)), scaling)};
}

/// B (..., n, m): what n tokens take of m tokens of the other side in the end, f = B Y. Its rows sum to 1.
template <class Hearing, class Heard>
auto message_weights(const Hearing& hearing, const Heard& heard) {
  const auto a = softmax(inner(hearing.query, heard.key), mask(heard.tokens));  // (..., n, m)
  const auto logits = inner(matmul(a, heard.self_logits), a);                   // (..., n, n), A (m, m) A'
  return matmul(softmax(logits, mask(hearing.tokens)), a);                      // (..., n, m)
}

}  // namespace mgan
