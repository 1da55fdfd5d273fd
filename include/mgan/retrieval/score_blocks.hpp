// All-pairs scoring that never holds the (images, texts) matrix: every tile of it goes to a sink and is forgotten.
//
//     score_blocks(module, images, texts, tile, [](first_image, first_text, scores) { ... });    scores (i, t)
//
// The tiles come one after the other on the calling thread, images outermost. Memory beyond the inputs is one tile.
#pragma once

#include <span>
#include <vector>

#include "mgan/alignment/all_pairs.hpp"

namespace mgan {
namespace detail {

/// Images [image, image + images) against texts [text, text + texts).
struct TilePlace {
  std::int64_t image, images, text, texts;
};

template <class F>
void each_tile(std::int64_t n_images, std::int64_t T, Tile tile, const F& f) {
  const std::int64_t step_i = tile.images > 0 ? tile.images : n_images, step_t = tile.texts > 0 ? tile.texts : T;
  for (std::int64_t i = 0; i < n_images; i += step_i)
    for (std::int64_t t = 0; t < T; t += step_t)
      f(TilePlace{i, std::min(step_i, n_images - i), t, std::min(step_t, T - t)});
}

template <class State>
std::int64_t state_count(const State& states) {
  if constexpr (is_list<State>) return static_cast<std::int64_t>(states.size());
  else return batch_size(states);
}
template <class State>
auto some_states(const State& states, std::int64_t first, std::int64_t count) {
  if constexpr (is_list<State>) return State(states.begin() + first, states.begin() + first + count);
  else return slice(states, first, count);
}
template <class M, class Images, class Texts>
auto score_tile(const M& module, const Images& images, const Texts& texts, const TilePlace& at) {
  return score_all(module, some_states(images, at.image, at.images), some_states(texts, at.text, at.texts));
}

}  // namespace detail

struct score_blocks_fn {
  /// Two lists of prepared samples, or two prepared batches.
  template <class M, class Images, class Texts, class Sink>
  void operator()(const M& module, const Images& images, const Texts& texts, Tile tile, Sink&& sink) const {
    detail::each_tile(detail::state_count(images), detail::state_count(texts), tile,
                      [&](const auto& at) { sink(at.image, at.text, detail::score_tile(module, images, texts, at)); });
  }
};
/// Every tile of S (I, T) from prepared images and captions, handed to a sink.
inline constexpr score_blocks_fn score_blocks{};

}  // namespace mgan
