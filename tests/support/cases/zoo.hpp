// A case of any published module: image tokens against words, ragged or not, with weights or without.
#pragma once

#include <functional>
#include <type_traits>

#include "mgan/alignment/all_pairs.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

struct ZooInput {
  std::string title;
  Array image, words;
  Lengths region_lengths = {}, word_lengths = {};
  Outputs weights = {};    // by the names that the module visits
  Outputs more = {};       // of images, besides their tokens: (I, ...)
  Outputs constants = {};  // image, words: as parts without a gradient see them, where not as they are
};

/// What a module has to bear: odd sizes, raggedness, ties, vectors of length 0 and nearly 0.
inline std::vector<ZooInput> zoo_inputs() {
  Random random(7);
  const auto make = [&](const std::string& title, Axes image, Axes words) {
    return ZooInput{title, random.normal(std::move(image)), random.normal(std::move(words))};
  };
  std::vector<ZooInput> all{make("plain", {2, 3, 5}, {3, 4, 5}),
                            make("ragged", {3, 5, 4}, {4, 6, 4}),
                            make("ragged words", {2, 3, 4}, {4, 5, 4}),
                            make("ragged regions", {4, 5, 3}, {2, 4, 3}),
                            make("one region, one word, one dimension", {2, 1, 1}, {3, 1, 1}),
                            make("one word", {2, 4, 3}, {3, 1, 3}),
                            make("one region", {3, 1, 6}, {2, 5, 6}),
                            make("one dimension: ties", {2, 4, 1}, {3, 3, 1}),
                            make("equal tokens: ties", {2, 4, 3}, {3, 5, 3}),
                            make("vectors of length zero and nearly zero", {2, 4, 3}, {3, 4, 3})};
  all[1].region_lengths = {3, 1, 5}, all[1].word_lengths = {6, 1, 3, 5};
  all[2].word_lengths = {2, 5, 1, 4};
  all[3].region_lengths = {5, 1, 2, 4};
  for (Array* x : {&all[8].image, &all[8].words}) x->set_row(x->row(1, 0), 1, 2), x->set_row(x->row(0, 1), 0, 3);
  for (Array* x : {&all[9].image, &all[9].words}) {
    for (Index d = 0; d < 3; ++d) x->at(0, 1, d) = 0, x->at(1, 2, d) = 1e-9 * static_cast<double>(d + 1);
  }
  return all;
}

/// (B, n, D) with zeros behind the lengths, as `mgan::ragged` leaves them.
inline Array zero_padding(Array x, const Lengths& lengths) {
  for (Index b = 0; b < x.size(0); ++b) {
    for (Index n = reference::length_of(lengths, b, x.size(1)); n < x.size(1); ++n) {
      for (Index d = 0; d < x.size(2); ++d) x.at(b, n, d) = 0;
    }
  }
  return x;
}

/// How a module that reproduces published code depends on the padding of its batch.
enum class Compat {
  none,      ///< not at all
  competes,  ///< on there being some
  counts,    ///< on what it holds
};

/// `make(std::type_identity<T>)` is the module for tensors T, without its weights.
template <class Make, bool RaggedRegions = true>
struct ZooCase {
  ZooInput in;
  Make make;
  std::function<Array(const ZooInput&)> reference;
  double tau = 1;  // of the sharpest softmax, for tolerances
  Compat compat = Compat::none;

  std::string title() const { return in.title; }
  bool padded() const { return !in.region_lengths.empty() || !in.word_lengths.empty(); }
  double temperature() const { return tau; }
  Leaves weights() {
    Leaves out;
    for (auto& [name, array] : in.weights) out.add(name, array);
    return out;
  }
  Outputs expected() const { return {{"scores", reference(in)}}; }

  template <class Side, class F>
  void with(Side& s, F&& f) {
    auto m = make(std::type_identity<typename Side::tensor>{});
    if (!in.weights.empty()) s.weights(m, weights());
    s.with_samples("words", in.words, in.word_lengths, [&](const auto& words) {
      if constexpr (RaggedRegions) {
        s.with_samples("image", in.image, in.region_lengths, [&](const auto& image) { f(m, image, words); });
      } else {
        f(m, s.samples("image", in.image), words);
      }
    });
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& image, const auto& words) {
      const auto images = mgan::prepare_images(m, image);
      const auto texts = mgan::prepare_texts(m, words);
      s.output("scores", mgan::score_all(m, images, texts));
    });
  }
};

/// f(case) for every input.
template <bool RaggedRegions = true, class Make, class F>
void every_zoo_input(const std::string& name, const Make& make, double tau, Compat compat,
                     std::function<Array(const ZooInput&)> reference, F&& f) {
  for (ZooInput& in : zoo_inputs()) {
    if (!RaggedRegions && !in.region_lengths.empty()) continue;
    in.title = name + ", " + in.title;
    f(ZooCase<Make, RaggedRegions>{std::move(in), make, reference, tau, compat});
  }
}

}  // namespace support
