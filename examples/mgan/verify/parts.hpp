// What a case can check besides the alignment modules of mgan/zoo: embeddings, parts of a module, the matcher, losses.
// Each is written once for any backend: a Side brings arrays in and results out.
#pragma once

#include "losses.hpp"
#include "mgan/alignment/graph_summary.hpp"
#include "mgan/mgan.hpp"
#include "mgan/nn/batch_norm.hpp"
#include "mgan/testing/case.hpp"
#include "mgan/zoo/paper.hpp"
#include "mgan/zoo/run.hpp"

namespace verify {

using mgan::testing::Case;

/// Regions and words come with lengths, or all of them are real.
template <class Side, class F>
void with_regions(Side& s, const std::string& name, F&& f) {
  mgan::zoo::with_tokens<true>(s, name, "input.region_lengths", f);
}
template <class Side, class F>
void with_words(Side& s, F&& f) {
  mgan::zoo::with_tokens<true>(s, "words", "input.word_lengths", f);
}

template <class Side>
void region_embedding(Side& s) {
  using N = mgan::RegionNormalization;
  mgan::RegionEmbedding<typename Side::tensor> f;
  auto options = s.source.options();
  options.optional("normalize", f.normalization, {{"none", N::none}, {"l2", N::l2}, {"camera", N::camera}});
  options.done();
  s.weights(f);
  s.output("regions", s.each(f, s.samples("features"), s.samples("boxes"), s.vectors("image_sizes")));
}

template <class Side>
void patch_embedding(Side& s) {
  mgan::PatchEmbedding<typename Side::tensor> f;
  s.source.options().done();
  s.weights(f);
  const auto tokens = s.samples("tokens");
  s.output("patches", s.each([&](const auto& x) { return f(x).patches; }, tokens));
  s.output("global", s.each([&](const auto& x) { return f(x).global; }, tokens));
}

template <class Side>
void text_embedding(Side& s) {
  mgan::TextEmbedding<typename Side::tensor> f;
  s.source.options().done();
  s.weights(f);
  const auto tokens = s.samples("tokens");
  s.output("words", s.each([&](const auto& x) { return f(x).words; }, tokens));
  s.output("global", s.each([&](const auto& x) { return f(x).global; }, tokens));
}

template <class Side>
void multi_view_summarization(Side& s) {
  mgan::MultiViewSummarization<typename Side::tensor> f;
  auto options = s.source.options();
  mgan::zoo::set_views(options, mgan::zoo::read_views(options), 0, f);
  options.done();
  s.weights(f);
  with_regions(s, "regions", [&](const auto& regions) {
    s.output("views", s.each([&](const auto& x) { return f(x).views; }, regions));
    s.output("assignment_logits", s.each([&](const auto& x) { return f(x).assignment_logits; }, regions));
  });
}

template <class Side>
void sentence_attention(Side& s) {
  mgan::SentenceAttention<typename Side::tensor> f;
  auto options = s.source.options();
  options.required("heads", f.heads);
  options.done();
  s.weights(f);
  with_words(s, [&](const auto& words) { s.output("sentence", s.each(f, words)); });
}

template <class Side>
void patch_selector(Side& s) {
  mgan::PatchSelector<typename Side::tensor> f;
  auto options = s.source.options();
  options.required("k", f.k);
  options.done();
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
  std::int64_t k = 1;
  double sigma = 0.05;
  E estimator = E::full;
  auto options = s.source.options();
  options.required("k", k);
  options.required("sigma", sigma);
  options.optional("estimator", estimator, {{"full", E::full}, {"diagonal", E::diagonal}});
  options.done();
  s.output("indicator",
           s.each([&](const auto& x, const auto& z) { return mgan::perturbed_top_k(x, z, k, sigma, estimator); },
                  s.vectors("scores"), s.samples("noise")));
}

template <class Side>
void similarity_interaction(Side& s) {
  mgan::SimilarityInteraction<typename Side::tensor> f;
  auto options = s.source.options();
  options.required("temperature", f.temperature);
  options.optional("convention", f.convention, mgan::zoo::convention_words);
  options.done();
  s.weights(f);
  if (s.source.has("input.lengths")) s.output("value", s.each(f, s.vectors("x", s.source.integers("input.lengths"))));
  else s.output("value", s.each(f, s.vectors("x")));
}

template <class Side>
void diversity_regularization(Side& s) {
  const mgan::DiversityRegularization f;
  s.source.options().done();
  with_regions(s, "assignment_logits", [&](const auto& logits) { s.output_sum("loss", s.each(f, logits)); });
}

template <class Side>
void graph_summary(Side& s) {
  mgan::GraphSummary<typename Side::tensor> f;
  s.source.options().done();
  s.weights(f);
  mgan::zoo::with_tokens<true>(s, "tokens", "input.lengths", [&](const auto& tokens) {
    mgan::zoo::with_tokens<true>(s, "nodes", "input.node_lengths",
                                 [&](const auto& nodes) { s.output("summary", s.each(f, tokens, nodes)); });
  });
}

/// A BatchNorm by the name that the case has for it.
template <class T>
struct NamedNorm {
  mgan::BatchNorm<T> norm;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
  }
};
/// f of the rows of all samples together, back as samples.
template <class X, class F>
std::vector<X> on_all_rows(const std::vector<X>& samples, const F& f) {
  const X y = mgan::transpose(f(mgan::concat_rows(samples)));  // (D, M)
  std::vector<X> out;
  std::int64_t begin = 0;
  for (const X& x : samples) {
    out.push_back(mgan::transpose(mgan::columns(y, begin, mgan::axis(x, 2))));
    begin += mgan::axis(x, 2);
  }
  return out;
}
template <mgan::Tokens X, class F>
auto on_all_rows(const X& batch, const F& f) {
  return f(batch);
}

