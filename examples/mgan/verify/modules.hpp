// Every module of the conformance table, run once for any backend: a Side brings arrays in and results out.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "mgan/metrics/retrieval.hpp"
#include "mgan/mgan.hpp"
#include "report.hpp"

namespace verify {

template <class Side>
using Modules = std::map<std::string, std::function<void(Side&)>>;

inline mgan::Convention convention(const Case& c) {
  return c.choice<mgan::Convention>("convention",
                                    {{"column", mgan::Convention::column}, {"row", mgan::Convention::row}}, "column");
}

/// Regions and words come with lengths, or all of them are real.
template <class Side, class F>
void with_regions(Side& s, const std::string& name, F&& f) {
  if (s.source.has("input.region_lengths")) f(s.samples(name, s.source.integers("input.region_lengths")));
  else f(s.samples(name));
}
template <class Side, class F>
void with_words(Side& s, F&& f) {
  if (s.source.has("input.word_lengths")) f(s.samples("words", s.source.integers("input.word_lengths")));
  else f(s.samples("words"));
}

template <class Side>
void region_embedding(Side& s) {
  using N = mgan::RegionNormalization;
  mgan::RegionEmbedding<typename Side::tensor> f;
  f.normalization =
      s.source.template choice<N>("normalize", {{"none", N::none}, {"l2", N::l2}, {"camera", N::camera}}, "none");
  s.weights(f);
  s.output("regions", s.each(f, s.samples("features"), s.samples("boxes"), s.vectors("image_sizes")));
}

template <class Side>
void patch_embedding(Side& s) {
  mgan::PatchEmbedding<typename Side::tensor> f;
  s.weights(f);
  const auto tokens = s.samples("tokens");
  s.output("patches", s.each([&](const auto& x) { return f(x).patches; }, tokens));
  s.output("global", s.each([&](const auto& x) { return f(x).global; }, tokens));
}

template <class Side>
void text_embedding(Side& s) {
  mgan::TextEmbedding<typename Side::tensor> f;
  s.weights(f);
  const auto tokens = s.samples("tokens");
  s.output("words", s.each([&](const auto& x) { return f(x).words; }, tokens));
  s.output("global", s.each([&](const auto& x) { return f(x).global; }, tokens));
}

/// As many convolutions as the configuration says, with its dilations.
template <class Views>
void configure_views(const Case& c, Views& f) {
  const auto widths = c.required<std::vector<std::int64_t>>("kernel_sizes");
  const auto dilations = c.required<std::vector<std::int64_t>>("dilations");
  mgan::require(widths.size() == dilations.size(), c.file, ": ", widths.size(), " kernel_sizes, ", dilations.size(),
                " dilations");
  f.conv.resize(widths.size());
  for (std::size_t i = 0; i < widths.size(); ++i) f.conv[i].dilation = dilations[i];
}

template <class Side>
void multi_view_summarization(Side& s) {
  mgan::MultiViewSummarization<typename Side::tensor> f;
  configure_views(s.source, f);
  s.weights(f);
  with_regions(s, "regions", [&](const auto& regions) {
    s.output("views", s.each([&](const auto& x) { return f(x).views; }, regions));
    s.output("assignment_logits", s.each([&](const auto& x) { return f(x).assignment_logits; }, regions));
  });
}

template <class Side>
void sentence_attention(Side& s) {
  mgan::SentenceAttention<typename Side::tensor> f;
  f.heads = s.source.template required<std::int64_t>("heads");
  s.weights(f);
  with_words(s, [&](const auto& words) { s.output("sentence", s.each(f, words)); });
}

template <class Side>
void region_alignment(Side& s) {
  mgan::RegionAlignment<typename Side::tensor> f;
  configure_views(s.source, f.views);
  f.sentence.heads = s.source.template required<std::int64_t>("heads");
  s.weights(f);
  with_regions(s, "regions", [&](const auto& regions) {
    with_words(s, [&](const auto& words) {
      const auto images = mgan::prepare_images(f, regions);
      const auto texts = mgan::prepare_texts(f, words);
      s.output("scores", mgan::score_all(f, images, texts));
      const auto winner = [&](const auto& i, const auto& t) { return f.winning_view(i, t); };
      s.output("winning_view", mgan::score_all(winner, images, texts));
    });
  });
}

template <class Side>
void patch_selector(Side& s) {
  mgan::PatchSelector<typename Side::tensor> f;
  f.k = s.source.template required<std::int64_t>("k");
  s.weights(f);
  const auto patches = s.samples("patches");
  const auto global = s.vectors("global");
  const auto scores = s.each([&](const auto& p, const auto& g) { return f.scores(p, g); }, patches, global);
  s.output("selection_scores", scores);
  s.output("indices", s.each([&](const auto& x) { return f.indices(x); }, scores));
  s.output("selected", s.each([&](const auto& p, const auto& g) { return f(p, g); }, patches, global));
}

template <class Side>
void perturbed_top_k(Side& s) {
  using E = mgan::Estimator;
  const auto k = s.source.template required<std::int64_t>("k");
  const auto sigma = s.source.template required<double>("sigma");
  const auto estimator =
      s.source.template choice<E>("estimator", {{"full", E::full}, {"diagonal", E::diagonal}}, "full");
  s.output("indicator",
           s.each([&](const auto& x, const auto& z) { return mgan::perturbed_top_k(x, z, k, sigma, estimator); },
                  s.vectors("scores"), s.samples("noise")));
}

template <class Side>
void similarity_interaction(Side& s) {
  mgan::SimilarityInteraction<typename Side::tensor> f;
  f.temperature = s.source.template required<double>("temperature");
  f.convention = convention(s.source);
  s.weights(f);
  if (s.source.has("input.lengths")) s.output("value", s.each(f, s.vectors("x", s.source.integers("input.lengths"))));
  else s.output("value", s.each(f, s.vectors("x")));
}

template <class Side>
void patch_alignment(Side& s) {
  mgan::PatchAlignment<typename Side::tensor> f;
  f.temperature = s.source.template required<double>("temperature");
  f.convention = convention(s.source);
  s.weights(f);
  with_words(s, [&](const auto& words) {
    const auto images = mgan::prepare_images(f, s.samples("patches"));
    const auto texts = mgan::prepare_texts(f, words);
    const auto to_patch = [&](const auto& i, const auto& t) { return f.directions(i, t).word_to_patch; };
    const auto to_word = [&](const auto& i, const auto& t) { return f.directions(i, t).patch_to_word; };
    s.output("scores", mgan::score_all(f, images, texts));
    s.output("word_to_patch", mgan::score_all(to_patch, images, texts));
    s.output("patch_to_word", mgan::score_all(to_word, images, texts));
  });
}

template <class Side>
void plain_aggregation(Side& s) {
  with_words(s, [&](const auto& words) {
    s.output("scores", mgan::all_pairs(mgan::PlainAggregation{}, s.samples("patches"), words));
  });
}

template <class Side>
void global_alignment(Side& s) {
  s.output("scores", mgan::all_pairs(mgan::GlobalAlignment{}, s.vectors("image"), s.vectors("text")));
}

template <class Side>
void triplet_ranking_loss(Side& s) {
  using N = mgan::Negatives;
  mgan::TripletRankingLoss f;
  f.margin = s.source.template required<double>("margin");
  f.negatives = s.source.template choice<N>("negatives", {{"hardest", N::hardest}, {"all", N::all}}, "hardest");
  std::vector<std::int64_t> ids;
  if (s.source.has("input.image_ids")) ids = s.source.integers("input.image_ids");
  s.output("loss", f(s.whole("scores"), ids));
}

template <class Side>
void diversity_regularization(Side& s) {
  const mgan::DiversityRegularization f;
  with_regions(s, "assignment_logits", [&](const auto& logits) { s.output_sum("loss", s.each(f, logits)); });
}

}  // namespace verify
