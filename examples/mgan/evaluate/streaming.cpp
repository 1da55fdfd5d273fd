#include "streaming.hpp"

#include <ATen/core/grad_mode.h>

#include "mgan/metrics/folds.hpp"
#include "mgan/metrics/streaming_ranks.hpp"
#include "post_hoc.hpp"

namespace program {

namespace {

/// One row of the table: its ranks in every fold.
struct Row {
  std::string name;
  std::vector<mgan::StreamingRanks<float>> folds;
};

/// The images of a fold and their captions, counted from 0.
struct Fold {
  std::int64_t first = 0, images = 0;
  std::vector<std::int64_t> owner;  // of its texts
};

class Stream {
 public:
  Stream(const Model& model, const EncodedSplit& split, std::int64_t fold) : model_(model), split_(split) {
    fold_ = fold > 0 ? fold : split_.images;
    for (std::int64_t first = 0; first < split_.images; first += fold_) folds_.push_back({first, fold_, {}});
    place_.resize(split_.owner.size());
    for (std::size_t t = 0; t < split_.owner.size(); ++t) {
      Fold& home = folds_[static_cast<std::size_t>(split_.owner[t] / fold_)];
      place_[t] = static_cast<std::int64_t>(home.owner.size());
      home.owner.push_back(split_.owner[t] - home.first);
    }
  }

  /// Blocks that hold own pairs first, so that every other score can be counted as it comes.
  std::vector<NamedMetrics> run(mgan::Ties ties) {
    each_block(true, [](auto& ranks, const auto& block) { ranks.own(block); });
    each_block(true, [](auto& ranks, const auto& block) { ranks.add(block); });
    each_block(false, [](auto& ranks, const auto& block) { ranks.add(block); });
    std::vector<NamedMetrics> result;
    for (const Row& row : rows_) {
      std::vector<mgan::RetrievalMetrics> folds;
      for (const auto& ranks : row.folds) folds.push_back(ranks.metrics(ties));
      result.emplace_back(row.name, mgan::mean_of_folds(folds));
    }
    return result;
  }
  /// Of the first row, all folds together.
  TiedFigures tied() const {
    std::vector<std::pair<mgan::Ranks, mgan::Ranks>> ranks;
    for (const auto& fold : rows_.front().folds) ranks.emplace_back(fold.image_to_text(), fold.text_to_image());
    return tied_of(ranks);
  }

 private:
  template <class F>
  void each_block(bool at_home, const F& f) {
    for (std::size_t t = 0; t < split_.text_blocks.size(); ++t)
      for (std::size_t i = 0; i < split_.image_blocks.size(); ++i)
        if (at_home == (split_.home[t] == i)) score_block(split_.image_blocks[i], split_.text_blocks[t], f);
  }

  template <class F>
  void score_block(const StateBlock& images, const StateBlock& texts, const F& f) {
    const auto fold = static_cast<std::size_t>(images.which.front() / fold_);
    if (split_.owner[static_cast<std::size_t>(texts.which.front())] / fold_ != static_cast<std::int64_t>(fold)) return;
    std::vector<std::int64_t> rows = images.which, columns = texts.which;
    for (std::int64_t& i : rows) i -= folds_[fold].first;
    for (std::int64_t& t : columns) t = place_[static_cast<std::size_t>(t)];

    Scores parts = model_.parts(images.state, texts.state);
    for (at::Tensor Scores::*part : {&Scores::region, &Scores::global, &Scores::patch})
      if ((parts.*part).defined()) parts.*part = (parts.*part).to(at::kCPU, at::kFloat);
    std::vector<PostHocScores> all{{"all granularities", model_.combine(parts)}};
    for (PostHocScores& row : post_hoc_scores(parts, model_.config)) all.push_back(std::move(row));
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (rows_.size() == r) {
        rows_.push_back({all[r].name, {}});
        for (const Fold& one : folds_) rows_.back().folds.emplace_back(one.images, one.owner);
      }
      const at::Tensor scores = all[r].scores.contiguous();
      f(rows_[r].folds[fold], mgan::ScoreBlock<float>{rows, columns, scores.const_data_ptr<float>(), scores.size(1)});
    }
  }

  const Model& model_;
  const EncodedSplit& split_;
  std::int64_t fold_;  // images a fold
  std::vector<Fold> folds_;
  std::vector<std::int64_t> place_;  // of a text in its fold
  std::vector<Row> rows_;
};

}  // namespace

StreamedSplit stream_split(const Model& model, const EncodedSplit& encoded, std::int64_t fold, mgan::Ties ties) {
  const at::NoGradGuard no_grad;
  StreamedSplit split{{}, encoded.owner, encoded.images};
  Stream stream(model, encoded, fold);
  split.rows = stream.run(ties);
  split.tied = stream.tied();
  return split;
}

}  // namespace program
