// Rows of modules that are networks of their own: CAMP, LAPS.
#pragma once

#include <algorithm>

#include "mgan/alignment/camp_cosine.hpp"
#include "mgan/alignment/camp_gated.hpp"
#include "mgan/alignment/laps.hpp"
#include "mgan/zoo/run.hpp"

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

/// Patches (..., R, D) and the global vector (..., D) of a case.
template <class Patches, class Global>
struct PatchesAndGlobal {
  Patches patches;
  Global global;

  template <class F>
  auto map(const F& f) const {
    return PatchesAndGlobal{f(patches), f(global)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(patches); }
};
template <class P, class G>
PatchesAndGlobal(P, G) -> PatchesAndGlobal<P, G>;

struct LapsRow {
  static constexpr Facts facts{.name = "laps", .ragged_image = false, .global = true, .cuts_gradient = true};

  /// Its ratios for P patches: half of them are kept, a fifth of P merged tokens.
  template <Tensor T, class Global>
  static Laps<T, Global> published_for(const AlignmentSizes& s) {
    return Laps<T, Global>::create(s.width, (s.patches + 1) / 2, std::max<std::int64_t>(s.patches / 5, 1),
                                   std::max<std::int64_t>(s.width / 5, 1));
  }
  template <class F>
  static void published(F&& f) {
    f(Published<Slot::patch>{"laps-slimming",
                             "every caption keeps its own patches and merges them, [CLS] beside (LAPS)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return published_for<T, GlobalBesidePatches>(s); });
    f(Published<Slot::patch>{"laps-slimming-patches", "the same without [CLS]"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return published_for<T, PatchesAlone>(s); });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    auto m = Laps<T>::create(sizes.width, std::max<std::int64_t>(sizes.patches / 2, 1), 3, 4);
    options.required("keep", m.keep);
    f(m);
  }
  template <class Side, class F>
  static void with_inputs(Side& side, const F& f) {
    with_tokens<true>(side, "words", "input.word_lengths", [&](const auto& words) {
      const auto patches = side.samples("image");
      if (!side.source.has("input.global")) return f(patches, words);
      const auto both = [](const auto& p, const auto& g) { return PatchesAndGlobal{p, g}; };
      f(side.each(both, patches, side.vectors("global")), words);
    });
  }
  template <class F>
  static void outputs(F&& f) {
    f(
        "kept", [](const auto& m, const auto& i, const auto& t) { return m.kept(i, t); }, "(I, T, keep)");
  }
};

using NetworkRows = RowList<CampRow, LapsRow>;

}  // namespace mgan::zoo
