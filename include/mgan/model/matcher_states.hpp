// What the matcher takes, keeps per image and caption, and returns.
#pragma once

#include <optional>
#include <type_traits>

#include "mgan/alignment/contract.hpp"
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
};

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

/// The tokens, or the tokens with their global vector for a module that wants it.
template <class M, class P, class G>
auto offer(const M&, const P& tokens, const G& global_and_tokens) {
  if constexpr (requires { requires M::wants_global; }) return global_and_tokens;
  else return tokens;
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
