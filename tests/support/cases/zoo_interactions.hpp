// MultiViewMax, SelfWeightedMean, and the modules with weights: AOSM, UCoFiA's preset, WTI.
#pragma once

#include "mgan/alignment/aosm.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/multi_view_max.hpp"
#include "mgan/alignment/self_weighted_mean.hpp"
#include "mgan/alignment/ucofia.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
#include "tests/reference/aosm.hpp"
#include "tests/reference/max_sim.hpp"
#include "tests/reference/multi_view_max.hpp"
#include "tests/reference/self_weighted_mean.hpp"
#include "tests/reference/weighted_token_interaction.hpp"
#include "zoo.hpp"

namespace support {

template <class F>
void plain_zoo_cases(F&& f) {
  every_zoo_input(
      "MultiViewMax", [](auto) { return mgan::MultiViewMax{}; }, 1, Compat::none,
      [](const ZooInput& in) {
        return reference::multi_view_max(in.image, in.words, in.word_lengths, in.region_lengths);
      },
      f);
  for (const double scale : {4.0, 0.5}) {
    every_zoo_input(
        "SelfWeightedMean, " + std::to_string(scale), [scale](auto) { return mgan::SelfWeightedMean{scale}; }, 0.25,
        Compat::none,
        [scale](const ZooInput& in) {
          return reference::self_weighted_mean(scale, in.image, in.words, in.word_lengths, in.region_lengths);
        },
        f);
  }
}

/// Four matrices without any symmetry; a caption may be shorter than A1 and A4 by one word at least.
inline void add_interactions(ZooInput& in, double size) {
  Random random(11);
  const Index words = in.words.size(1) + 1, patches = in.image.size(1);
  in.weights["A1"] = random.normal({words, words}, size);
  in.weights["A2"] = random.normal({patches, patches}, size);
  in.weights["A3"] = random.normal({patches, patches}, size);
  in.weights["A4"] = random.normal({words, words}, size);
}

inline reference::Aosm reference_aosm(const ZooInput& in, double tau, reference::Convention convention) {
  const auto& w = in.weights;
  const auto P = w.find("P");
  return {w.at("A1"), w.at("A2"), w.at("A3"), w.at("A4"), P == w.end() ? Array() : P->second, tau, convention};
}

/// f(case) for AOSM with both conventions, with and without its projection.
template <class F>
void aosm_cases(F&& f) {
  for (const bool row : {false, true}) {
    for (const double tau : {1.0, 0.1, 0.01}) {
      const bool project = row == (tau == 0.1);
      const auto make = [=]<class T>(std::type_identity<T>) {
        mgan::Aosm<T> m;
        m.project = project, m.temperature = tau;
        m.convention = row ? mgan::Convention::row : mgan::Convention::column;
        return m;
      };
      const auto named = row ? reference::Convention::row : reference::Convention::column;
      every_zoo_input<false>(
          std::string("AOSM, ") + (row ? "row" : "column") + ", tau " + std::to_string(tau), make, tau, Compat::none,
          [=](const ZooInput& in) {
            return reference::aosm(reference_aosm(in, tau, named), in.image, in.words, in.word_lengths).scores;
          },
          [&](auto c) {
            add_interactions(c.in, 0.7);
            if (project) c.in.weights["P"] = Random(12).normal({c.in.image.size(2), c.in.image.size(2)}, 0.6);
            f(std::move(c));
          });
    }
  }
}

/// f(case) for the interaction of UCoFiA's paper, and blind to padding.
template <class F>
void ucofia_cases(F&& f) {
  const auto scores = [](const ZooInput& in, const Array& words, const Lengths& lengths) {
    const auto& w = in.weights;
    return reference::patch_alignment(
               {w.at("A1"), w.at("A2"), w.at("A3"), w.at("A4"), 0.01, reference::Convention::row}, in.image, words,
               lengths)
        .scores;
  };
  const auto with_weights = [&](auto c) {
    add_interactions(c.in, 0.05);
    f(std::move(c));
  };
  every_zoo_input<false>(
      "UCoFiA", []<class T>(std::type_identity<T>) { return mgan::ucofia_alignment<T>(1, 1); }, 0.01, Compat::none,
      [=](const ZooInput& in) { return scores(in, in.words, in.word_lengths); }, with_weights);
  every_zoo_input<false>(
      "UCoFiA compat", []<class T>(std::type_identity<T>) { return mgan::ucofia_alignment_compat<T>(1, 1); }, 0.01,
      Compat::counts, [=](const ZooInput& in) { return scores(in, zero_padding(in.words, in.word_lengths), {}); },
      with_weights);
}

/// f(case) for WTI, its compat form, and FILIP blind to padding.
template <class F>
void token_interaction_cases(F&& f) {
  const auto expected = [](bool fills, const ZooInput& in) {
    const auto linear = [&](const std::string& name) {
      return ReferenceLinear{in.weights.at(name + ".weight"), in.weights.at(name + ".bias")};
    };
    reference::WeightedTokenInteraction p{linear("text.0"), linear("text.2"), linear("image.0"), linear("image.2")};
    if (fills) p.filling = 0.0;
    return reference::weighted_token_interaction(p, in.image, in.words, in.word_lengths, in.region_lengths);
  };
  const auto with_weights = [&](auto c) {
    Random random(13);
    const Index width = c.in.image.size(2);
    for (const char* side : {"text", "image"}) {
      const ReferenceLinear hidden = random.linear(width, width), output = random.linear(width, 1);
      c.in.weights[side + std::string(".0.weight")] = hidden.weight;
      c.in.weights[side + std::string(".0.bias")] = hidden.bias;
      c.in.weights[side + std::string(".2.weight")] = output.weight;
      c.in.weights[side + std::string(".2.bias")] = output.bias;
    }
    f(std::move(c));
  };
  every_zoo_input(
      "WTI", []<class T>(std::type_identity<T>) { return mgan::WeightedTokenInteraction<T>{}; }, 1, Compat::none,
      [=](const ZooInput& in) { return expected(false, in); }, with_weights);
  every_zoo_input(
      "WTI compat", []<class T>(std::type_identity<T>) { return mgan::WeightedTokenInteractionCompat<T>{}; }, 1,
      Compat::competes, [=](const ZooInput& in) { return expected(true, in); }, with_weights);
  every_zoo_input(
      "FILIP compat", [](auto) { return mgan::FilipCompat{}; }, 1, Compat::counts,
      [](const ZooInput& in) {
        return reference::max_sim({}, zero_padding(in.image, in.region_lengths),
                                  zero_padding(in.words, in.word_lengths));
      },
      f);
}

}  // namespace support
