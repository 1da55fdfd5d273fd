// The whole matcher as a conformance module, and the metrics.
#pragma once

#include "zoo.hpp"

namespace verify {

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
  f.regions.normalization = c.choice<N>("normalize", {{"none", N::none}, {"l2", N::l2}}, "none");
  configure_views(c, f.region_alignment.views);
  f.region_alignment.sentence.heads = c.required<std::int64_t>("heads");
  f.selector.k = c.required<std::int64_t>("k");
  f.patch_alignment.temperature = c.required<double>("temperature");
  f.patch_alignment.convention = convention(c);
  const auto weights = c.required<std::map<std::string, double>>("weights");
  for (const char* name : {"region", "global", "patch"})
    mgan::require(weights.count(name) > 0, c.file, ": config 'weights' has no '", name, "'");
  f.weights = {weights.at("region"), weights.at("global"), weights.at("patch")};
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

/// The metrics know no tensor library; every backend reports the same numbers.
inline std::map<std::string, mgan::HostArray> retrieval_metrics(const Case& c, bool single = false) {
  const mgan::HostArray& host = c.numbers("input.scores", 2);
  const std::vector<std::int64_t> owner = c.integers("input.owner");
  const mgan::RetrievalMetrics m =
      single ? mgan::retrieval_metrics(std::vector<float>(host.values.begin(), host.values.end()), host.shape[0],
                                       host.shape[1], owner)
             : mgan::retrieval_metrics(host.values, host.shape[0], host.shape[1], owner);
  const auto row = [](const mgan::Recall& r) {
    return mgan::HostArray{{6}, {r.r1, r.r5, r.r10, r.median_rank, r.mean_rank, r.sum()}};
  };
  return {{"image_to_text", row(m.image_to_text)}, {"text_to_image", row(m.text_to_image)}, {"rsum", {{}, {m.rsum()}}}};
}

template <class Side>
const Modules<Side>& modules() {
  static const Modules<Side> table = {
      {"region_embedding", region_embedding<Side>},
      {"patch_embedding", patch_embedding<Side>},
      {"text_embedding", text_embedding<Side>},
      {"multi_view_summarization", multi_view_summarization<Side>},
      {"sentence_attention", sentence_attention<Side>},
      {"region_alignment", region_alignment<Side>},
      {"patch_selector", patch_selector<Side>},
      {"perturbed_top_k", perturbed_top_k<Side>},
      {"similarity_interaction", similarity_interaction<Side>},
      {"patch_alignment", patch_alignment<Side>},
      {"plain_aggregation", plain_aggregation<Side>},
      {"global_alignment", global_alignment<Side>},
      {"multi_granularity_matcher", multi_granularity_matcher<Side>},
      {"triplet_ranking_loss", triplet_ranking_loss<Side>},
      {"diversity_regularization", diversity_regularization<Side>},
      {"max_sim", max_sim<Side>},
      {"multi_view_max", multi_view_max<Side>},
      {"scan_text_to_image", scan<Side, mgan::ScanTextToImage>},
      {"scan_image_to_text", scan<Side, mgan::ScanImageToText>},
      {"aosm", aosm<Side>},
      {"weighted_token_interaction", weighted_token_interaction<Side>},
      {"naaf", naaf<Side>},
      {"visual_semantic_attention", visual_semantic_attention<Side>},
      {"self_weighted_mean", self_weighted_mean<Side>},
  };
  return table;
}

/// The outputs against what the case expects, in the order of the file.
inline void judge_values(Report& report, const Case& c, const std::map<std::string, mgan::HostArray>& outputs,
                         const RunOptions& options) {
  bool any = false, judged_any = false;
  for (const auto& [name, expected] : c.tensors) {
    if (name.rfind("expect.", 0) != 0) continue;
    any = true;
    const std::string output = name.substr(7);
    const auto found = outputs.find(output);
    mgan::require(found != outputs.end(), c.file, ": module ", c.module, " has no output '", name, "'");
    const bool exact = expected.dtype[0] == 'I', judged = is_judged(c, options, output);
    judged_any = judged_any || judged;
    compare(report, name, found->second, expected, exact ? Tolerance{0, 0} : value_tolerance(c, options),
            report.value_error, judged);
  }
  mgan::require(any, c.file, ": no tensor 'expect.*'");
  if (!judged_any) {
    report.status = Status::skipped;
    report.message = std::string("not held to ") + name_of(options.scalar);
  }
}

}  // namespace verify
