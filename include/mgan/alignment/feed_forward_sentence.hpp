// One vector of a caption's words: a feed-forward layer with a residual on every word, and their mean, as CAMERA ends
// its text side (Qu et al., MM 2020; LgQu/CAMERA).
//
//     y = t + BN(W_2 relu(W_1 t + b_1) + b_2)        t_tilde = mean over the real words of y
//
// The publication also averages the empty places of a caption, up to 32; those do not exist here.
#pragma once

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/mlp.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

template <Tensor T>
struct FeedForwardSentence {
  ReluMlp<T> mlp;     // D -> D -> D
  BatchNorm<T> norm;  // (D)

  static FeedForwardSentence create(std::int64_t width, [[maybe_unused]] std::int64_t heads = 0) {
    return {ReluMlp<T>::create(width, width, width), BatchNorm<T>::create(width)};
  }

  /// Words (..., L, D), masked if they are padded -> (..., D).
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& words, const Context& context = {}) const {
    check_rows("FeedForwardSentence", "words", words, axis(mlp.hidden.weight, 1));
    check_finite("FeedForwardSentence", "words", words);
    const auto& t = pack(words);                                  // (W, D)
    const auto y = unpack(add(t, norm(mlp(t), context)), words);  // (..., L, D)
    return mean(transpose(y), mask(words));                       // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("mlp", self.mlp);
    f("norm", self.norm);
  }
};

}  // namespace mgan
