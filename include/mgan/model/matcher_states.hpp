// What the matcher takes, keeps per image and caption, and returns.
#pragma once

#include <optional>
#include <type_traits>

#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/embedding/patch_embedding.hpp"
#include "mgan/embedding/text_embedding.hpp"
#include "mgan/ops/arithmetic.hpp"

namespace mgan {

/// An image, or a LibTorch batch with a leading axis.
template <Tensor T, class Features = T>
struct ImageFeatures {
  Features features;         // (R, d_r), raw detector features; Masked if the batch is ragged
  matrix_of<T> boxes;        // (R, 4), x1 y1 x2 y2 in pixels
  vector_of<T> image_sizes;  // (2), W H
  matrix_of<T> tokens;       // (1 + M, d_p), encoder tokens, [CLS] first
  vector_of<T> graph = {};   // (G), for modules that want one
};
/// A caption with the vector of its graph, for modules that want one; others take the tokens alone.
template <class Tokens, class Graph>
struct CaptionFeatures {
  Tokens tokens;  // (1 + L, d_w), [CLS] first
  Graph graph;    // (E)
};
template <class Tokens, class Graph>
CaptionFeatures(Tokens, Graph) -> CaptionFeatures<Tokens, Graph>;

namespace detail {

template <class State>
inline constexpr bool is_nothing = std::is_same_v<State, Nothing>;

/// A tensor of the first state that is there. A type-erased state says at run time, by empty(), that its module is off.
template <class State, class... More>
auto first_of(const State& state, const More&... more) {
  if constexpr (is_nothing<State>) return first_of(more...);
  else if constexpr (requires {
                       requires sizeof...(More) > 0;
                       state.empty();
                     })
    return state.empty() ? first_of(more...) : first_tensor(state);
  else return first_tensor(state);
}

}  // namespace detail

/// One entry a granularity, for images and for captions alike: what each module prepared.
template <class Region, class Global, class Patch>
struct GranularityStates {
  Region region;
  Global global;
  Patch patch;

  template <class F>
  auto map(const F& f) const {
    return GranularityStates{map_state(region, f), map_state(global, f), map_state(patch, f)};
  }
  auto first_tensor() const { return detail::first_of(global, patch, region); }
};
template <class R, class G, class P>
GranularityStates(R, G, P) -> GranularityStates<R, G, P>;

/// The scores of the granularities, each (...), and Nothing for one that is left out.
template <class Region, class Global, class Patch>
struct GranularityScores {
  Region region;
  Global global;
  Patch patch;
};
template <class R, class G, class P>
GranularityScores(R, G, P) -> GranularityScores<R, G, P>;

namespace detail {

/// True for a module whose type says that it is off; and for one that cannot score, which the matcher refuses by
/// itself: one message is enough.
template <class M>
inline constexpr bool is_off = !NamesScore<M>;
template <class M>
requires requires { typename std::bool_constant<M::enabled()>; }
inline constexpr bool is_off<M> = !M::enabled();

/// NoAlignment, or a module that has score or operator().
template <class M>
inline constexpr bool can_score = NamesScore<M> || requires {
  typename std::bool_constant<M::enabled()>;
};

/// f(module), or Nothing when the type is off, or an empty result when the module says so at run time.
template <class M, class F>
auto when(const M& module, F&& f) {
  if constexpr (is_off<M>) {
    return Nothing{};
  } else {
    using Result = decltype(f(module));
    return is_enabled(module) ? f(module) : Result{};
  }
}

/// Regions as a module asks for them.
template <class M, class R, class Image>
auto offer_regions(const M&, const R& regions, const Image& image) {
  if constexpr (WantsBoxes<M>) return RegionTokens{regions, image.boxes, image.image_sizes};
  else if constexpr (WantsGraph<M>) return GraphTokens{regions, image.graph};
  else return regions;
}
template <class M, class P, class G, class Image>
auto offer_patches(const M&, const P& patches, const G& global, const Image& image) {
  if constexpr (WantsGlobal<M>) return PatchTokens{patches, global};
  else if constexpr (WantsGraph<M>) return GraphTokens{patches, image.graph};
  else return patches;
}
/// Words as a module asks for them; `caption` is what the matcher was given.
template <class M, class Words, class Caption>
auto offer_words(const M&, const Words& words, [[maybe_unused]] const Caption& caption) {
  if constexpr (WantsGraph<M>) {
    static_assert(
        requires { caption.graph; }, "mgan: this module wants graphs: give captions as CaptionFeatures");
    return GraphTokens{words, caption.graph};
  } else {
    return words;
  }
}
/// The tokens of a caption, with or without a graph.
template <class Caption>
const auto& tokens_of(const Caption& caption) {
  if constexpr (requires { caption.graph; }) return caption.tokens;
  else return caption;
}

template <class M, class S, class Total>
void accumulate(const M& module, const S& part, double weight, std::optional<Total>& total) {
  if constexpr (!is_off<M>) {
    if (!is_enabled(module)) return;
    const Total weighted = scale(part, weight);
    total = total ? Total(add(*total, weighted)) : weighted;
  }
}

/// The type of the scores: that of the first granularity that is there.
template <class A, class B, class C>
using score_type = std::conditional_t<!is_nothing<A>, A, std::conditional_t<!is_nothing<B>, B, C>>;

}  // namespace detail
}  // namespace mgan
