#include "scored_checkpoint.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <variant>

#include "data/open_dataset.hpp"
#include "judged_checkpoint.hpp"
#include "model/load.hpp"
#include "rescored.hpp"

namespace program {

namespace {

using mgan::data::Split;

/// Images x captions beyond which one checkpoint is streamed: a score matrix of 200 MB.
constexpr std::int64_t pairs_in_memory = 50'000'000;

Content content_of(const mgan::data::Dataset& dataset) {
  Content content{dataset.name, {}, {}};
  for (const auto& example : dataset.examples) {
    content.images.push_back(example.name);
    content.captions.insert(content.captions.end(), example.captions.begin(), example.captions.end());
  }
  return content;
}

Content checked_content(const EvaluateFlags& flags, const std::string& checkpoint, const mgan::data::Dataset& dataset,
                        const Content& first) {
  Content own = content_of(dataset);
  mgan::require(first.images.empty() || (own.images == first.images && own.captions == first.captions), checkpoint,
                ": its ", word_of(flags.split), " split (", own.name, ", ", own.images.size(), " images, ",
                own.captions.size(), " captions) is not that of ", flags.checkpoints[0], " (", first.name, ", ",
                first.images.size(), " images, ", first.captions.size(),
                " captions); --data, --images choose one for all");
  return own;
}

/// The checkpoint's data, or what the flags put in its place.
void choose_data(const EvaluateFlags& flags, Config& config) {
  DataConfig& data = config.data;
  if (flags.data) {
    data.data = *flags.data;
    data.images.clear(), data.ids.clear();  // those of the other data set
  }
  if (!flags.cache.empty()) data.cache = flags.cache, data.word_cache.clear();
  if (!flags.images.empty()) data.images = flags.images;
  if (!flags.files.ids.empty()) {
    mgan::require(has_region_features(data), "--ids ", flags.files.ids, ": ", data.data.text(),
                  " has no ids of SCAN's files; of score files, --scores names them");
    data.ids = flags.files.ids;
  }
  if (flags.boxes) {
    if (config.encoders.used() && *flags.boxes == BoxKind::file) config.encoders.raw_boxes = flags.boxes;
    else data.boxes = *flags.boxes;
  }
  data.broken_pictures = flags.broken_pictures.value_or(data.broken_pictures);
  data.testall = flags.split == EvaluatedSplit::testall;
}

/// Images and captions that are scored.
struct Sizes {
  std::int64_t images = 0, captions = 0;

  std::int64_t pairs() const { return images * captions; }
};
Sizes sizes_of(const Samples& samples, std::int64_t limit) {
  Sizes sizes{static_cast<std::int64_t>(samples.size()), 0};
  if (limit > 0) sizes.images = std::min(sizes.images, limit);
  for (const CaptionIndex& c : samples.captions()) sizes.captions += static_cast<std::int64_t>(c.image) < sizes.images;
  return sizes;
}

/// How a checkpoint is scored.
struct Whole {};  // all scores, kept
struct LowPrecision {
  std::int64_t top;  // pairs of every row and column that are scored again in fp32
};
struct Streamed {
  std::int64_t folds;  // images a fold; 0: one
  mgan::Ties ties;
};
struct Pruned {
  std::int64_t rounds;  // that are timed
};
using Plan = std::variant<Whole, LowPrecision, Streamed, Pruned>;

Plan plan_of(const EvaluateFlags& flags, Scorer scorer, const Sizes& sizes) {
  if (flags.prune) return Pruned{flags.prune_rounds};
  const bool alone = flags.checkpoints.size() == 1;
  if (is_low_precision(scorer)) {
    mgan::require(flags.folds == 0 && !flags.streaming && alone, "--scorer ", word_of(scorer),
                  " takes one checkpoint, without --folds or --streaming");
    return LowPrecision{flags.top};
  }
  const bool large = alone && flags.write_scores.empty() && sizes.pairs() > pairs_in_memory;
  if (flags.streaming || large) return Streamed{flags.folds, flags.ties};
  return Whole{};
}

/// Carries a plan out: fills in scores, or the figures where no matrix is kept.
struct Scoring {
  const Model& model;
  const Samples& samples;
  std::int64_t limit;
  const Sizes& sizes;
  Member& member;
  std::optional<EncodedSplit>& encoded;  // what was, and is asked for again
  bool keep_encoded;

  void operator()(const Whole&) const {
    if (keep_encoded) encoded.emplace(encode_split(model, samples, limit));
    member.split = encoded ? score_split(model, *encoded) : score_split(model, samples, limit);
    member.scores = model.combine(member.split.scores);
  }

