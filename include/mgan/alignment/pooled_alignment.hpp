// One vector a side: what a pool makes of the tokens, and the cosine of both.
//
//     S = cos(pool_v(V), pool_t(T))
//
// Everything is done once a side; a pair costs 2 D.
#pragma once

#include "mgan/alignment/generalized_pooling.hpp"
#include "mgan/alignment/token_pools.hpp"
#include "mgan/core/context.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

template <class ImagePool, class TextPool = ImagePool>
struct PooledAlignment {
  ImagePool image = {};
  TextPool text = {};

  /// Regions or patches (..., R, D), masked if they are padded -> a unit vector (..., H).
  template <Tokens X, ContextOfUse Context = Inference>
  auto prepare_image(const X& tokens, const Context& context = {}) const {
    return normalize(with_context(image, context, tokens));  // (..., H)
  }
  /// Words (..., L, D), masked if they are padded -> a unit vector (..., H).
  template <Tokens Y, ContextOfUse Context = Inference>
  auto prepare_text(const Y& words, const Context& context = {}) const {
    return normalize(with_context(text, context, words));  // (..., H)
  }
  template <Tensor X, Tensor Y>
  auto score(const X& image_vector, const Y& text_vector) const {
    require(axis(image_vector, 1) == axis(text_vector, 1), "PooledAlignment: image is ", shape(image_vector),
            ", text is ", shape(text_vector));
    check_same_kind("PooledAlignment", "image and text", image_vector, text_vector);
    return dot(image_vector, text_vector);  // (...)
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& tokens, const Y& words) const {
    return score(prepare_image(tokens), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if constexpr (HasParameters<ImagePool>) f("image", self.image);
    if constexpr (HasParameters<TextPool>) f("text", self.text);
  }
};

/// GPO of both sides: the end of VSE-infinity (Chen et al., CVPR 2021), whose theta each side learns for itself.
template <Tensor T>
using PooledByGpo = PooledAlignment<GeneralizedPooling<T>>;
/// VSRN's vectors (Li et al., ICCV 2019): the last states of a GRU over the regions and of one over the words. Its
/// regions come from a VisualReasoning in the embedding.
template <Tensor T>
using PooledByGru = PooledAlignment<LastState<T>>;
/// DSRAN's vectors (Wen et al., TCSVT 2020): fused graphs of the image tokens, the mean of the words.
template <Tensor T>
using PooledByGraphs = PooledAlignment<FusedGraphs<T>, MeanTokens>;

}  // namespace mgan
