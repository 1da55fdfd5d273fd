// Cosines of queries with contexts, without the contexts: the Gram form.
//
//     context  a = sum_s w_s c_s          q . a = sum_s w_s (q . c_s)          |a|^2 = w' G w,   G = c c'
//
// Exact, and it replaces a product with D by one with the number of sources n: per query 2 n^2 operations instead of
// 2 n D. It is used where n <= D. Its relative error is that of the direct form times (sum w |c|)^2 / |sum w c|^2.
#pragma once

#include "mgan/alignment/contract.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// How the length of a context is computed.
enum class ContextLength {
  automatic,  ///< gram where there are no more sources than dimensions
  gram,       ///< sqrt(w' G w)
  direct,     ///< |sum_s w_s c_s|: makes a vector of D for every query and pair
};

/// Tokens of one side (..., n, D), their lengths (..., n) and, where it is used, their Gram matrix (..., n, n).
template <class Rows, class Norms, class Gram>
struct AttendedTokens {
  Rows tokens;
  Norms norms;
  Gram gram;
  bool uses_gram = true;

  template <class F>
  auto map(F&& f) const {
    auto mapped = map_state(tokens, f);
    return AttendedTokens<decltype(mapped), decltype(f(norms)), decltype(f(gram))>{std::move(mapped), f(norms), f(gram),
                                                                                   uses_gram};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Norms, class Gram>
AttendedTokens(Rows, Norms, Gram, bool) -> AttendedTokens<Rows, Norms, Gram>;

/// Tokens as sources of contexts: work for one side alone.
template <Tokens X>
auto attended_tokens(const X& x, ContextLength form = ContextLength::automatic) {
  const bool gram = form == ContextLength::automatic ? axis(x, 2) <= axis(x, 1) : form == ContextLength::gram;
  const auto& v = values(x);                                                       // (..., n, D)
  const auto norms = root(sum(mul(v, v)), 1e-24);                                  // (..., n)
  auto products = gram ? inner(v, v) : inner(columns(v, 0, 1), columns(v, 0, 1));  // (..., n, n), unused if direct
  return AttendedTokens{x, norms, std::move(products), gram};
}

/// |sum_s w_s c_s| for weights (..., q, n) on sources of n tokens -> (..., q), at least 1e-12.
template <Tensor W, class Sources>
auto context_length(const W& weights, const Sources& sources) {
  if (sources.uses_gram) return root(quadratic(weights, sources.gram), 1e-24);  // (..., q)
  const auto contexts = matmul(weights, values(sources.tokens));                // (..., q, D)
  return root(sum(mul(contexts, contexts)), 1e-24);                             // (..., q)
}

}  // namespace mgan
