// Whether the bounds of a module (alignment/score_bounds.hpp) hold its scores.
#pragma once

#include "mgan/alignment/score_bounds.hpp"
#include "mgan/testing/properties.hpp"

namespace mgan {

struct check_bounds_fn {
  /// Lists of images and texts as `all_pairs` takes them. Every pair, and again with all rows of a sample like its
  /// first: there a weighted mean is its bounds, and rounding alone decides. The note says how wide the bounds are.
  template <class M, class Image, class Text>
  CheckResult operator()(const M& module, const std::vector<Image>& images, const std::vector<Text>& texts) const {
    using ImageState = decltype(prepare_image(module, std::declval<const Image&>()));
    using TextState = decltype(prepare_text(module, std::declval<const Text&>()));
    require_bounds<M, ImageState, TextState>();
    require(!images.empty() && !texts.empty(), "check_bounds: ", images.size(), " images and ", texts.size(),
            " texts, expected at least one of each");
    std::vector<CheckResult> found;
    if constexpr (BoundsScores<M, ImageState, TextState>) {
      const auto check = [&](const char* name, const auto& some_images, const auto& some_texts) {
        CheckResult result{name, "score", "the nearest bound"};
        double width = 0;
        const auto pictures = prepare_images(module, some_images);
        const auto captions = prepare_texts(module, some_texts);
        for (std::size_t i = 0; i < pictures.size(); ++i)
          for (std::size_t t = 0; t < captions.size(); ++t) {
            const ScoreBounds s =
                module.score_bounds(sketch_image(module, pictures[i]), sketch_text(module, captions[t]));
            const double is = static_cast<double>(score(module, pictures[i], captions[t]));
            const double bounded =
                s.lower <= s.upper ? std::min(std::max(is, s.lower), s.upper) : static_cast<double>(NAN);
            result.compare("scores", {static_cast<std::int64_t>(i), static_cast<std::int64_t>(t)}, is, bounded, 0);
            width += (s.upper - s.lower) / static_cast<double>(pictures.size() * captions.size());
          }
        char text[64];
        std::snprintf(text, sizeof text, "bounds are %.3g wide on average", width);
        result.note = text;
        found.push_back(std::move(result));
      };
      check("bounds", images, texts);
      check("bounds of equal rows", equal_rows(images), equal_rows(texts));
    }
    return found.empty() || !found[0] || found[1] ? found.at(0) : found[1];
  }

 private:
  template <class X>
  static std::vector<X> equal_rows(const std::vector<X>& samples) {
    std::vector<X> result;
    for (const X& sample : samples)
      result.push_back(detail::map_numbers(sample, [](HostArray& x) {
        const auto D = static_cast<std::size_t>(x.shape.back());
        for (std::size_t n = D; x.shape.size() > 1 && n < x.values.size(); ++n) x.values[n] = x.values[n % D];
      }));
    return result;
  }
};
/// Bounds against scores, pair by pair.
inline constexpr check_bounds_fn check_bounds{};

}  // namespace mgan
