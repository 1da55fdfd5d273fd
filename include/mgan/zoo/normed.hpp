// Rows of modules with running statistics: SGRAF, ADAPT.
#pragma once

#include "mgan/alignment/adapt.hpp"
#include "mgan/alignment/sgraf.hpp"
#include "mgan/zoo/batch_statistics.hpp"
#include "mgan/zoo/row.hpp"
#include "mgan/zoo/run.hpp"

namespace mgan::zoo {

struct SgrafRow {
  static constexpr Facts facts{.name = "sgraf", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"sgraf-saf", "vectors of similarities of a pair, filtered (SGRAF's SAF)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return Sgraf<T>::create(s.width, s.image_tokens, s.similarity);
      });
    f(Published<>{"sgraf-sgr", "vectors of similarities of a pair, reasoned about as a graph (SGRAF's SGR)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return Sgraf<T, Sgr<T>>::create(s.width, s.image_tokens, s.similarity);
      });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    bool reasons = false, batch = false;
    std::int64_t steps = 3;
    double lambda = 9;
    options.required("aggregate", reasons, {{"saf", false}, {"sgr", true}});
    options.required("lambda_softmax", lambda);
    options.required("statistics", batch, statistics_words);
    options.required_if(reasons, "steps", steps);
    const auto finish = [&](auto module) {
      module.lambda_softmax = lambda;
      f(std::move(module));
    };
    if (reasons)
      finish(Sgraf<T, Sgr<T>>::create(sizes.width, sizes.image_tokens, sizes.similarity,
                                      Sgr<T>::create(sizes.similarity, steps)));
    else finish(Sgraf<T>::create(sizes.width, sizes.image_tokens, sizes.similarity));
  }
  template <class Side>
  static void run(Side& side) {
    run_with_statistics<SgrafRow>(side);
  }
  template <class M>
  static void leave_out_noise(M& module) {
    module.image.dropout.rate = module.text.dropout.rate = 0;
  }

  /// Lists of images and captions -> the scores (I, T) that training has.
  template <class M, Tensor X>
  static X scores_of_batch(M module, const std::vector<X>& images, const std::vector<X>& captions) {
    auto& norms = module.image.norms;
    set_slot_moments(norms.slots.statistics, images, [&](const X& x) { return transpose(module.image.local(x)); });
    set_moments(norms.channels.statistics, images, [&](const X& x) {
      return as_row(module.image.global(mean(transpose(x))));  // (1, D)
    });
    const auto pictures = prepare_images(module, images);
    const auto texts = prepare_texts(module, captions);
    std::vector<X> of_caption;  // (I, 1) each
    for (const auto& text : texts) {
      if constexpr (M::scores_whole_batch)
        set_moments(module.aggregate.filter_norm.statistics, pictures,
                    [&](const auto& x) { return X(module.aggregate.filter(module.nodes(x, text))); });  // (1 + L, 1)
      of_caption.push_back(score_all(module, pictures, std::vector{text}));
    }
    return concat(of_caption);  // (I, T)
  }

 private:
  /// Those of a slot over the images that have it; f makes (D, R) of an image of R regions.
  template <class Statistics, class X, class F>
  static void set_slot_moments(Statistics& statistics, const std::vector<X>& images, const F& f) {
    using V = decltype(statistics.mean);
    std::vector<X> rows;
    std::int64_t most = 0;
    for (const X& x : images) {
      rows.push_back(f(x));
      most = std::max(most, axis(x, 2));
    }
    require(most <= axis(statistics.mean, 1), "Sgraf: ", most, " regions, but image.local_norm has ",
            axis(statistics.mean, 1), " slots");
    std::vector<V> means, variances;  // of a slot each, (1)
    for (std::int64_t r = 0; r < most; ++r) {
      std::vector<X> of_slot;
      for (const X& x : rows)
        if (axis(x, 1) > r) of_slot.push_back(columns(x, r, 1));
      const auto [m, v] = channel_moments(concat_rows(of_slot), [](const auto& y) { return mean(transpose(y)); });
      means.push_back(m);
      variances.push_back(v);
    }
    statistics.mean = concat(means);
    statistics.variance = concat(variances);
  }
};

struct AdaptRow {
  static constexpr Facts facts{.name = "adapt", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"adapt-t2i", "the caption scales and shifts what regions or patches say (ADAPT)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return Adapt<T, TextToImage>::create(s.width); });
    f(Published<>{"adapt-i2t", "the picture scales and shifts what words say (ADAPT)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return Adapt<T, ImageToText>::create(s.width); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    bool words_ask = true, batch = false;
    double sharpness = 10;
    options.required("direction", words_ask, {{"text_to_image", true}, {"image_to_text", false}});
    options.required("sharpness", sharpness);
    options.required("statistics", batch, statistics_words);
    const auto width_if = [&](const char* weight) { return options.of_a_file() && options.has_weight(weight) ? 1 : 0; };
    const std::int64_t image = width_if("image_graph.weight"), text = width_if("text_graph.weight");
    const auto finish = [&](auto module) {
      module.sharpness = sharpness;
      f(std::move(module));
    };
    if (words_ask) finish(Adapt<T, TextToImage>::create(sizes.width, image, text));
    else finish(Adapt<T, ImageToText>::create(sizes.width, image, text));
  }
  template <class Side>
  static void run(Side& side) {
    run_with_statistics<AdaptRow>(side);
  }
  template <class M>
  static void leave_out_noise(M&) {}

  /// f(images, captions), each with the vectors of graphs where the case has them.
  template <class Side, class F>
  static void with_inputs(Side& side, const F& f) {
    const auto with_graph = [&side](const char* name, const auto& tokens, const auto& next) {
      if (!side.source.has(std::string("input.") + name)) return next(tokens);
      next(side.each(
          [](const auto& x, const auto& graph) {
            return GraphTokens{x, graph};
          },
          tokens, side.vectors(name)));
    };
    with_tokens<true>(side, "image", "input.region_lengths", [&](const auto& image) {
      with_tokens<true>(side, "words", "input.word_lengths", [&](const auto& words) {
        with_graph("image_graph", image, [&](const auto& images) {
          with_graph("text_graph", words, [&](const auto& captions) { f(images, captions); });
        });
      });
    });
  }

  template <class M, class Image, class Text>
  static auto scores_of_batch(M module, const std::vector<Image>& images, const std::vector<Text>& captions) {
    const auto tokens = [](const auto& side) {
      if constexpr (requires { side.graph; }) return side.tokens;
      else return side;
    };
    if constexpr (M::values_are_regions) set_moments(module.norm, images, tokens);
    else set_moments(module.norm, captions, tokens);
    return score_all(module, prepare_images(module, images), prepare_texts(module, captions));
  }
};

using NormedRows = RowList<SgrafRow, AdaptRow>;

}  // namespace mgan::zoo
