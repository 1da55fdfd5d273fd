// How IMRAM's queries change by what they found, from shares that one side of a pair can compute alone.
//
//     g = sigmoid(gate([q, f]))      q <- g q + (1 - g) tanh(update([q, f]))      f = sum_s w_s c_s
//     W [q, f] + b = (W_q q + b) + sum_s w_s (W_f c_s)
//
// Chen et al., CVPR 2020. f itself is not made.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "mgan/alignment/contract.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// W_q x + b of queries, or W_f x of sources, for both maps: (..., n, D) each.
template <class X>
struct ChangeShare {
  X update;
  X gate;

  template <class F>
  auto map(F&& f) const {
    return ChangeShare<decltype(f(update))>{f(update), f(gate)};
  }
};
template <class X>
ChangeShare(X, X) -> ChangeShare<X>;

/// Tokens of one side (AttendedTokens) with their share of the first change.
template <class Attended, class Share>
struct ChangingTokens {
  Attended attended;
  Share share;

  template <class F>
  auto map(F&& f) const {
    auto mapped = attended.map(f);
    auto mapped_share = share.map(f);
    return ChangingTokens<decltype(mapped), decltype(mapped_share)>{std::move(mapped), std::move(mapped_share)};
  }
  decltype(auto) first_tensor() const { return attended.first_tensor(); }
};
template <class Attended, class Share>
ChangingTokens(Attended, Share) -> ChangingTokens<Attended, Share>;

template <Tensor T>
struct QueryChange {
  Linear<T> update;  // (D, 2 D), of [q, f]
  Linear<T> gate;    // (D, 2 D)

  static QueryChange create(std::int64_t width) {
    return {Linear<T>::create(2 * width, width), Linear<T>::create(2 * width, width)};
  }
  std::int64_t width() const { return axis(update.weight, 2); }
  void check(const char* where, const std::string& name) const {
    check_layer(where, name + ".update", update, width(), 2 * width());
    check_layer(where, name + ".gate", gate, width(), 2 * width());
  }

  /// Rows (..., D) -> their share as queries, in their scalar type.
  template <Tensor X>
  auto of_queries(const X& x) const {
    const auto map = [&](const Linear<T>& layer) {
      return linear(x, columns(layer.weight, 0, width()), layer.bias);  // (..., D)
    };
    return ChangeShare{map(update), map(gate)};
  }
  /// Rows (..., D) -> their share as sources.
  template <Tensor X>
  auto of_sources(const X& x) const {
    const auto map = [&](const Linear<T>& layer) {
      return linear(x, columns(layer.weight, width(), width()));  // (..., D)
    };
    return ChangeShare{map(update), map(gate)};
  }

  /// q (..., q, D), its share and that of the sources (..., s, D), and the weights (..., q, s) of what it found ->
  /// the next q.
  template <Tensor Q, class OfQueries, Tensor W, class OfSources>
  auto operator()(const Q& q, const OfQueries& of_query, const W& w, const OfSources& of_source) const {
    const auto g = sigmoid(add(matmul(w, of_source.gate), of_query.gate));       // (..., q, D)
    const auto fresh = tanh(add(matmul(w, of_source.update), of_query.update));  // (..., q, D)
    return add(fresh, mul(g, sub(q, fresh)));                                    // (..., q, D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("update", self.update);
    f("gate", self.gate);
  }
};

}  // namespace mgan
