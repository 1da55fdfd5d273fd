// Queries attend to sources: the weights and contexts of SCAN's attention, and the lengths of contexts.
//
//     A[s, q] = LeakyReLU_0.1(c_s . q), each source's row divided by its L2 norm over the queries (+ 1e-8)
//     w[., q] = softmax_s(lambda A[., q])      a_q = sum_s w[s, q] c_s
//
// Cosines of queries with contexts do without the contexts, in the Gram form:
//
//     q . a = sum_s w_s (q . c_s)          |a|^2 = w' G w,   G = c c'
//
// Exact, and it replaces a product with D by one with the number of sources n: per query 2 n^2 operations instead of
// 2 n D. It is used where n <= D. Its relative error is that of the direct form times (sum w |c|)^2 / |sum w c|^2.
#pragma once

#include <type_traits>

#include "mgan/alignment/contract.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// What happens to c_s . q before the softmax over the sources.
enum class AttentionNorm {
  clipped_l2norm,  ///< LeakyReLU 0.1, then each source's row to unit length over the queries: the default
  l2norm,          ///< the row to unit length alone
  clipped,         ///< LeakyReLU alone
  softmax,         ///< each source's row through a softmax over the queries
  no_norm,
};

namespace detail {
/// a (..., q, s) times lambda: a number, or one number a query (..., q).
template <Tensor A>
auto sharpened(const A& a, double lambda) {
  return scale(a, lambda);
}
template <Tensor A, Tensor Lambda>
requires(!std::is_arithmetic_v<Lambda>) auto sharpened(const A& a, const Lambda& lambda) {
  return scale_rows(a, lambda);
}
}  // namespace detail

/// w (..., q, s) from products c_s . q (..., s, q): real_queries and real_sources are the masks of the two sides,
/// lambda is a number or has one number a query (..., q).
template <class C, class Lambda, class QueryMask, class SourceMask>
auto scan_weights(const C& products, const Lambda& lambda, AttentionNorm norm, const QueryMask& real_queries,
                  const SourceMask& real_sources) {
  using Plain = decltype(transpose(products));
  const auto weights = [&](const Plain& a) { return softmax(detail::sharpened(transpose(a), lambda), real_sources); };
  const auto unit_rows = [&](const auto& a) -> Plain {                           // (..., s, q)
    const auto length = shift(root(sum(mul(a, a), real_queries), 1e-24), 1e-8);  // (..., s)
    return transpose(divide_rows(transpose(a), length));                         // (..., s, q)
  };
  switch (norm) {
    case AttentionNorm::l2norm:
      return weights(unit_rows(products));
    case AttentionNorm::clipped:
      return weights(Plain(leaky_relu(products, 0.1)));
    case AttentionNorm::softmax:
      return weights(Plain(softmax(products, real_queries)));
    case AttentionNorm::no_norm:
      return weights(Plain(products));
    default:
      return weights(unit_rows(leaky_relu(products, 0.1)));
  }
}

/// The contexts a_q of queries (..., q, D) that attend to sources (..., s, D), either masked if it is padded ->
/// (..., q, D), not normalized. lambda is a number or has one number a query (..., q). Contexts of padded queries are
/// finite and mean nothing.
template <Tokens Queries, Tokens Sources, class Lambda>
auto attend(const Queries& queries, const Sources& sources, const Lambda& lambda,
            AttentionNorm norm = AttentionNorm::clipped_l2norm) {
  const auto products = inner(values(sources), values(queries));                      // (..., s, q)
  const auto w = scan_weights(products, lambda, norm, mask(queries), mask(sources));  // (..., q, s)
  return matmul(w, values(sources));                                                  // (..., q, D)
}

/// How the length of a context is computed.
enum class ContextLength {
  automatic,  ///< gram where there are no more sources than dimensions
  gram,       ///< sqrt(w' G w)
  direct,     ///< |sum_s w_s c_s|: makes a vector of D for every query and pair
};

/// Tokens of one side (..., n, D), their lengths (..., n) and their Gram matrix (..., n, n), or where it is not used
/// (..., n, n - 1): a state that was stored tensor by tensor says so itself.
template <class Rows, class Norms, class Gram>
struct AttendedTokens {
  Rows tokens;
  Norms norms;
  Gram gram;

  bool uses_gram() const { return axis(gram, 1) == axis(gram, 2); }
  template <class F>
  auto map(F&& f) const {
    auto mapped = map_state(tokens, f);
    return AttendedTokens<decltype(mapped), decltype(f(norms)), decltype(f(gram))>{std::move(mapped), f(norms),
                                                                                   f(gram)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Norms, class Gram>
AttendedTokens(Rows, Norms, Gram) -> AttendedTokens<Rows, Norms, Gram>;

/// Tokens as sources of contexts: work for one side alone.
template <Tokens X>
auto attended_tokens(const X& x, ContextLength form = ContextLength::automatic) {
  const bool gram = form == ContextLength::automatic ? axis(x, 2) <= axis(x, 1) : form == ContextLength::gram;
  const auto& v = values(x);                                             // (..., n, D)
  const auto norms = root(sum(mul(v, v)), 1e-24);                        // (..., n)
  const auto head = columns(v, 0, 1);                                    // (..., n, 1)
  auto products = gram ? inner(v, v) : inner(head, drop_rows(head, 1));  // (..., n, n), or (..., n, n - 1)
  return AttendedTokens{x, norms, std::move(products)};
}

/// |sum_s w_s c_s| for weights (..., q, n) on sources of n tokens -> (..., q), at least 1e-12.
template <Tensor W, class Sources>
auto context_length(const W& weights, const Sources& sources) {
  if (sources.uses_gram()) return root(quadratic(weights, sources.gram), 1e-24);  // (..., q)
  const auto contexts = matmul(weights, values(sources.tokens));                  // (..., q, D)
  return root(sum(mul(contexts, contexts)), 1e-24);                               // (..., q)
}

}  // namespace mgan
