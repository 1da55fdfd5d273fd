// Every image against every caption: S (images, texts). The one place that broadcasts, tiles and loops.
//
//     std::vector of samples     any tensor type    prepare each sample once, then loop over the pairs
//     a batch, Masked, struct    LibTorch           images (I, ...) -> (I, 1, ...), captions (T, ...) -> (1, T, ...)
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "mgan/alignment/contract.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// How many images and captions are scored at once; 0: all. It bounds memory and does not change
/// the numbers beyond rounding.
struct Tile {
  std::int64_t images = 0;
  std::int64_t texts = 0;
};

namespace detail {

/// A module of a name says it in messages.
template <class M>
constexpr const char* name_of_module() {
  if constexpr (requires { std::string_view(M::name); }) return M::name;
  else return "this module";
}

/// A batch of states from `begin` on.
template <class State>
State slice(const State& state, std::int64_t begin, std::int64_t count) {
  return map_state(state, [&](const auto& x) { return ops_for<decltype(x)>::narrow(x, begin, count); });
}
/// axis 1 for images, 0 for captions: (I, ...) -> (I, 1, ...), (T, ...) -> (1, T, ...).
template <class State>
State spread(const State& state, std::int64_t axis) {
  return map_state(state, [&](const auto& x) { return ops_for<decltype(x)>::unsqueeze(x, axis); });
}
template <class State>
std::int64_t batch_size(const State& state) {
  const Shape s = shape(first_tensor(state));
  require(!s.empty(), "all_pairs: a state without a batch axis");
  return s.front();
}

template <class X>
inline constexpr bool are_samples = true;
template <Tokens X>
inline constexpr bool are_samples<X> = requires(const X& x) {
  ops_for<decltype(values(x))>::unsqueeze(values(x), 0);
};
template <class X>
inline constexpr bool are_samples<std::vector<X>> = !is_list<X> && !std::is_arithmetic_v<X>;
/// A list, or a batch of a library that has batches.
template <class Images, class Texts>
inline constexpr bool both_sides = are_samples<Images>&& are_samples<Texts>&& is_list<Images> == is_list<Texts>;

}  // namespace detail

struct score_all_fn {
  /// Lists of prepared samples -> (I, T) in the samples' matrix type. At inference alone where a module's training
  /// score depends on the batch.
  template <class M, class Image, class Text, ContextOfUse Context = Inference>
  auto operator()(const M& module, const std::vector<Image>& images, const std::vector<Text>& texts,
                  Context context = {}) const {
    if constexpr (is_training<Context>)
      require(!scores_whole_batch(module), "score_all: in training the scores of ", detail::name_of_module<M>(),
              " depend on the whole batch: give batches, not lists of samples");
    using Sample = std::remove_cvref_t<decltype(first_tensor(std::declval<const Image&>()))>;
    const auto n_images = static_cast<std::int64_t>(images.size()), T = static_cast<std::int64_t>(texts.size());
    HostArray numbers{{n_images, T}, {}};
    constexpr bool is_number = requires(const Image& x, const Text& y) {
      static_cast<double>(score(module, x, y, std::declval<const Context&>()));
    };
    static_assert(is_number,
                  "mgan: the score of one image and one text must be a number: the samples or the module have "
                  "an axis too many");
    if constexpr (is_number) {
      for (const Image& image : images)
        for (const Text& text : texts)
          numbers.values.push_back(static_cast<double>(score(module, image, text, context)));
    }
    auto scores = make_matrix<Sample>(n_images, T);
    assign(scores, numbers);
    return scores;
  }

