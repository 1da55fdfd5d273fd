// Rows of the MGAN paper's own modules, and of UCoFiA's preset.
#pragma once

#include <cmath>

#include "mgan/alignment/feed_forward_sentence.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "mgan/alignment/ucofia.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

inline constexpr Words<Convention> convention_words = {{"column", Convention::column}, {"row", Convention::row}};

struct PatchAlignmentRow {
  static constexpr Facts facts{.name = "patch_alignment", .image = "patches", .ragged_image = false};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::patch>{"interaction", "similarity interaction, Eq. (5)-(10)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        require(std::isfinite(s.interaction_start), "interaction_start is ", s.interaction_start,
                ", expected a finite number");
        auto align = PatchAlignment<T>::create(s.patches, s.words, s.temperature);
        for (auto* a : {&align.A1, &align.A2, &align.A3, &align.A4}) {
          HostArray numbers = to_host(*a);
          for (double& x : numbers.values) x *= s.interaction_start;
          assign(*a, numbers);
        }
        return align;
      });
    f(Published<Slot::patch>{"ucofia", "the interaction as UCoFiA has it: temperature 0.01, row convention"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return ucofia_alignment<T>(s.patches, s.words); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    auto m = PatchAlignment<T>::create(sizes.patches, sizes.words);
    options.required("temperature", m.temperature);
    options.optional("convention", m.convention, convention_words);
    f(m);
  }
  template <class F>
  static void outputs(F&& f) {
    f("word_to_patch", [](const auto& m, const auto& i, const auto& t) { return m.directions(i, t).word_to_patch; });
    f("patch_to_word", [](const auto& m, const auto& i, const auto& t) { return m.directions(i, t).patch_to_word; });
  }
};

/// The convolutions of MultiViewSummarization: as many as the options say, with their dilations.
inline ViewSizes read_views(Options& options, std::int64_t n_views = 3) {
  ViewSizes sizes{{3, 2}, {1, 3}, {1, 2}, n_views};
  options.optional("channels", sizes.channels);
  options.required("kernel_sizes", sizes.kernel_sizes);
  options.required("dilations", sizes.dilations);
  require(sizes.kernel_sizes.size() == sizes.dilations.size(), options.where(), ": ", sizes.kernel_sizes.size(),
          " kernel_sizes, ", sizes.dilations.size(), " dilations");
  return sizes;
}
/// Weights of these sizes, or none yet where a file brings them.
template <class Views>
void set_views(const Options& options, const ViewSizes& sizes, std::int64_t width, Views& views) {
  if (!options.of_a_file()) {
    views = Views::create(width, sizes);
    return;
  }
  views.conv.resize(sizes.dilations.size());
  for (std::size_t i = 0; i < sizes.dilations.size(); ++i) views.conv[i].dilation = sizes.dilations[i];
}

struct RegionAlignmentRow {
  static constexpr Facts facts{.name = "region_alignment", .image = "regions", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::region>{"views", "multi-view summaries of the regions against the sentence, Eq. (3)-(4)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return RegionAlignment<T>::create(s.width, ViewSizes::for_width(s.width, s.n_views), s.heads);
      });
    f(Published<Slot::region>{"camera",
                              "multi-view summaries against CAMERA's sentence, a feed-forward layer and a mean"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return WithFeedForward<T>::create(s.width, ViewSizes::for_width(s.width, s.n_views));
      });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    bool feed_forward = false;
    options.optional("sentence", feed_forward, {{"attention", false}, {"feed_forward", true}});
    const ViewSizes views = read_views(options, sizes.n_views);
    if (feed_forward) {
      WithFeedForward<T> m;
      set_views(options, views, sizes.width, m.views);
      m.sentence = decltype(m.sentence)::create(sizes.width);
      f(m);
    } else {
      RegionAlignment<T> m;
      set_views(options, views, sizes.width, m.views);
      m.sentence = decltype(m.sentence)::create(sizes.width, sizes.heads);
      options.required("heads", m.sentence.heads);
      f(m);
    }
  }
  template <class F>
  static void outputs(F&& f) {
    f("winning_view", [](const auto& m, const auto& i, const auto& t) { return m.winning_view(i, t); });
  }

 private:
  template <Tensor T>
  using WithFeedForward = RegionAlignment<T, MultiViewSummarization<T>, FeedForwardSentence<T>>;
};

struct GlobalAlignmentRow {
  static constexpr Facts facts{
      .name = "global_alignment", .text = "text", .vectors = true, .ragged_image = false, .word_lengths = false};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::global>{"cosine", "cosine of the two [CLS] vectors, Eq. (11)"},
      [](auto, const AlignmentSizes&) { return GlobalAlignment{}; });
  }
  template <Tensor T, class F>
  static void configured(Options&, const AlignmentSizes&, F&& f) {
    f(GlobalAlignment{});
  }
};

struct PlainAggregationRow {
  static constexpr Facts facts{.name = "plain_aggregation", .image = "patches", .ragged_image = false};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::patch>{"plain", "mean of maxima in both directions, the ablation's standard aggregation"},
      [](auto, const AlignmentSizes&) { return PlainAggregation{}; });
  }
  template <Tensor T, class F>
  static void configured(Options&, const AlignmentSizes&, F&& f) {
    f(PlainAggregation{});
  }
};

using PaperRows = RowList<PatchAlignmentRow, RegionAlignmentRow, GlobalAlignmentRow, PlainAggregationRow>;

}  // namespace mgan::zoo
