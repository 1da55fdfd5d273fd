// Token interaction with learnt weights: which words, and which regions, count.
//
//     alpha = softmax over real words of MLP_t(t), beta = softmax over real regions of MLP_v(v), on the tokens as given
//     S = (sum_l alpha_l max_r C[r, l] + sum_r beta_r max_l C[r, l]) / 2,    C[r, l] = cos(v_r, t_l)
//
// WTI of DRL (Wang et al., 2022; foolwood/DRL), which fills padding with 0 in place of leaving it out of the maximum.
// MLP: Linear (D, D), ReLU, Linear (D, 1); its work is done once a side. Cost a pair: 2 R L D.
#pragma once

#include "mgan/alignment/contract.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/nn/linear.hpp"

namespace mgan {

/// Unit tokens (..., n, D) and their weights (..., n), which sum to 1 over the real ones.
template <class Rows, class Weights>
struct WeightedTokens {
  Rows tokens;
  Weights weights;

  template <class F>
  auto map(F&& f) const {
    auto mapped = map_state(tokens, f);
    return WeightedTokens<decltype(mapped), decltype(f(weights))>{std::move(mapped), f(weights)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Weights>
WeightedTokens(Rows, Weights) -> WeightedTokens<Rows, Weights>;

/// The two layers behind the weights: named 0 and 2, with a ReLU between.
template <Tensor T>
struct TokenWeights {
  Linear<T> hidden;  // (D, D)
  Linear<T> output;  // (1, D)

  static TokenWeights create(std::int64_t width) {
    return {Linear<T>::create(width, width), Linear<T>::create(width, 1)};
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., n).
  template <Tokens X>
  auto operator()(const X& x) const {
    const auto logits = transpose(output(relu(hidden(values(x)))));  // (..., 1, n)
    return softmax(row(logits, 0), mask(x));                         // (..., n)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("0", self.hidden);
    f("2", self.output);
  }
};

template <Tensor T, class Padding = PaddingMasked>
struct WeightedTokenInteraction {
  TokenWeights<T> text;
  TokenWeights<T> image;
  Padding padding = {};

  static WeightedTokenInteraction create(std::int64_t width) {
    return {TokenWeights<T>::create(width), TokenWeights<T>::create(width)};
  }

  /// Regions or patches (..., R, D), masked if they are padded.
  template <Tokens X>
  auto prepare_image(const X& x) const {
    return prepared("image", image, x);
  }
  /// Words (..., L, D), masked if they are padded.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared("words", text, words);
  }

  template <class X, class Y>
  auto score(const X& regions, const Y& words) const {
    check_same_kind("WeightedTokenInteraction", "image and words", regions.weights, words.weights);
    const auto c = inner(values(regions.tokens), values(words.tokens));                      // (..., R, L)
    const auto of_words = padding.best(transpose(c), mask(regions.tokens));                  // (..., L)
    const auto of_regions = padding.best(c, mask(words.tokens));                             // (..., R)
    return scale(add(dot(of_words, words.weights), dot(of_regions, regions.weights)), 0.5);  // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& x, const Y& words) const {
    return score(prepare_image(x), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("text", self.text);
    f("image", self.image);
  }

 private:
  template <Tokens X>
  static auto prepared(const char* what, const TokenWeights<T>& mlp, const X& x) {
    check_rows("WeightedTokenInteraction", what, x, axis(mlp.hidden.weight, 1));
    check_finite("WeightedTokenInteraction", what, x);
    return WeightedTokens{map_values(x, normalize), mlp(x)};
  }
};

/// DRL's published code: padding competes as a similarity of 0.
template <Tensor T>
using WeightedTokenInteractionCompat = WeightedTokenInteraction<T, PaddingFilled<0>>;

}  // namespace mgan
