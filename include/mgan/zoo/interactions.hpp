// Rows of modules that weigh a matrix of similarities: AOSM, the interaction with a trained temperature, WTI, TS2-Net's
// mean, the best pair of views.
#pragma once

#include "mgan/alignment/aosm.hpp"
#include "mgan/alignment/learned_temperature.hpp"
#include "mgan/alignment/multi_view_max.hpp"
#include "mgan/alignment/self_weighted_mean.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
#include "mgan/zoo/paper.hpp"

namespace mgan::zoo {

struct MultiViewMaxRow {
  static constexpr Facts facts{.name = "multi_view_max", .text = "text", .word_lengths = false};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"multi-view-max", "the best pair of one region or patch and one word"},
      [](auto, const AlignmentSizes&) { return MultiViewMax{}; });
  }
  template <Tensor T, class F>
  static void configured(Options&, const AlignmentSizes&, F&& f) {
    f(MultiViewMax{});
  }
};

struct AosmRow {
  static constexpr Facts facts{.name = "aosm", .image = "patches", .ragged_image = false};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::patch>{"aosm", "attention over the similarity matrix (X-CLIP)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return Aosm<T>::create(s.patches, s.words); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    auto m = Aosm<T>::create(sizes.patches, sizes.words, options.has_weight("P") ? sizes.width : 0);
    options.required("temperature", m.temperature);
    options.optional("convention", m.convention, convention_words);
    f(m);
  }
  template <class F>
  static void outputs(F&& f) {
    PatchAlignmentRow::outputs(f);
  }
};

struct LearnedTemperatureRow {
  static constexpr Facts facts{
      .name = "learned_temperature_patch_alignment", .image = "patches", .ragged_image = false};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::patch>{"learned-temperature", "the similarity interaction with a trained temperature"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return LearnedTemperaturePatchAlignment<T>::create(s.patches, s.words, s.temperature);
      });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    auto m = LearnedTemperaturePatchAlignment<T>::create(sizes.patches, sizes.words);
    options.optional("convention", m.convention, convention_words);
    f(m);
  }
  template <class F>
  static void outputs(F&& f) {
    PatchAlignmentRow::outputs(f);
  }
};

struct WeightedTokenInteractionRow {
  static constexpr Facts facts{.name = "weighted_token_interaction", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"wti", "mean of maxima with learnt weights of the tokens (DRL WTI)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return WeightedTokenInteraction<T>::create(s.width);
      });
  }
  template <Tensor T, class F>
  static void configured(Options&, const AlignmentSizes& sizes, F&& f) {
    f(WeightedTokenInteraction<T>::create(sizes.width));
  }
};

struct SelfWeightedMeanRow {
  static constexpr Facts facts{.name = "self_weighted_mean"};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"self-weighted", "a mean of similarities that weighs each by itself (TS2-Net)"},
      [](auto, const AlignmentSizes&) { return SelfWeightedMean{}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    SelfWeightedMean m;
    options.required("scale", m.scaling);
    f(m);
  }
};

using InteractionRows =
    RowList<MultiViewMaxRow, AosmRow, LearnedTemperatureRow, WeightedTokenInteractionRow, SelfWeightedMeanRow>;

}  // namespace mgan::zoo
