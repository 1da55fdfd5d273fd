// What the matcher and the drivers ask of an alignment module. No base class: any struct that has
//
//     score(image, text)         or, simpler,  operator()(image, text)       one pair -> a number
//     prepare_image(image)       optional: work done once per image; without it the image itself is the state
//     prepare_text(text)         optional: work done once per caption
//
// On batches (LibTorch) the same code sees leading axes: images as (I, 1, ...), captions as (1, T, ...), and returns
// (I, T); ops act on trailing axes, so code written for one pair serves both. Words of a padded batch come as Masked.
// Scores need not be bounded by 1. A state is a tensor, a Masked, a tuple of states, or a struct with two members:
// `map(f)`, the state with f applied to every tensor, and `first_tensor()`, any one of them.
// Each of the three may take a context as its last argument: Inference, or Training with a generator and a list of
// updates of running statistics (core/context.hpp). What else a module can say of itself, as a constant:
//
//     wants_global           it is given PatchTokens and TextTokens, tokens and the global vector, instead of tokens
//     wants_boxes            a region alignment: it is given RegionTokens, with boxes and sizes of images
//     wants_graph            it is given GraphTokens on both sides, tokens and the vector of a graph
//     scores_whole_batch     its score in training depends on the other pairs of the batch: no tiles then
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "mgan/core/context.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/core/member_names.hpp"

namespace mgan {

/// A granularity that is left out: the matcher skips its embedding, its parameters and its score.
struct NoAlignment {
  static constexpr bool enabled() { return false; }
};
/// The state and the score of a granularity that is left out.
struct Nothing {};

/// False for a module that says so through `enabled()`, as NoAlignment does.
template <class M>
constexpr bool is_enabled(const M& module) {
  if constexpr (requires { module.enabled(); }) return module.enabled();
  else return true;
}

/// Whether the training score of a pair depends on the whole batch: a constant, or a member function that says so.
template <class M>
constexpr bool scores_whole_batch([[maybe_unused]] const M& module) {
  if constexpr (requires { module.scores_whole_batch(); }) return module.scores_whole_batch();
  else if constexpr (requires { M::scores_whole_batch; }) return M::scores_whole_batch;
  else return false;
}

namespace detail {
void given(const auto&);  // what a call returns is something: void is refused
template <class>
inline constexpr bool never = false;
}  // namespace detail

struct prepare_image_fn {
  template <class M, class Image, class Context = Inference>
  auto operator()(const M& module, const Image& image, [[maybe_unused]] Context context = {}) const {
    if constexpr (requires { detail::given(module.prepare_image(image, context)); }) {
      return module.prepare_image(image, context);
    } else if constexpr (requires { detail::given(module.prepare_image(image)); }) {
      return module.prepare_image(image);
    } else {
      static_assert(!detail::NamesPrepareImage<M>,
                    "mgan: prepare_image(image) must be const, take the image as it is given and return its state");
      return image;
    }
  }
};
struct prepare_text_fn {
  template <class M, class Text, class Context = Inference>
  auto operator()(const M& module, const Text& text, [[maybe_unused]] Context context = {}) const {
    if constexpr (requires { detail::given(module.prepare_text(text, context)); }) {
      return module.prepare_text(text, context);
    } else if constexpr (requires { detail::given(module.prepare_text(text)); }) {
      return module.prepare_text(text);
    } else {
      static_assert(!detail::NamesPrepareText<M>,
                    "mgan: prepare_text(text) must be const, take the text as it is given and return its state");
      return text;
    }
  }
};
struct score_fn {
  template <class M, class Image, class Text, ContextOfUse Context = Inference>
  auto operator()(const M& module, const Image& image, const Text& text, [[maybe_unused]] Context context = {}) const {
    if constexpr (requires { detail::given(module.score(image, text, context)); }) {
      return module.score(image, text, context);
    } else if constexpr (requires { detail::given(module.score(image, text)); }) {
      return module.score(image, text);
    } else if constexpr (requires { detail::given(module(image, text)); }) {
      return module(image, text);
    } else {
      static_assert(detail::never<M>,
                    "mgan: an alignment module needs score(image, text) or operator()(image, text), const, that takes "
                    "the prepared image and text and returns the score");
      return 0.0;
    }
  }
};

inline constexpr prepare_image_fn prepare_image{};  ///< module.prepare_image(image), or the image itself
inline constexpr prepare_text_fn prepare_text{};    ///< module.prepare_text(text), or the text itself
inline constexpr score_fn score{};                  ///< module.score(...), or module(...)

struct map_state_fn {
  template <class State, class F>
  auto operator()(const State& state, const F& f) const {
    if constexpr (Tensor<State>) {
      return f(state);
    } else if constexpr (std::is_same_v<State, Nothing>) {
      return state;
    } else if constexpr (is_masked<State>) {
      return State{f(state.values), f(state.mask)};
    } else if constexpr (requires { std::tuple_size<State>::value; }) {
      return std::apply([&](const auto&... part) { return std::tuple{(*this)(part, f)...}; }, state);
    } else {
      static_assert(
          requires { state.map(f); },
          "mgan: a state is a tensor, a Masked, a tuple of states, or a struct with map(f) and first_tensor()");
      return state.map(f);
    }
  }
};
/// The state with f applied to every tensor in it.
inline constexpr map_state_fn map_state{};

struct first_tensor_fn {
  template <class State>
  decltype(auto) operator()(const State& state) const {
    if constexpr (Tensor<State>) return (state);
    else if constexpr (is_masked<State>) return (state.values);
    else if constexpr (requires { std::tuple_size<State>::value; }) return (*this)(std::get<0>(state));
    else return state.first_tensor();
  }
};
/// Any tensor of the state: it tells the size of a batch and the tensor library.
inline constexpr first_tensor_fn first_tensor{};

}  // namespace mgan
