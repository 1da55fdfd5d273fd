// Rows of modules that are networks of their own: CAMP.
#pragma once

#include "mgan/alignment/camp_cosine.hpp"
#include "mgan/alignment/camp_gated.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

struct CampRow {
  static constexpr Facts facts{.name = "camp", .region_lengths = true, .in_bf16 = false};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"camp-cosine", "cosine of what regions and words hear from each other (CAMP, first stage)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return CampCosine<T>::create(s.width); });
    f(Published<>{"camp-gated", "messages between regions and words, gated by how well they fit (CAMP)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return CampGated<T>::create(s.width); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    bool gated = true;
    options.required("stage", gated, {{"cosine", false}, {"gated", true}});
    if (gated) f(CampGated<T>::create(sizes.width, 2));
    else f(CampCosine<T>::create(sizes.width));
  }
};

using NetworkRows = RowList<CampRow>;

}  // namespace mgan::zoo
