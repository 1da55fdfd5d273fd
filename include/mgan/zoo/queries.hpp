// Rows of modules whose queries ask several times: IMRAM, RCAR.
#pragma once

#include <algorithm>
#include <utility>

#include "mgan/alignment/imram.hpp"
#include "mgan/alignment/rcar.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

struct ImramRow {
  static constexpr Facts facts{.name = "imram", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"imram", "both sides ask the other several times, changed by what they found (IMRAM)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return Imram<T>::create(s.width); });
    f(Published<>{"imram-t2i", "words ask regions or patches several times (IMRAM)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        auto m = ImramTextToImage<T>::create(s.width);
        m.lambda_softmax = 11;
        return m;
      });
    f(Published<>{"imram-i2t", "regions or patches ask words several times (IMRAM)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return ImramImageToText<T>::create(s.width); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    enum class Way { words, regions, both } way = Way::both;
    options.required("direction", way,
                     {{"text_to_image", Way::words}, {"image_to_text", Way::regions}, {"both", Way::both}});
    auto both = Imram<T>::create(sizes.width);
    auto& words = both.text_to_image;
    auto& regions = both.image_to_text;
    options.required("steps", words.steps);
    options.required("normalize", words.normalize);
    options.required("lambda_softmax", words.lambda_softmax);
    regions.steps = words.steps, regions.normalize = words.normalize, regions.lambda_softmax = words.lambda_softmax;
    if (way == Way::words) f(words);
    else if (way == Way::regions) f(regions);
    else f(both);
  }
};

struct RcarRow {
  static constexpr Facts facts{.name = "rcar", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    const auto both_directions = [&](const char* words_ask, const char* regions_ask, const char* words_what,
                                     const char* regions_what, Regulator regulator) {
      const auto make = [regulator]<class Direction>(std::type_identity<Direction>) {
        return [regulator]<class T>(std::type_identity<T>, const AlignmentSizes& s) {
          return Rcar<T, Direction>::create(s.width, 2, regulator);
        };
      };
      f(Published<>{words_ask, words_what}, make(std::type_identity<TextToImage>{}));
      f(Published<>{regions_ask, regions_what}, make(std::type_identity<ImageToText>{}));
    };
    both_directions("rcar-t2i", "rcar-i2t", "words ask twice: how they ask and which answers count is learnt (RCAR)",
                    "regions or patches ask twice: how they ask and which answers count is learnt (RCAR)",
                    Regulator::rcar);
    both_directions("rcr-t2i", "rcr-i2t", "words ask, and ask again as what they found tells them (RCR)",
                    "regions or patches ask, and ask again as what they found tells them (RCR)", Regulator::rcr);
    both_directions("rar-t2i", "rar-i2t", "which answers to words count is learnt (RAR)",
                    "which answers to regions or patches count is learnt (RAR)", Regulator::rar);
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    Regulator regulator = Regulator::rcar;
    bool words_ask = true;
    std::int64_t steps = 2;
    options.required("regulator", regulator,
                     {{"rar", Regulator::rar}, {"rcr", Regulator::rcr}, {"rcar", Regulator::rcar}});
    options.required("direction", words_ask, {{"text_to_image", true}, {"image_to_text", false}});
    options.required("steps", steps);
    const auto made = [&]<class Direction>(std::type_identity<Direction>) {
      const std::int64_t similarity = std::max<std::int64_t>(3 * sizes.width / 2, 2);  // not D, to tell them apart
      auto m = Rcar<T, Direction>::create(sizes.width, steps, regulator, similarity);
      options.required("lambda_softmax", m.lambda_softmax);
      f(std::move(m));
    };
    if (words_ask) made(std::type_identity<TextToImage>{});
    else made(std::type_identity<ImageToText>{});
  }
};

using QueryRows = RowList<ImramRow, RcarRow>;

}  // namespace mgan::zoo
