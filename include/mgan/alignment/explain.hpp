// Why a pair has its score: the numbers that a score is a sum of, for pictures and tables.
//
// The interaction of Eq. (7)-(10) is a weighted mean inside a weighted mean, so the patch score is one weighted sum of
// cosines, whose weights W are positive and sum to 1:
//
//     S_patch = sum_kl W_kl C_kl        W_kl = (a2_k a1_kl + a4_l a3_lk) / 2
//
//     a1_k = weights(C[k, :]; A_1)    a2 = weights(s_k; A_2)        words to patches
//     a3_l = weights(C[:, l]; A_3)    a4 = weights(s_l; A_4)        patches to words
//
// The weights depend on the cosines too: W says what the score is made of, not how it would
// change (that is the gradient).
#pragma once

#include <cstdint>
#include <vector>

#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/region_alignment.hpp"

namespace mgan {

/// S_patch = sum of weights * cosines, element by element.
template <class Matrix, class Vector>
struct PatchExplanation {
  Matrix cosines;        // C: (..., K, L)
  Matrix weights;        // W: (..., K, L), 0 in padding, all together 1
  Vector patch_weights;  // (..., K), sums of W over words
  Vector word_weights;   // (..., L), sums of W over patches
};
template <class M, class V>
PatchExplanation(M, M, V, V) -> PatchExplanation<M, V>;

/// S_region = the largest of the similarities.
template <class Vector, class Index, class Matrix>
struct RegionExplanation {
  Vector similarities;  // (..., N), every view with the sentence
  Index winning_view;   // (...), of equals the lowest
  Matrix view_weights;  // (..., N, R): what each view takes of each region, 0 in padding, rows sum to 1
};
template <class V, class W, class M>
RegionExplanation(V, W, M) -> RegionExplanation<V, W, M>;

namespace detail {

/// A vector (..., m) as each of n columns -> (..., m, n).
template <class V>
auto repeated(const V& vector, std::int64_t n) {
  return stack_columns(std::vector<V>(static_cast<std::size_t>(n), vector));
}

}  // namespace detail

struct explain_fn {
  /// Prepared patches (..., K, D) and words (..., L, D), as PatchAlignment::score takes them.
  template <Tensor T, Tensor X, Tokens Y>
  auto operator()(const PatchAlignment<T>& m, const X& patches, const Y& words) const {
    const auto weights_of = [&m](const auto& x, const auto& A, const auto& real) {
      return interaction_weights(x, A, m.temperature, m.convention, real);
    };
    require(axis(patches, 1) == axis(words, 1), "explain: patches are ", shape(patches), ", words are ", shape(words));
    const NoMask all;
    const auto c = inner(patches, values(words));        // (..., K, L)
    const auto c_by_word = transpose(c);                 // (..., L, K)
    const auto a1 = weights_of(c, m.A1, mask(words));    // (..., K, L)
    const auto a3 = weights_of(c_by_word, m.A3, all);    // (..., L, K)
    const auto s_k = sum(mul(a1, c));                    // (..., K)
    const auto s_l = sum(mul(a3, c_by_word));            // (..., L)
    const auto a2 = weights_of(s_k, m.A2, all);          // (..., K)
    const auto a4 = weights_of(s_l, m.A4, mask(words));  // (..., L)

    const auto to_patches = mul(a1, detail::repeated(a2, axis(c, 1)));  // (..., K, L)
    const auto to_words = mul(a3, detail::repeated(a4, axis(c, 2)));    // (..., L, K)
    const auto w = scale(add(to_patches, transpose(to_words)), 0.5);    // (..., K, L)
    return PatchExplanation{c, w, sum(w), sum(transpose(w))};
  }

  /// Prepared views and sentence, as RegionAlignment::score takes them; `real` (..., R) where the regions were padded.
  template <Tensor T, class S, class Q, class V, class A, Tensor Y, class Mask = NoMask>
  auto operator()(const RegionAlignment<T, S, Q>& m, const Views<V, A>& image, const Y& text,
                  const Mask& real = {}) const {
    const auto similarities = dot(image.views, text);                             // (..., N)
    const auto view_weights = softmax(transpose(image.assignment_logits), real);  // (..., N, R)
    return RegionExplanation{similarities, m.winning_view(image, text), view_weights};
  }
};
/// What a score of prepared sides is made of.
inline constexpr explain_fn explain{};

}  // namespace mgan
