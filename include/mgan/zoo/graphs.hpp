// Rows of modules that make graphs of a side: GSMN.
#pragma once

#include <vector>

#include "mgan/alignment/gsmn.hpp"
#include "mgan/zoo/run.hpp"

namespace mgan::zoo {

struct GsmnRow {
  static constexpr Facts facts{.name = "gsmn", .in_bf16 = false, .boxes = true};

  template <class F>
  static void published(F&& f) {
    f(Published<Slot::region>{"gsmn", "graphs of regions, by their boxes, and of words (GSMN)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes&) { return Gsmn<T>::create(); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    std::int64_t blocks = 2, kernels = 3;
    options.required("blocks", blocks);
    options.required("kernels", kernels);
    require(kernels >= 1, options.where(), ": kernels is ", kernels, ", expected at least 1");
    auto m = Gsmn<T>::create(blocks, kernels, 2 * kernels);
    options.required("lambda_softmax", m.lambda_softmax);
    options.optional("neighbours", m.neighbours, {{"self", Neighbours::self}, {"all", Neighbours::all}});
    f(m);
  }
  template <class Side, class F>
  static void with_inputs(Side& side, const F& f) {
    const auto boxes = boxes_of(side);
    const auto with_boxes = [](const auto& regions, const auto& b, const auto& size) {
      return RegionTokens{regions, b, size};
    };
    with_tokens<true>(side, "image", "input.region_lengths", [&](const auto& regions) {
      with_tokens<true>(side, "words", "input.word_lengths", [&](const auto& words) {
        f(side.each(with_boxes, regions, boxes, side.vectors("image_sizes")), words);
      });
    });
  }
  template <class F>
  static void outputs(F&& f) {
    f("image_scores", [](const auto& m, const auto& i, const auto& t) { return m.score_of_image(i, t); });
  }

 private:
  /// A list of samples has the boxes of real regions alone, a batch has them all.
  template <class Side>
  static auto boxes_of(Side& side) {
    using Boxes = std::remove_cvref_t<decltype(side.samples("boxes"))>;
    if constexpr (mgan::detail::is_list<Boxes>) {
      if (side.source.has("input.region_lengths"))
        return side.samples("boxes", side.source.integers("input.region_lengths"));
    }
    return side.samples("boxes");
  }
};

using GraphRows = RowList<GsmnRow>;

}  // namespace mgan::zoo
