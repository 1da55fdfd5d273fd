// Every region attends to the words; how well it is described is pooled.
//
//     w = softmax_l(A[r, l] / tau),  c_r = sum_l w_l t_l,  s_r = v_r . c_r / (|c_r| + 1e-8),   A[r, l] = cos(v_r, t_l)
//     S = pool_r s_r
//
// VSA of CHAN (Pan et al., CVPR 2023; ppanzx/CHAN), tau = 0.1. The published code fills padding with -1 before the
// softmax, so that padded words keep a weight. Cost a pair: 2 R L D and, in Gram form, 2 R L^2.
#pragma once

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/alignment/pooling.hpp"
#include "mgan/alignment/similarity_interaction.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// What the softmax over the words does with padding.
enum class AttentionPadding {
  masked,     ///< leaves it out: the default
  minus_one,  ///< gives it the similarity -1: the published code
};

template <class Pool = LogSumExpPool>
struct VisualSemanticAttention {
  Pool pool = {};
  double temperature = 0.1;
  AttentionPadding padding = AttentionPadding::masked;
  ContextLength contexts = ContextLength::automatic;

  /// Regions (..., R, D), masked if they are padded -> unit vectors.
  template <Tokens X>
  auto prepare_image(const X& image) const {
    check_temperature("VisualSemanticAttention", temperature);
    check_rows("VisualSemanticAttention", "image", image);
    check_finite("VisualSemanticAttention", "image", image);
    return map_values(image, normalize);  // (..., R, D)
  }
  /// Words (..., L, D), masked if they are padded.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_rows("VisualSemanticAttention", "words", words);
    check_finite("VisualSemanticAttention", "words", words);
    return attended_tokens(map_values(words, normalize), contexts);
  }

  template <Tokens X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("VisualSemanticAttention", "image and words", values(image), values(words.tokens));
    const auto a = inner(values(image), values(words.tokens));                  // (..., R, L)
    const auto w = weights(a, mask(words.tokens));                              // (..., R, L)
    const auto length = shift(context_length(w, words), 1e-8);                  // (..., R)
    return pool(div(sum(mul(w, a), mask(words.tokens)), length), mask(image));  // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

 private:
  template <Tensor A, class Mask>
  auto weights(const A& a, const Mask& real) const {
    if (padding == AttentionPadding::masked) return softmax(scale(a, 1 / temperature), real);
    // The weight of padding is lost, not spent on what padding holds.
    return fill_padding(softmax(scale(fill_padding(a, real, -1), 1 / temperature)), real, 0);
  }
};

}  // namespace mgan
