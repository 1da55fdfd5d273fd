// Stacked cross attention: every query attends to the other side, and its cosine with what it found is pooled.
//
//     A[s, q] = LeakyReLU_0.1(c_s . q), each source's row divided by its L2 norm over the queries (+ 1e-8)
//     w[., q] = softmax_s(lambda A[., q])      a_q = sum_s w[s, q] c_s      r_q = q . a_q / max(|q| |a_q|, 1e-8)
//     S = log(sum_q exp(lambda_lse r_q)) / lambda_lse, or the mean, the maximum, the sum of r_q
//     GLFN: and bonus times the same pooling of max_s w[s, q]
//
// Lee et al., ECCV 2018; kuanghuei/SCAN. Queries are words (text to image) or regions (image to text); vectors are
// taken as given. The published code scores caption by caption at its true length, as the mask does here. In the
// log-sum-exp a longer side scores higher; a truncated caption changes every word's weight. GLFN (Zhao et al., KBS
// 2023) scores a caption higher whose words each pick one region: words as queries, bonus 0.5. Cost a pair: 2 R L D
// and, in Gram form, 2 L R^2 (words as queries) or 2 R L^2.
#pragma once

#include <cmath>

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/alignment/direction.hpp"
#include "mgan/core/check.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// SCAN's pooling of r_q.
enum class ScanAggregate { log_sum_exp, mean, max, sum };

/// Direction: TextToImage or ImageToText. Image (..., R, D) and words (..., L, D), masked if they are padded -> (...).
template <class Direction>
struct Scan {
  double lambda_softmax = Direction::over_words ? 9 : 4, lambda_lse = Direction::over_words ? 6 : 5;
  ScanAggregate aggregate = ScanAggregate::log_sum_exp;
  AttentionNorm norm = AttentionNorm::clipped_l2norm;
  ContextLength contexts = ContextLength::automatic;
  double bonus = 0;  ///< of the largest weight: GLFN's

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return prepared("image", image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared("words", words);
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind(where, "image and words", image.norms, words.norms);
    return Direction::sides(image, words, [&](const auto& queries, const auto& sources) {
      const auto& real = mask(queries.tokens);
      const auto products = inner(values(sources.tokens), values(queries.tokens));              // (..., s, q)
      const auto w = scan_weights(products, lambda_softmax, norm, real, mask(sources.tokens));  // (..., q, s)
      const auto found = sum(mul(w, transpose(products)), mask(sources.tokens));                // (..., q)
      const auto length = mul(context_length(w, sources), queries.norms);                       // (..., q)
      const auto s = pooled(div(found, at_least(length, 1e-8)), real);                          // (...)
      return bonus == 0 ? s : add(s, scale(pooled(max(w), real), bonus));                       // (...)
    });
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

 private:
  static constexpr const char* where = Direction::over_words ? "ScanTextToImage" : "ScanImageToText";

  /// r (..., q) -> (...).
  template <Tensor R, class Mask>
  auto pooled(const R& r, const Mask& real) const {
    switch (aggregate) {
      case ScanAggregate::mean:
        return mean(r, real);
      case ScanAggregate::max:
        return max(r, real);
      case ScanAggregate::sum:
        return sum(r, real);
      default:
        return scale(log_sum_exp(scale(r, lambda_lse), real), 1 / lambda_lse);
    }
  }

  template <Tokens X>
  auto prepared(const char* what, const X& x) const {
    check_positive(where, "lambda_softmax", lambda_softmax);
    check_positive(where, "lambda_lse", lambda_lse);
    require(std::isfinite(bonus), where, ": bonus is ", bonus, ", expected a finite number");
    check_rows(where, what, x);
    check_finite(where, what, x);
    return attended_tokens(map_values(x, widen), contexts);
  }
};

/// Words attend to regions.
using ScanTextToImage = Scan<TextToImage>;
/// Regions attend to words.
using ScanImageToText = Scan<ImageToText>;

}  // namespace mgan