  /// Prepared batches -> (I, T). Throws for a tile in training where a module's score depends on the whole batch.
  template <class M, class Image, class Text, ContextOfUse Context = Inference>
  auto operator()(const M& module, const Image& images, const Text& texts, Tile tile = {}, Context context = {}) const {
    using Scores = decltype(score(module, detail::spread(images, 1), detail::spread(texts, 0), context));
    using ops = ops_for<Scores>;
    if constexpr (is_training<Context>)
      require((tile.images == 0 && tile.texts == 0) || !scores_whole_batch(module),
              "score_all: in training the scores of ", detail::name_of_module<M>(),
              " depend on the whole batch: it cannot be tiled, Tile{", tile.images, ", ", tile.texts, "}");
    const std::int64_t n_images = detail::batch_size(images), T = detail::batch_size(texts);
    const std::int64_t step_i = tile.images > 0 ? tile.images : std::max<std::int64_t>(n_images, 1);
    const std::int64_t step_t = tile.texts > 0 ? tile.texts : std::max<std::int64_t>(T, 1);
    if (n_images * T == 0 || (n_images <= step_i && T <= step_t))
      return score(module, detail::spread(images, 1), detail::spread(texts, 0), context);

    std::vector<Scores> rows;  // blocks of images, each (step_i, T)
    for (std::int64_t i = 0; i < n_images; i += step_i) {
      const auto some_images = detail::spread(detail::slice(images, i, std::min(step_i, n_images - i)), 1);
      std::vector<Scores> blocks;  // (step_i, step_t) each
      for (std::int64_t t = 0; t < T; t += step_t) {
        blocks.push_back(
            score(module, some_images, detail::spread(detail::slice(texts, t, std::min(step_t, T - t)), 0), context));
      }
      rows.push_back(ops::join(blocks, 1));
    }
    return ops::join(rows, 0);
  }
  template <class M, class Image, class Text, ContextOfUse Context>
  auto operator()(const M& module, const Image& images, const Text& texts, Context context) const {
    return (*this)(module, images, texts, Tile{}, context);
  }
};
/// S (I, T) from prepared images and captions.
inline constexpr score_all_fn score_all{};

namespace detail {
/// Statistics of a batch are those of one tensor: in a list every sample would have its own.
template <class Context, class M>
void refuse_lists(const char* where, const M& module) {
  if constexpr (is_training<Context>)
    require(!has_state(module), where, ": ", name_of_module<M>(),
            " has running statistics, which in training are those of the batch: give a batch, not a list of samples");
}
}  // namespace detail

struct prepare_images_fn {
  template <class M, class Image, class Context = Inference>
  auto operator()(const M& module, const std::vector<Image>& images, Context context = {}) const {
    detail::refuse_lists<Context>("prepare_images", module);
    std::vector<decltype(prepare_image(module, std::declval<const Image&>(), context))> states;
    for (const Image& image : images) states.push_back(prepare_image(module, image, context));
    return states;
  }
  template <class M, class Images, class Context = Inference>
  auto operator()(const M& module, const Images& images, Context context = {}) const {
    return prepare_image(module, images, context);
  }
};
struct prepare_texts_fn {
  template <class M, class Text, class Context = Inference>
  auto operator()(const M& module, const std::vector<Text>& texts, Context context = {}) const {
    detail::refuse_lists<Context>("prepare_texts", module);
    std::vector<decltype(prepare_text(module, std::declval<const Text&>(), context))> states;
    for (const Text& text : texts) states.push_back(prepare_text(module, text, context));
    return states;
  }
  template <class M, class Texts, class Context = Inference>
  auto operator()(const M& module, const Texts& texts, Context context = {}) const {
    return prepare_text(module, texts, context);
  }
};
/// The state of every image of a list or batch; the work that does not depend on captions.
inline constexpr prepare_images_fn prepare_images{};
/// The state of every caption of a list or batch.
inline constexpr prepare_texts_fn prepare_texts{};

struct all_pairs_fn {
  template <class M, class Images, class Texts>
  auto operator()(const M& module, const Images& images, const Texts& texts) const {
    static_assert(detail::both_sides<Images, Texts>,
                  "mgan: images and texts are two std::vector of samples, each a tensor, or two batches of a "
                  "library that has them, such as LibTorch");
    if constexpr (detail::both_sides<Images, Texts>)
      return score_all(module, prepare_images(module, images), prepare_texts(module, texts));
  }
};
/// S (I, T) from images and captions as the module takes them.
inline constexpr all_pairs_fn all_pairs{};

}  // namespace mgan