  void operator()(const LowPrecision& plan) const {
    RescoredSplit rescored = rescored_split(model, samples, limit, plan.top);
    const auto number = [](std::int64_t n) { return static_cast<long long>(n); };
    std::printf(
        "%s: %lld of %lld pairs scored again in fp32; R@10 of the sum proven for %lld of %lld images and %lld of %lld "
        "captions\n",
        word_of(member.config.scorer).c_str(), number(rescored.pairs), number(sizes.pairs()),
        number(rescored.certain.images), number(sizes.images), number(rescored.certain.texts), number(sizes.captions));
    member.split = std::move(rescored.split);
    member.scores = model.combine(member.split.scores);
  }

  void operator()(const Streamed& plan) const {
    encoded.emplace(encode_split(model, samples, limit, plan.folds));
    keep(stream_split(model, *encoded, plan.folds, plan.ties));
    if (!keep_encoded) encoded.reset();
  }

  void operator()(const Pruned& plan) const {
    PrunedSplit pruned = prune_split(model, samples, limit, plan.rounds);
    std::printf(
        "pruned: patch scores of %.2f %% of the pairs, %.2f %% of their products' operations, bounds included\n",
        100 * pruned.counts.scored_share(), 100 * pruned.counts.flops_share());
    member.pruning = to_json(pruned);
    if (plan.rounds > 0)
      std::printf("ranking takes %.2f s, by the whole sweep %.2f s: medians of %lld rounds in turn\n",
                  member.pruning["median_seconds"]["pruned"].get<double>(),
                  member.pruning["median_seconds"]["sweep"].get<double>(), static_cast<long long>(plan.rounds));
    keep(std::move(pruned.split));
  }

 private:
  void keep(StreamedSplit streamed) const {
    member.split.owner = std::move(streamed.owner);
    member.split.images = streamed.images;
    member.streamed = std::move(streamed.rows);
    member.tied = streamed.tied;
  }
};

}  // namespace

Member score_checkpoint(const EvaluateFlags& flags, const std::string& checkpoint, Content& content) {
  LoadedModel loaded = load_model(checkpoint, flags.scorer, flags.device);
  const Model& model = loaded.model;
  choose_data(flags, loaded.config);
  const Samples samples = make_samples(loaded.config, flags.split == EvaluatedSplit::val ? Split::val : Split::test);
  const Content own = checked_content(flags, checkpoint, samples.dataset(), content);
  if (content.images.empty()) content = own;
  const Sizes sizes = sizes_of(samples, flags.limit);
  mgan::require(flags.folds == 0 || sizes.images % flags.folds == 0, "--folds ", flags.folds, ": ", sizes.images,
                " images do not divide into folds of ", flags.folds);

  if (flags.judge.any() && !content.names) {
    content.names = names_of(flags.judge, samples.dataset(), sizes.images);
    std::vector<std::int64_t> owner;
    for (const CaptionIndex& c : samples.captions())
      if (static_cast<std::int64_t>(c.image) < sizes.images) owner.push_back(static_cast<std::int64_t>(c.image));
    read_lists(flags.judge, *content.names, owner);  // what is wrong with them is said before anything is scored
  }
  const bool alone = flags.checkpoints.size() == 1, judged = alone && flags.judge.any();
  mgan::require(!flags.judge.bank_of_training() || alone,
                "--bank train takes one checkpoint; of an ensemble, --bank of files");

  const auto began = std::chrono::steady_clock::now();
  Member member{checkpoint, loaded.config.model, {}, {}, {}, {}};
  std::optional<EncodedSplit> encoded;
  const Plan plan = plan_of(flags, member.config.scorer, sizes);
  const bool again = judged && (std::holds_alternative<Streamed>(plan) || flags.judge.bank_of_training());
  std::visit(Scoring{model, samples, flags.limit, sizes, member, encoded, again}, plan);
  if (judged) {
    if (flags.judge.bank_of_training() && !encoded) encoded.emplace(encode_split(model, samples, flags.limit));
    member.judged =
        judge_checkpoint(flags, {model, loaded.config, encoded ? &*encoded : nullptr}, member, *content.names);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%s: %s, split %s, %lld images x %zu captions, %lld epochs of training, scored in %.1f s\n",
              checkpoint.c_str(), own.name.c_str(), word_of(flags.split).c_str(),
              static_cast<long long>(member.split.images), member.split.owner.size(),
              static_cast<long long>(loaded.epoch), seconds);
  return member;
}

}  // namespace program
