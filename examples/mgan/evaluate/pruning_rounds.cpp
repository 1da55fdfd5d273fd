// What pruning gains, measured: three jobs by the whole sweep and pruned, in turn, with the same answers.
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <chrono>

#include "mgan/fused/torch/hardest_negatives.hpp"
#include "pruning.hpp"

namespace program {

namespace {

constexpr std::int64_t best_k = 10, batch_size = 128;

template <class F>
double seconds_of(const F& f) {
  const auto began = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// S of a block by the sweep.
at::Tensor swept(const Model& model, const StateBlock& images, const StateBlock& texts) {
  const auto& m = model.matcher;
  return total_scores(model, base_scores(model, images.state, texts.state),
                      mgan::score_all(m.patch_alignment, images.state.patch, texts.state.patch));
}

// --- ranks
// -------------------------------------------------------------------------------------------------------------

mgan::RetrievalMetrics sweep_ranks(const Model& model, const EncodedSplit& split) {
  mgan::StreamingRanks<float> ranks(split.images, split.owner);
  each_block(
      split, [&](const auto& i, const auto& t) { return swept(model, i, t); },
      [&](const auto& block) { ranks.own(block); }, [&](const auto& block) { ranks.add(block); });
  return ranks.metrics();
}

template <class Epilogue>
void time_ranks(const Model& model, const EncodedSplit& split, const Epilogue& epilogue, PruningContest& contest) {
  mgan::RetrievalMetrics whole;
  PrunedMetrics some;
  contest.sweep.push_back(seconds_of([&] { whole = sweep_ranks(model, split); }));
  contest.pruned.push_back(seconds_of([&] { some = pruned_ranks(model, split, SplitRows(split), epilogue); }));
  contest.counts = some.counts;
  mgan::require(whole.rsum() == some.metrics.rsum() &&
                    whole.text_to_image.mean_rank == some.metrics.text_to_image.mean_rank &&
                    whole.image_to_text.mean_rank == some.metrics.image_to_text.mean_rank,
                "--prune-rounds: RSum ", some.metrics.rsum(), ", that of the whole sweep is ", whole.rsum());
}

// --- best ten
// ----------------------------------------------------------------------------------------------------------

void require_same(const mgan::TopK<float>& a, const mgan::TopK<float>& b, const char* what) {
  for (std::int64_t q = 0; q < a.queries(); ++q)
    mgan::require(a.of(q) == b.of(q), "--prune-rounds: the best ten of ", what, " ", q, " are not those of the sweep");
}

template <class Epilogue>
void time_best_ten(const Model& model, const EncodedSplit& split, const Epilogue& epilogue, PruningContest& contest) {
  const auto texts = static_cast<std::int64_t>(split.owner.size());
  const auto nothing = [](const auto&) {};
  mgan::StreamingTopK<float> whole(split.images, texts, best_k), some(split.images, texts, best_k);
  contest.sweep.push_back(seconds_of([&] {
    each_block(
        split, [&](const auto& i, const auto& t) { return swept(model, i, t); }, nothing,
        [&](const auto& block) { whole.add(block); });
  }));
  contest.pruned.push_back(seconds_of([&] {
    const SplitRows rows(split);
    const mgan::PairScorer<Epilogue> scorer(rows.image_rows(), rows.word_rows(), epilogue, {},
                                            mgan::torch_parallel_for{});
    mgan::PrunedTopK<Epilogue, mgan::torch_parallel_for> pruned(scorer, static_cast<float>(model.matcher.weights.patch),
                                                                best_k, {});
    each_block(
        split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); }, nothing,
        [&](const auto& base) { pruned.add(base); });
    contest.counts = pruned.counts();
    some = pruned.best();
  }));
  require_same(some.texts_of_image, whole.texts_of_image, "image");
  require_same(some.images_of_text, whole.images_of_text, "caption");
}

// --- hardest negatives
// -------------------------------------------------------------------------------------------------

/// 128 images and the first caption of each.
struct NegativesBatch {
  at::Tensor patches;  // (B, K, D)
  Ragged words;        // (B, L, D)
  at::Tensor base;     // (B, B)
};

std::vector<NegativesBatch> batches_of(const Model& model, const EncodedSplit& split) {
  const SplitRows rows(split);
  std::vector<std::int64_t> first(static_cast<std::size_t>(split.images), -1);  // caption of an image
  for (std::size_t t = split.owner.size(); t-- > 0;)
    first[static_cast<std::size_t>(split.owner[t])] = static_cast<std::int64_t>(t);
  at::Tensor base = at::empty({split.images, split.images}, at::kFloat);  // image x first caption of image
  const auto keep = [&](const mgan::ScoreBlock<float>& block) {
    for (std::size_t c = 0; c < block.texts.size(); ++c) {
      const std::int64_t owner = split.owner[static_cast<std::size_t>(block.texts[c])];
      if (first[static_cast<std::size_t>(owner)] != block.texts[c]) continue;
      for (std::size_t r = 0; r < block.images.size(); ++r)
        base.mutable_data_ptr<float>()[block.images[r] * split.images + owner] = block.at(r, c);
    }
  };
  each_block(
      split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); }, [](const auto&) {},
      keep);

  std::vector<std::int64_t> begins{0};
  for (const std::int64_t n : rows.lengths) begins.push_back(begins.back() + n);
  const at::Tensor words =
      at::from_blob(const_cast<float*>(rows.words.data()), {begins.back(), rows.width()}, at::kFloat);  // (W, D)
  std::vector<NegativesBatch> batches;
  for (std::int64_t b = 0; b < split.images; b += batch_size) {
    const std::int64_t n = std::min(batch_size, split.images - b);
    std::vector<std::int64_t> lengths;
    for (std::int64_t i = b; i < b + n; ++i) lengths.push_back(rows.lengths[first[static_cast<std::size_t>(i)]]);
    const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
    std::vector<at::Tensor> captions;  // (L, D) each
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t own = lengths[static_cast<std::size_t>(i)],
                         begin = begins[static_cast<std::size_t>(first[static_cast<std::size_t>(b + i)])];
      captions.push_back(at::constant_pad_nd(words.narrow(0, begin, own), {0, 0, 0, longest - own}));
    }
    batches.push_back({rows.images.narrow(0, b, n), mgan::ragged(at::stack(captions), at::tensor(lengths), "captions"),
                       base.narrow(0, b, n).narrow(1, b, n).contiguous()});
  }
  return batches;
}