template <class Side>
void batch_normalization(Side& s) {
  using T = typename Side::tensor;
  NamedNorm<T> f;
  auto& statistics = f.norm.statistics;
  bool batch = false;
  auto options = s.source.options();
  options.required("statistics", batch, {{"running", false}, {"batch", true}});
  options.required_if(batch, "momentum", statistics.momentum);
  options.done();
  s.weights(f);
  mgan::StateUpdates<mgan::vector_of<T>> updates;
  struct {
  } no_generator;
  const mgan::Training training{no_generator, updates};
  mgan::zoo::with_tokens<true>(s, "tokens", "input.lengths", [&](const auto& tokens) {
    if (batch) s.output("tokens", on_all_rows(tokens, [&](const auto& x) { return f.norm(x, training); }));
    else s.output("tokens", on_all_rows(tokens, f.norm));
  });
  mgan::apply_updates(f, updates);
  s.output("mean", statistics.mean);
  s.output("variance", statistics.variance);
}

/// The four tensors of every image as ImageFeatures: a list for Eigen, a batch for LibTorch.
template <class Side>
auto image_features(Side& s) {
  using T = typename Side::tensor;
  return s.each(
      [](const auto& f, const auto& b, const auto& size, const auto& tokens) {
        return mgan::ImageFeatures<T>{f, b, size, tokens};
      },
      s.samples("features"), s.samples("boxes"), s.vectors("image_sizes"), s.samples("image_tokens"));
}

template <class Side>
void multi_granularity_matcher(Side& s) {
  using N = mgan::RegionNormalization;
  const Case& c = s.source;
  mgan::MultiGranularityMatcher<typename Side::tensor> f;
  auto options = c.options();
  options.optional("normalize", f.regions.normalization, {{"none", N::none}, {"l2", N::l2}});
  mgan::zoo::set_views(options, mgan::zoo::read_views(options), 0, f.region_alignment.views);
  options.required("heads", f.region_alignment.sentence.heads);
  options.required("k", f.selector.k);
  options.required("temperature", f.patch_alignment.temperature);
  options.optional("convention", f.patch_alignment.convention, mgan::zoo::convention_words);
  options.required("weights.region", f.weights.region);
  options.required("weights.global", f.weights.global);
  options.required("weights.patch", f.weights.patch);
  options.done();
  s.weights(f);

  auto lengths = c.integers("input.word_lengths");
  for (std::int64_t& n : lengths) {
    mgan::require(n >= 1, c.file, ": a caption of ", n, " words");
    ++n;  // [CLS] stands before the words
  }
  const auto images = mgan::prepare_images(f, image_features(s));
  const auto texts = mgan::prepare_texts(f, s.samples("text_tokens", lengths));
  s.output("scores", mgan::score_all(f, images, texts));
  s.output("region_scores",
           mgan::score_all([&](const auto& i, const auto& t) { return f.parts(i, t).region; }, images, texts));
  s.output("global_scores",
           mgan::score_all([&](const auto& i, const auto& t) { return f.parts(i, t).global; }, images, texts));
  s.output("patch_scores",
           mgan::score_all([&](const auto& i, const auto& t) { return f.parts(i, t).patch; }, images, texts));
}

/// f(name, run) for each; run(side).
template <class F>
void each_part(F&& f) {
  f("region_embedding", [](auto& s) { region_embedding(s); });
  f("patch_embedding", [](auto& s) { patch_embedding(s); });
  f("text_embedding", [](auto& s) { text_embedding(s); });
  f("multi_view_summarization", [](auto& s) { multi_view_summarization(s); });
  f("sentence_attention", [](auto& s) { sentence_attention(s); });
  f("patch_selector", [](auto& s) { patch_selector(s); });
  f("perturbed_top_k", [](auto& s) { perturbed_top_k(s); });
  f("similarity_interaction", [](auto& s) { similarity_interaction(s); });
  f("batch_normalization", [](auto& s) { batch_normalization(s); });
  f("graph_summary", [](auto& s) { graph_summary(s); });
  f("multi_granularity_matcher", [](auto& s) { multi_granularity_matcher(s); });
  f("diversity_regularization", [](auto& s) { diversity_regularization(s); });
  each_loss(f);
}

template <class Side>
bool run_parts(Side& side) {
  bool found = false;
  each_part([&](const char* name, const auto& run) {
    if (side.source.module == name) run(side), found = true;
  });
  return found;
}

}  // namespace verify
