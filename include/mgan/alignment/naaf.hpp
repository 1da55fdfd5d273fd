// Negative-aware attention: words that match nothing count against a pair.
//
//     A[l, r] = cos(t_l, v_r),    m_l = max_r A[l, r] - theta
//     n_l = m_l where the gate holds, else 0
//           gate: sum_k softmax_k(lambda_intra t_l . t_k) m_k < 0 (intra), or m_l < 0 (plain)
//     p1_l = t_l . a_l / max(|a_l|, 1e-8),  a_l = sum_r w v_r
//           w = exp(lambda (A - theta)) where A > theta, else 0, divided by (its sum + 1e-8)
//     p2_l = sum_r w' A[l, r],  w' SCAN's weights with the regions as sources
//     S = mean_l (n_l + p1_l + p2_l)
//
// NAAF (Zhang et al., CVPR 2022; CrossmodalGroup/NAAF), the formula of its test. The threshold theta is state and not a
// gradient parameter: published training re-estimates it from the distributions of matched and mismatched words, tests
// with another, and gates plainly. S jumps where a gate changes. Cost a pair: 2 R L D and, in Gram form, 2 L R^2.
#pragma once

#include <cmath>

#include "mgan/alignment/attended_tokens.hpp"

namespace mgan {

enum class NaafGate {
  intra,  ///< words lend each other their match, by how alike they are: the default
  plain,  ///< every word for itself: published training
};

/// Unit words (..., L, D) and, for the intra gate, how alike they are (..., L, L): rows of a softmax.
template <class Rows, class Matrix>
struct GatedWords {
  Rows tokens;
  Matrix alike;

  template <class F>
  auto map(F&& f) const {
    auto mapped = map_state(tokens, f);
    return GatedWords<decltype(mapped), decltype(f(alike))>{std::move(mapped), f(alike)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Matrix>
GatedWords(Rows, Matrix) -> GatedWords<Rows, Matrix>;

struct Naaf {
  double threshold = 0;  // theta
  double lambda_softmax = 20, lambda_intra = 5;
  NaafGate gate = NaafGate::intra;
  ContextLength contexts = ContextLength::automatic;

  /// Regions (..., R, D), masked if they are padded.
  template <Tokens X>
  auto prepare_image(const X& image) const {
    require(std::isfinite(threshold), "Naaf: threshold is ", threshold, ", expected a finite number");
    check_positive("Naaf", "lambda_softmax", lambda_softmax);
    check_rows("Naaf", "image", image);
    check_finite("Naaf", "image", image);
    return attended_tokens(map_values(image, normalize), contexts);
  }
  /// Words (..., L, D), masked if they are padded.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_positive("Naaf", "lambda_intra", lambda_intra);
    check_rows("Naaf", "words", words);
    check_finite("Naaf", "words", words);
    const auto unit = map_values(words, normalize);                                // (..., L, D)
    const auto products = inner(values(unit), values(unit));                       // (..., L, L)
    return GatedWords{unit, softmax(scale(products, lambda_intra), mask(words))};  // (..., L, L)
  }

  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("Naaf", "image and words", values(image.tokens), values(words.tokens));
    const auto& real = mask(image.tokens);
    const auto a = inner(values(words.tokens), values(image.tokens));  // (..., L, R)

    const auto m = shift(max(a, real), -threshold);                                  // (..., L)
    const auto negative = where_positive(m, scale(gate_value(words.alike, m), -1));  // (..., L)

    const auto above = shift(a, -threshold);                                                         // (..., L, R)
    const auto e = fill_padding(where_positive(exp(scale(above, lambda_softmax)), above), real, 0);  // (..., L, R)
    const auto total = shift(sum(e), 1e-8);                                                          // (..., L)
    const auto length = at_least(div(context_length(e, image), total), 1e-8);                        // (..., L)
    const auto attended = div(div(sum(mul(e, a)), total), length);                                   // (..., L)

    const auto w = scan_weights(transpose(a), lambda_softmax, AttentionNorm::clipped_l2norm, mask(words.tokens),
                                real);                                        // (..., L, R)
    const auto positive = sum(mul(w, a), real);                               // (..., L)
    return mean(add(add(negative, attended), positive), mask(words.tokens));  // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

 private:
  template <class Matrix, class M>
  M gate_value(const Matrix& alike, const M& m) const {
    if (gate == NaafGate::plain) return m;
    return dot(alike, m);  // (..., L)
  }
};

}  // namespace mgan