/// The hardest negatives of S (B, B): of every image, then of every caption; their scores, then which they are.
std::vector<at::Tensor> hardest_of(const at::Tensor& scores) {
  at::Tensor others = scores.clone();
  others.fill_diagonal_(-std::numeric_limits<float>::infinity());
  const auto [of_image, text] = others.max(1);
  const auto [of_text, image] = others.max(0);
  return {of_image, of_text, text, image};
}

template <class Module>
void time_negatives(const Model& model, const std::vector<NegativesBatch>& batches, const Module& module,
                    const mgan::HeadPlan& plan, PruningContest& contest) {
  const mgan::Fused<Module> fused{module};
  const mgan::HardestNegatives mine{model.matcher.weights.patch, plan};
  std::vector<std::vector<at::Tensor>> whole, some;
  contest.counts = {};
  contest.sweep.push_back(seconds_of([&] {
    for (const auto& [patches, words, base] : batches)
      whole.push_back(hardest_of(total_scores(model, base, mgan::score_all(fused, patches, words))));
  }));
  contest.pruned.push_back(seconds_of([&] {
    for (const auto& [patches, words, base] : batches) {
      mgan::PairCounts counts;
      some.push_back(hardest_of(total_scores(model, base, mine(fused, patches, words, base, {}, &counts))));
      contest.counts += counts;
    }
  }));
  for (std::size_t b = 0; b < batches.size(); ++b)
    for (std::size_t r = 0; r < whole[b].size(); ++r)
      mgan::require(some[b][r].equal(whole[b][r]), "--prune-rounds: batch ", b, " has other hardest negatives");
}

}  // namespace

PruningRounds time_pruning(const Model& model, const EncodedSplit& split, std::int64_t rounds) {
  return with_bounds(model, [&](const auto& module) {
    const auto plan = mgan::epilogue_of(module);  // owns what its epilogue points to
    const auto batches = batches_of(model, split);
    const mgan::HeadPlan heads = mgan::head_plan(batches.front().patches, batches.front().words);
    PruningRounds times;
    for (std::int64_t round = 0; round <= rounds; ++round) {
      times.base.push_back(seconds_of([&] {
        each_block(
            split, [&](const auto& i, const auto& t) { return base_scores(model, i.state, t.state); },
            [](const auto&) {}, [](const auto&) {});
      }));
      time_ranks(model, split, plan.epilogue, times.ranks);
      time_best_ten(model, split, plan.epilogue, times.best_ten);
      time_negatives(model, batches, module, heads, times.hardest_negatives);
      if (round == 0) times = {};
    }
    return times;
  });
}

}  // namespace program
