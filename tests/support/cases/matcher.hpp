// Eq. (12), the whole model from raw features.
#pragma once

#include "mgan/model/multi_granularity_matcher.hpp"
#include "patch_alignment.hpp"
#include "patch_selector.hpp"
#include "region_alignment.hpp"

namespace support {

struct MatcherCase {
  std::string title;
  mgan::RegionNormalization normalization;
  reference::MultiGranularityMatcher p;
  reference::MatcherInput in;
  Lengths region_lengths;

  static MatcherCase random(const std::string& title, std::uint64_t seed, bool ragged, double tau,
                            mgan::RegionNormalization normalization = mgan::RegionNormalization::none, Index images = 2,
                            Index texts = 3) {
    constexpr Index regions = 4, patches = 5, words = 4, width = 4, k = 3;
    Random random(seed);
    const auto [boxes, sizes] = random.boxes(images, regions);
    MatcherCase c{title, normalization, {}, {}, {}};
    c.p.regions = {random.linear(5, width), random.linear(6, width), normalization == mgan::RegionNormalization::l2};
    c.p.patches = {random.linear(3, width), random.linear(width, width)};
    c.p.text = random.linear(6, width);
    c.p.region_alignment = {random_views(random, width, 3), random_sentence(random, width, 2)};
    c.p.selector = random_selector(random, width);
    c.p.patch_alignment = random_interactions(random, words + 1, k, tau, reference::Convention::column);
    c.p.k = k;
    c.p.region_weight = 1.0, c.p.global_weight = 0.6, c.p.patch_weight = 0.2;
    c.in = {random.normal({images, regions, 5}),
            boxes,
            sizes,
            random.normal({images, 1 + patches, 3}),
            random.normal({texts, 1 + words, 6}),
            random.lengths(texts, words)};
    if (ragged) c.region_lengths = random.lengths(images, regions);
    return c;
  }
  static std::vector<MatcherCase> all() {
    using N = mgan::RegionNormalization;
    return {random("plain", 141, false, 1), random("ragged regions", 142, true, 0.1, N::none, 3),
            random("l2, tau 0.01", 143, true, 0.01, N::l2)};
  }

  double temperature() const { return p.patch_alignment.temperature; }
  Leaves weights() { return leaves(p); }
  Leaves inputs() {
    Leaves out;
    out.add("features", in.features);
    out.add("image_tokens", in.image_tokens);
    out.add("text_tokens", in.text_tokens);
    return out;
  }

  Outputs expected() const {
    const Axes shape{in.features.size(0), in.text_tokens.size(0)};
    Outputs out{{"scores", Array(shape)}, {"region", Array(shape)}, {"global", Array(shape)}, {"patch", Array(shape)}};
    for (Index i = 0; i < shape[0]; ++i) {  // the naive matcher takes no ragged regions: one image at a time
      const reference::MatcherScores s = reference::multi_granularity_matcher(p, image(i));
      out["scores"].set_row(s.scores.row(0), i);
      out["region"].set_row(s.region_scores.row(0), i);
      out["global"].set_row(s.global_scores.row(0), i);
      out["patch"].set_row(s.patch_scores.row(0), i);
    }
    return out;
  }

  template <class Side, class F>
  void with(Side& s, F&& f) {
    using T = typename Side::tensor;
    mgan::MultiGranularityMatcher<T> m;
    m.regions.normalization = normalization;
    configure(m.region_alignment.views, p.region_alignment.views);
    m.region_alignment.sentence.heads = p.region_alignment.sentence.heads;
    m.selector.k = p.k;
    m.patch_alignment.temperature = p.patch_alignment.temperature;
    m.weights = {p.region_weight, p.global_weight, p.patch_weight};
    s.weights(m, weights());

    Lengths tokens = in.word_lengths;  // [CLS] stands before the words
    for (Index& n : tokens) ++n;
    const auto texts = s.samples("text_tokens", in.text_tokens, tokens);
    s.with_samples("features", in.features, region_lengths, [&](const auto& features) {
      const auto make = [](const auto& x, const auto& boxes, const auto& sizes, const auto& t) {
        return mgan::ImageFeatures<T, std::remove_cvref_t<decltype(x)>>{x, boxes, sizes, t};
      };
      f(m,
        s.each(make, features, s.padded("boxes", in.boxes, region_lengths), s.vectors("image_sizes", in.image_sizes),
               s.samples("image_tokens", in.image_tokens)),
        texts);
    });
  }
  template <class Side>
  void run(Side& s) {
    with(s, [&](const auto& m, const auto& images, const auto& texts) {
      const auto i = mgan::prepare_images(m, images);
      const auto t = mgan::prepare_texts(m, texts);
      s.output("scores", mgan::score_all(m, i, t));
      s.output("region", mgan::score_all([&](const auto& a, const auto& b) { return m.parts(a, b).region; }, i, t));
      s.output("global", mgan::score_all([&](const auto& a, const auto& b) { return m.parts(a, b).global; }, i, t));
      s.output("patch", mgan::score_all([&](const auto& a, const auto& b) { return m.parts(a, b).patch; }, i, t));
    });
  }

 private:
  /// Image `i` alone, with its real regions.
  reference::MatcherInput image(Index i) const {
    const auto take = [i](const Array& batch, Index rows) {
      Array out({1, rows, batch.size(2)});
      for (Index r = 0; r < rows; ++r) out.set_row(batch.row(i, r), 0, r);
      return out;
    };
    const Index real = reference::length_of(region_lengths, i, in.features.size(1));
    Array sizes({1, 2});
    sizes.set_row(in.image_sizes.row(i), 0);
    return {take(in.features, real), take(in.boxes, real), sizes, take(in.image_tokens, in.image_tokens.size(1)),
            in.text_tokens,          in.word_lengths};
  }
};

}  // namespace support
