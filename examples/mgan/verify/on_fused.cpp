// Conformance cases on the fused sweep: its modules, in single precision on the CPU.
#include "matcher.hpp"
#include "mgan/fused/torch.hpp"
#include "torch_side.hpp"

namespace verify {

namespace {

template <class Module>
void score_fused(TorchSide& s, const Module& module, const char* image) {
  with_words(s, [&](const auto& words) {
    s.output("scores", mgan::all_pairs(mgan::Fused<Module>{module}, s.samples(image), words));
  });
}

void fused_patch_alignment(TorchSide& s) {
  mgan::FusedPatchAlignment f;
  f.module.temperature = s.source.required<double>("temperature");
  f.module.convention = convention(s.source);
  s.weights(f);
  with_words(s, [&](const auto& words) {
    const auto images = mgan::prepare_images(f, s.samples("patches"));
    const auto texts = mgan::prepare_texts(f, words);
    const auto to_patch = [&](const auto& i, const auto& t) { return f.module.directions(i, t).word_to_patch; };
    const auto to_word = [&](const auto& i, const auto& t) { return f.module.directions(i, t).patch_to_word; };
    s.output("scores", mgan::score_all(f, images, texts));
    s.output("word_to_patch", mgan::score_all(to_patch, images, texts));  // the functor's: the sweep keeps the mean
    s.output("patch_to_word", mgan::score_all(to_word, images, texts));
  });
}

/// False for poolings, LeakyReLUs and padded images, which the sweep leaves to the functor.
bool fused_max_sim(TorchSide& s) {
  const Case& c = s.source;
  const AnyPool pool = AnyPool::of(c);
  const bool mean = pool.kind == AnyPool::Kind::mean, sum = pool.kind == AnyPool::Kind::sum;
  if (!(mean || sum) || c.has("input.region_lengths") || c.option("negative_slope", 1.0) != 1.0) return false;
  const auto direction = c.option<std::string>("direction", "both");
  const bool both_summed = c.option<std::string>("combine", "mean") == "sum";
  const auto with = [&](auto way, auto pooling) {
    using Way = decltype(way);
    using Pool = decltype(pooling);
    if (c.option("normalize", true)) score_fused(s, mgan::MaxSim<Way, Pool>{}, "image");
    else score_fused(s, mgan::MaxSim<Way, Pool, mgan::RawDotProduct>{}, "image");
  };
  const auto pooled = [&](auto way) {
    if (mean) with(way, mgan::MeanPool{});
    else with(way, mgan::SumPool{});
  };
  if (direction == "text_to_image") pooled(mgan::TextToImage{});
  else if (direction == "image_to_text") pooled(mgan::ImageToText{});
  else if (both_summed) pooled(mgan::SumOfBoth{});
  else pooled(mgan::MeanOfBoth{});
  return true;
}

}  // namespace

Report run_on_fused(const Case& c, const RunOptions& options) {
  RunOptions single = options;
  single.scalar = Scalar::f32;
  Report report = Report::of(c, "fused", single);
  const auto skip = [&](const char* why) {
    report.status = Status::skipped;
    report.message = why;
    return report;
  };
  if (options.device != "cpu") return skip("the fused sweep runs on the CPU");
  TorchSide side{c, at::kFloat};
  if (c.module == "patch_alignment") fused_patch_alignment(side);
  else if (c.module == "plain_aggregation") score_fused(side, mgan::PlainAggregation{}, "patches");
  else if (c.module != "max_sim") return skip("not a module of the fused sweep");
  else if (!fused_max_sim(side)) return skip("the fused sweep leaves this form to the functor");
  judge_torch(report, side, single);
  return report;
}

}  // namespace verify
