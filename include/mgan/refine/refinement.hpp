// Where tokens of one side see each other: a module from tokens to as many tokens, inside an embedding, before anything
// is compared with the other side. Any functor that has
//
//     f(tokens)    or   f(tokens, context)      (..., n, D), masked if they are padded -> the same shape, the same mask
//
// is one, and a template argument of RegionEmbedding, PatchEmbedding and TextEmbedding. The context is Inference or
// Training. One that says `static constexpr bool wants_positions = true` is given, of regions with boxes,
// f(tokens, positions, context): V and L of Eq. (1) in place of their product.
#pragma once

#include "mgan/core/context.hpp"
#include "mgan/core/masked.hpp"

namespace mgan {

/// The tokens stay as they are: the default.
struct NoRefinement {
  static constexpr bool enabled() { return false; }

  template <Tokens X>
  const X& operator()(const X& tokens) const {
    return tokens;
  }
};

/// True for a type that never changes anything.
template <class M>
inline constexpr bool is_no_refinement = false;
template <>
inline constexpr bool is_no_refinement<NoRefinement> = true;

/// False for one that says so through `enabled()`, at run time too.
template <class M>
constexpr bool is_refining(const M& module) {
  if constexpr (requires { module.enabled(); }) return module.enabled();
  else return true;
}

/// refinement(tokens, context), or the tokens as they are where it is off.
template <class M, Tokens X, ContextOfUse Context>
auto refined(const M& refinement, const X& tokens, const Context& context) {
  if constexpr (is_no_refinement<M>) {
    return tokens;
  } else {
    using Refined = decltype(with_context(refinement, context, tokens));
    return is_refining(refinement) ? with_context(refinement, context, tokens) : Refined(tokens);
  }
}

template <class M>
concept WantsPositions = requires {
  requires M::wants_positions;
};

}  // namespace mgan
