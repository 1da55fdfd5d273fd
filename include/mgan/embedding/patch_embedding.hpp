// Patches and the whole picture in the joint space. Eq. (2) of the MGAN paper.
//
//     P_bar = MLP(patch tokens)      p_cls = MLP([CLS])      one MLP for both: Linear - GELU - Linear
#pragma once

#include <utility>

#include "mgan/nn/mlp.hpp"
#include "mgan/ops/rows.hpp"
#include "mgan/refine/refinement.hpp"

namespace mgan {

/// Patches (..., M, D) and the global vector (..., D) of an image.
template <class Patches, class Global>
struct PatchTokens {
  Patches patches;
  Global global;
};
template <class Patches, class Global>
PatchTokens(Patches, Global) -> PatchTokens<Patches, Global>;

/// `Refine` lets the patches see each other (refine/refinement.hpp); the global vector stays what the MLP makes of
/// [CLS].
template <Tensor T, class Refine = NoRefinement>
struct PatchEmbedding {
  Mlp<T> mlp;  // d_p -> D -> D
  Refine refinement = {};

  static PatchEmbedding create(std::int64_t token_width, std::int64_t width, Refine refinement = {}) {
    return {Mlp<T>::create(token_width, width, width), std::move(refinement)};
  }

  /// Encoder tokens (..., 1 + M, d_p), [CLS] first -> patches (..., M, D), global (..., D).
  template <Tensor X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    check_rows("PatchEmbedding", "tokens", tokens, axis(mlp.hidden.weight, 1));
    require(axis(tokens, 2) > 1, "PatchEmbedding: tokens are ", shape(tokens),
            ", expected [CLS] and at least one patch");
    check_finite("PatchEmbedding", "tokens", tokens);
    const auto [global, patches] = split_first_row(mlp(tokens));  // (..., D), (..., M, D)
    return PatchTokens{refined(refinement, patches, context), global};
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("mlp", self.mlp);
    f("refinement", self.refinement);
  }
};

}  // namespace mgan
