// The published modules of the conformance table.
#pragma once

#include "mgan/alignment/aosm.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/multi_view_max.hpp"
#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/self_weighted_mean.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
#include "modules.hpp"

namespace verify {

/// The pooling that a case names: policies are types, files are not.
struct AnyPool {
  enum class Kind { mean, sum, max, log_sum_exp, softmax } kind = Kind::mean;
  double beta = 0.1;

  template <mgan::Tensor X, class Mask = mgan::NoMask>
  auto operator()(const X& s, const Mask& real = {}) const {
    switch (kind) {
      case Kind::sum:
        return mgan::SumPool{}(s, real);
      case Kind::max:
        return mgan::MaxPool{}(s, real);
      case Kind::log_sum_exp:
        return mgan::LogSumExpPool{beta}(s, real);
      case Kind::softmax:
        return mgan::SoftmaxPool{beta}(s, real);
      default:
        return mgan::MeanPool{}(s, real);
    }
  }

  static AnyPool of(const Case& c) {
    AnyPool pool;
    pool.kind = c.choice<Kind>("pool",
                               {{"mean", Kind::mean},
                                {"sum", Kind::sum},
                                {"max", Kind::max},
                                {"log_sum_exp", Kind::log_sum_exp},
                                {"softmax", Kind::softmax}},
                               "mean");
    if (pool.kind == Kind::log_sum_exp || pool.kind == Kind::softmax) pool.beta = c.required<double>("beta");
    return pool;
  }
};

/// Cosines or raw products, and perhaps a LeakyReLU.
struct AnySimilarity {
  bool normalize = true;
  double slope = 1;  // 1: the identity

  template <mgan::Tensor X>
  auto prepare(const X& x) const {
    using Unit = decltype(mgan::normalize(x));
    return normalize ? mgan::normalize(x) : Unit(mgan::widen(x));
  }
  template <mgan::Tensor C>
  auto operator()(const C& c) const {
    return mgan::leaky_relu(c, slope);
  }
};

/// All pairs of an image side, ragged or not, and of the words.
template <class Side, class F>
void score_tokens(Side& s, const F& f, const std::string& image = "image") {
  with_regions(s, image, [&](const auto& regions) {
    with_words(s, [&](const auto& words) { s.output("scores", mgan::all_pairs(f, regions, words)); });
  });
}

template <class Side>
void max_sim(Side& s) {
  const Case& c = s.source;
  const AnyPool pool = AnyPool::of(c);
  const AnySimilarity similarity{c.option("normalize", true), c.option("negative_slope", 1.0)};
  enum class Way { words, regions, both };
  const Way way = c.choice<Way>(
      "direction", {{"text_to_image", Way::words}, {"image_to_text", Way::regions}, {"both", Way::both}}, "");
  const bool sum = c.choice<bool>("combine", {{"mean", false}, {"sum", true}}, "mean");
  if (way == Way::words) score_tokens(s, mgan::MaxSim<mgan::TextToImage, AnyPool, AnySimilarity>{pool, similarity});
  else if (way == Way::regions)
    score_tokens(s, mgan::MaxSim<mgan::ImageToText, AnyPool, AnySimilarity>{pool, similarity});
  else if (sum) score_tokens(s, mgan::MaxSim<mgan::SumOfBoth, AnyPool, AnySimilarity>{pool, similarity});
  else score_tokens(s, mgan::MaxSim<mgan::MeanOfBoth, AnyPool, AnySimilarity>{pool, similarity});
}

template <class Side>
void multi_view_max(Side& s) {
  s.output("scores", mgan::all_pairs(mgan::MultiViewMax{}, s.samples("image"), s.samples("text")));
}

template <class Side, class Scan>
void scan(Side& s) {
  using A = mgan::ScanAggregate;
  using N = mgan::AttentionNorm;
  const Case& c = s.source;
  Scan f;
  f.lambda_softmax = c.required<double>("lambda_softmax");
  f.aggregate = c.choice<A>("aggregate",
                            {{"LogSumExp", A::log_sum_exp}, {"Mean", A::mean}, {"Max", A::max}, {"Sum", A::sum}}, "");
  if (f.aggregate == A::log_sum_exp) f.lambda_lse = c.required<double>("lambda_lse");
  f.norm = c.choice<N>("norm",
                       {{"clipped_l2norm", N::clipped_l2norm},
                        {"l2norm", N::l2norm},
                        {"clipped", N::clipped},
                        {"softmax", N::softmax},
                        {"no_norm", N::no_norm}},
                       "clipped_l2norm");
  score_tokens(s, f);
}

template <class Side>
void aosm(Side& s) {
  mgan::Aosm<typename Side::tensor> f;
  f.temperature = s.source.template required<double>("temperature");
  f.convention = convention(s.source);
  f.project = s.source.has("param.P");
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
void weighted_token_interaction(Side& s) {
  mgan::WeightedTokenInteraction<typename Side::tensor> f;
  s.weights(f);
  score_tokens(s, f);
}

template <class Side>
void naaf(Side& s) {
  using G = mgan::NaafGate;
  const Case& c = s.source;
  mgan::Naaf f;
  f.threshold = c.required<double>("threshold");
  f.lambda_softmax = c.required<double>("lambda_softmax");
  f.gate = c.choice<G>("gate", {{"intra", G::intra}, {"plain", G::plain}}, "intra");
  if (f.gate == G::intra) f.lambda_intra = c.required<double>("lambda_intra");
  score_tokens(s, f);
}

template <class Side>
void visual_semantic_attention(Side& s) {
  mgan::VisualSemanticAttention<AnyPool> f;
  f.pool = AnyPool::of(s.source);
  f.temperature = s.source.template required<double>("temperature");
  score_tokens(s, f);
}

template <class Side>
void self_weighted_mean(Side& s) {
  mgan::SelfWeightedMean f;
  f.scaling = s.source.template required<double>("scale");
  score_tokens(s, f);
}

}  // namespace verify
