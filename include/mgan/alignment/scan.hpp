// Stacked cross attention: every query attends to the other side, and its cosine with what it found is pooled.
//
//     A[s, q] = LeakyReLU_0.1(c_s . q), each source's row divided by its L2 norm over the queries (+ 1e-8)
//     w[., q] = softmax_s(lambda A[., q])      a_q = sum_s w[s, q] c_s      r_q = q . a_q / max(|q| |a_q|, 1e-8)
//     S = log(sum_q exp(lambda_lse r_q)) / lambda_lse, or the mean, the maximum, the sum of r_q
//
// Lee et al., ECCV 2018; kuanghuei/SCAN. Queries are words (text to image) or regions (image to text); vectors are
// taken as given. The published code scores caption by caption at its true length, as the mask does here. In the
// log-sum-exp a longer side scores higher; a truncated caption changes every word's weight. Cost a pair: 2 R L D and,
// in Gram form, 2 L R^2 (words as queries) or 2 R L^2.
#pragma once

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/core/check.hpp"
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

/// SCAN's pooling of r_q.
enum class ScanAggregate { log_sum_exp, mean, max, sum };

/// w (..., q, s) from products c_s . q (..., s, q): real_queries and real_sources are the masks of the two sides.
template <Tensor C, class QueryMask, class SourceMask>
auto scan_weights(const C& products, double lambda, AttentionNorm norm, const QueryMask& real_queries,
                  const SourceMask& real_sources) {
  using Plain = decltype(transpose(products));
  const auto weights = [&](const Plain& a) { return softmax(scale(transpose(a), lambda), real_sources); };
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

namespace detail {

/// S (...) from the products c_s . q (..., s, q) of two prepared sides.
template <class Scan, Tensor C, class Queries, class Sources>
auto scan_score(const Scan& scan, const C& products, const Queries& queries, const Sources& sources) {
  const auto& real = mask(queries.tokens);
  const auto w = scan_weights(products, scan.lambda_softmax, scan.norm, real, mask(sources.tokens));  // (..., q, s)
  const auto found = sum(mul(w, transpose(products)), mask(sources.tokens));                          // (..., q)
  const auto length = mul(context_length(w, sources), queries.norms);                                 // (..., q)
  const auto r = div(found, at_least(length, 1e-8));                                                  // (..., q)
  switch (scan.aggregate) {
    case ScanAggregate::mean:
      return mean(r, real);
    case ScanAggregate::max:
      return max(r, real);
    case ScanAggregate::sum:
      return sum(r, real);
    default:
      return scale(log_sum_exp(scale(r, scan.lambda_lse), real), 1 / scan.lambda_lse);
  }
}

template <class Scan, Tokens X>
auto scan_prepare(const Scan& scan, const char* where, const char* what, const X& x) {
  check_positive(where, "lambda_softmax", scan.lambda_softmax);
  check_positive(where, "lambda_lse", scan.lambda_lse);
  check_rows(where, what, x);
  check_finite(where, what, x);
  return attended_tokens(map_values(x, widen), scan.contexts);
}

}  // namespace detail

/// Words attend to regions. Image (..., R, D) and words (..., L, D), masked if they are padded -> (...).
struct ScanTextToImage {
  double lambda_softmax = 9, lambda_lse = 6;
  ScanAggregate aggregate = ScanAggregate::log_sum_exp;
  AttentionNorm norm = AttentionNorm::clipped_l2norm;
  ContextLength contexts = ContextLength::automatic;

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return detail::scan_prepare(*this, "ScanTextToImage", "image", image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return detail::scan_prepare(*this, "ScanTextToImage", "words", words);
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("ScanTextToImage", "image and words", image.norms, words.norms);
    const auto products = inner(values(image.tokens), values(words.tokens));  // (..., R, L)
    return detail::scan_score(*this, products, words, image);                 // (...)
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }
};

/// Regions attend to words. Image (..., R, D) and words (..., L, D), masked if they are padded -> (...).
struct ScanImageToText {
  double lambda_softmax = 4, lambda_lse = 5;
  ScanAggregate aggregate = ScanAggregate::log_sum_exp;
  AttentionNorm norm = AttentionNorm::clipped_l2norm;
  ContextLength contexts = ContextLength::automatic;

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return detail::scan_prepare(*this, "ScanImageToText", "image", image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return detail::scan_prepare(*this, "ScanImageToText", "words", words);
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("ScanImageToText", "image and words", image.norms, words.norms);
    const auto products = inner(values(words.tokens), values(image.tokens));  // (..., L, R)
    return detail::scan_score(*this, products, image, words);                 // (...)
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }
};

}  // namespace mgan
