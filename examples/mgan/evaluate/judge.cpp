#include "judge.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <unordered_set>

#include "mgan/data/caption_lines.hpp"
#include "mgan/data/resolve_relevance.hpp"
#include "mgan/data/trec.hpp"
#include "mgan/metrics/corrections.hpp"
#include "mgan/metrics/sinkhorn.hpp"
#include "mgan/metrics/streaming_relevance.hpp"

namespace program {

namespace {

using mgan::Direction;
using mgan::ScoreBlock;

/// A correction of one direction, whichever it is.
template <class S>
struct AnyCorrection {
  virtual ~AnyCorrection() = default;
  virtual void bank(const ScoreBlock<S>& block) = 0;
  virtual void add(const ScoreBlock<S>& block) = 0;
  virtual void finish() = 0;
  virtual std::vector<S> operator()(const ScoreBlock<S>& block) const = 0;
};

template <class C, class S>
struct Streamed final : AnyCorrection<S> {
  mgan::StreamingCorrection<C, S> stream;

  template <class... Sizes>
  Streamed(const C& settings, Sizes... sizes) : stream(settings, sizes...) {}
  void bank(const ScoreBlock<S>& block) override { stream.bank(block); }
  void add(const ScoreBlock<S>& block) override { stream.add(block); }
  void finish() override { stream.finish(); }
  std::vector<S> operator()(const ScoreBlock<S>& block) const override { return stream(block); }
};

/// Sinkhorn passes over the matrix many times, and keeps it.
template <class S>
struct Balanced final : AnyCorrection<S> {
  mgan::Sinkhorn settings;
  std::int64_t images, texts;
  std::vector<S> scores;

  Balanced(const mgan::Sinkhorn& s, std::int64_t I, std::int64_t T)
      : settings(s), images(I), texts(T), scores(static_cast<std::size_t>(I * T)) {}
  S& at(std::int64_t i, std::int64_t t) { return scores[static_cast<std::size_t>(i * texts + t)]; }
  void bank(const ScoreBlock<S>&) override {}
  void add(const ScoreBlock<S>& block) override {
    for (std::size_t r = 0; r < block.images.size(); ++r)
      for (std::size_t c = 0; c < block.texts.size(); ++c) at(block.images[r], block.texts[c]) = block.at(r, c);
  }
  void finish() override { scores = settings(mgan::ScoreView<S>{scores, images, texts}); }
  std::vector<S> operator()(const ScoreBlock<S>& block) const override {
    std::vector<S> out;
    for (const std::int64_t i : block.images)
      for (const std::int64_t t : block.texts) out.push_back(scores[static_cast<std::size_t>(i * texts + t)]);
    return out;
  }
};

template <class S>
std::unique_ptr<AnyCorrection<S>> make_correction(const JudgeFlags& flags, Correct which, Direction d, std::int64_t I,
                                                  std::int64_t T, std::int64_t bank) {
  const auto made = [&](const auto& settings) -> std::unique_ptr<AnyCorrection<S>> {
    return std::make_unique<Streamed<std::remove_cvref_t<decltype(settings)>, S>>(settings, d, I, T, bank);
  };
  switch (which) {
    case Correct::csls:
      return made(mgan::Csls{flags.hub_k.value_or(10)});
    case Correct::inverted_softmax:
      return made(mgan::InvertedSoftmax{flags.hub_beta.value_or(20)});
    case Correct::query_bank:
      return made(mgan::QueryBankNormalization{flags.hub_beta.value_or(20), flags.hub_k.value_or(1)});
    case Correct::dual_softmax:
      return made(mgan::DualSoftmax{flags.hub_temperature.value_or(0.01)});
    default:
      return std::make_unique<Balanced<S>>(mgan::Sinkhorn{flags.hub_temperature.value_or(0.05)}, I, T);
  }
}

/// One direction of one row: its figures by own captions, by lists, and its best candidates, where they are wanted.
template <class S>
struct DirectionJudge {
  Direction direction;
  std::unique_ptr<AnyCorrection<S>> correction = {};
  std::optional<mgan::StreamingRelevance<S>> own = {}, lists = {};
  std::optional<mgan::TopK<S>> best = {};

  int passes() const { return (correction ? 1 : 0) + (own || lists || best ? 2 : 0); }
  void take(int pass, const ScoreBlock<S>& block) {
    if (correction && pass == 0) return correction->add(block);
    if (!correction) return count(pass, block);
    const std::vector<S> values = (*correction)(block);
    count(pass - 1, {block.images, block.texts, values.data(), static_cast<std::int64_t>(block.texts.size())});
  }
  void end_of(int pass) {
    if (correction && pass == 0) correction->finish();
  }

 private:
  void count(int pass, const ScoreBlock<S>& block) {
    for (auto* figures : {&own, &lists})
      if (*figures) pass == 0 ? (*figures)->own(block) : (*figures)->add(block);
    if (!best || pass == 0) return;
    for (std::size_t r = 0; r < block.images.size(); ++r)
      for (std::size_t c = 0; c < block.texts.size(); ++c)
        best->add(mgan::query_of(direction, block.images[r], block.texts[c]),
                  mgan::candidate_of(direction, block.images[r], block.texts[c]), block.at(r, c));
  }
};

std::string number_text(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", x);
  return text;
}

/// "1332 of 25000 texts ask, 8.5 right images each"
std::string lists_text(const mgan::RelevanceLists& lists) {
  std::string text;
  for (const Direction d : mgan::directions) {
    const auto& list = lists.of(d);
    if (!list) continue;
    const bool images_ask = d == Direction::image_to_text;
    text += (text.empty() ? "" : "; ") + std::to_string(list->judged()) + " of " + std::to_string(list->queries()) +
            (images_ask ? " images ask, " : " texts ask, ") +
            number_text(static_cast<double>(list->pairs()) / static_cast<double>(list->judged())) +
            (images_ask ? " right texts each" : " right images each");
  }
  return text;
}
std::string files_text(const std::vector<DirectedFile>& files) {
  std::string text;
  for (const DirectedFile& file : files) text += (text.empty() ? "" : ", ") + file.path;
  return text;
}

const DirectedFile* file_of(const std::vector<DirectedFile>& files, Direction d) {
  for (const DirectedFile& file : files)
    if (file.direction == d) return &file;
  return nullptr;
}

}  // namespace

template <class S>
ScoreBlocks<S> blocks_of(std::span<const S> scores, std::int64_t images, std::int64_t texts) {
  return [=](const std::function<void(const ScoreBlock<S>&)>& f) {
    std::vector<std::int64_t> columns(static_cast<std::size_t>(texts));
    std::iota(columns.begin(), columns.end(), 0);
    for (std::int64_t first = 0; first < images; first += 256) {
      std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min<std::int64_t>(256, images - first)));
      std::iota(rows.begin(), rows.end(), first);
      f({rows, columns, scores.data() + first * texts, texts});
    }
  };
}
template ScoreBlocks<float> blocks_of(std::span<const float>, std::int64_t, std::int64_t);
template ScoreBlocks<double> blocks_of(std::span<const double>, std::int64_t, std::int64_t);

mgan::data::ItemNames names_of_file(const std::string& path, const std::string& what) {
  std::vector<std::string> warnings;
  std::vector<std::string> lines = mgan::data::read_lines(path, warnings);
  std::unordered_set<std::string_view> once;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!once.insert(lines[i]).second)
      mgan::fail(path, ": line ", i + 1, ": the id '", mgan::printable(lines[i]), "' stands there twice");
  mgan::data::ItemNames names(what, static_cast<std::int64_t>(lines.size()));
  names.add("the lines of " + path, std::move(lines));
  return names;
}

SplitNames split_names(const JudgeFlags& flags, std::int64_t images, std::int64_t texts,
                       const std::function<void(SplitNames&)>& more) {
  SplitNames names{{"image", images}, {"text", texts}};
  if (more) more(names);
  names.images.add_rows();
  names.texts.add_rows();
  const auto from_file = [](const std::string& path, mgan::data::ItemNames& side) {
    if (path.empty()) return;
    mgan::data::ItemNames given = names_of_file(path, side.what());
    mgan::require(given.count() == side.count(), path, ": ", given.count(), " ids for ", side.count(), " ", side.what(),
                  "s; expected one a line");
    side = std::move(given);
  };
  from_file(flags.image_ids, names.images);
  from_file(flags.text_ids, names.texts);
  return names;
}

mgan::RelevanceLists read_lists(const JudgeFlags& flags, const SplitNames& names,
                                const std::vector<std::int64_t>& owner) {
  mgan::RelevanceLists lists;
  mgan::data::ResolveOptions options{flags.queries == JudgedQueries::listed, {}};
  if (flags.own_relevant) options.owner = owner;
  for (const DirectedFile& file : flags.relevance) {
    for (const auto& named : mgan::data::read_relevance(file.path, {file.direction, flags.relevant_from})) {
      mgan::require(!lists.of(named.direction), named.where, ": a second list of ", name_of(named.direction));
      lists.of(named.direction) = mgan::data::resolve(named, names.images, names.texts, options);
    }
  }
  return lists;
}

template <class S>
JudgedScores judge(const JudgeFlags& flags, const JudgedSplit<S>& split, const SplitNames& names, mgan::Ties ties) {
  const auto I = split.images, T = static_cast<std::int64_t>(split.owner.size());
  const mgan::RelevanceLists lists = read_lists(flags, names, split.owner);
  for (const Correct which : flags.corrections)
    mgan::require(which != Correct::sinkhorn || split.matrix_fits,
                  "--correct sinkhorn needs the whole score matrix: without --streaming, up to 50 million pairs");
  std::vector<DirectionJudge<S>> judges;  // two a row
  const auto add_row = [&](std::optional<Correct> which) {
    for (const Direction d : mgan::directions) {
      const std::int64_t queries = mgan::query_of(d, I, T);
      DirectionJudge<S>& one = judges.emplace_back(DirectionJudge<S>{d});
      if (lists.of(d)) one.lists.emplace(d, *lists.of(d));
      if (!which && file_of(flags.write_runs, d)) one.best.emplace(queries, flags.run_depth);
      if (!which) continue;
      one.own.emplace(d, mgan::own_relevance(d, I, split.owner));
      const auto& bank = split.bank[static_cast<std::size_t>(d)];
      one.correction = make_correction<S>(flags, *which, d, I, T, bank ? bank->queries : 0);
    }
  };
  add_row(std::nullopt);
  for (const Correct which : flags.corrections) add_row(which);

  for (const Direction d : mgan::directions) {
    const auto& bank = split.bank[static_cast<std::size_t>(d)];
    if (!bank) continue;
    bank->blocks([&](const ScoreBlock<S>& block) {
      for (auto& one : judges)
        if (one.direction == d && one.correction) one.correction->bank(block);
    });
  }
  int passes = 0;
  for (const auto& one : judges) passes = std::max(passes, one.passes());
  for (int pass = 0; pass < passes; ++pass) {
    split.scores([&](const ScoreBlock<S>& block) {
      for (auto& one : judges)
        if (pass < one.passes()) one.take(pass, block);
    });
    for (auto& one : judges) one.end_of(pass);
  }

  JudgedScores out;
  out.ndcg_at = flags.ndcg_at;
  if (!flags.relevance.empty()) out.lists = files_text(flags.relevance) + ": " + lists_text(lists);
  if (!flags.corrections.empty())
    out.bank = flags.transductive()
                   ? "corrected for hubs; transductive: the bank is the test queries, all of which a search has not"
                   : "corrected for hubs; the bank is " + split.bank_text;
  for (std::size_t r = 0; r < judges.size(); r += 2) {
    JudgedRow& row = out.rows.emplace_back();
    row.name = split.name;
    if (r > 0)
      row.name = word_of(flags.corrections[r / 2 - 1]) + (flags.transductive() ? " (transductive)" : " (bank)");
    if (r > 0)
      row.recalls =
          mgan::RetrievalMetrics{judges[r].own->figures(ties).recall, judges[r + 1].own->figures(ties).recall};
    for (std::size_t d = 0; d < 2; ++d)
      if (judges[r + d].lists) row.by_lists[d] = judges[r + d].lists->figures(ties, flags.ndcg_at);
  }
  for (const Direction d : mgan::directions) {
    const bool images_ask = d == Direction::image_to_text;
    const auto &asking = images_ask ? names.images : names.texts, &answering = images_ask ? names.texts : names.images;
    if (const DirectedFile* file = file_of(flags.write_runs, d))
      mgan::data::write_run(file->path, asking, answering, *judges[static_cast<std::size_t>(d)].best);
    if (const DirectedFile* file = file_of(flags.write_qrels, d)) {
      mgan::require(flags.relevance.empty() || lists.of(d), "--write-qrels ", file->text(), ": --relevance has no ",
                    name_of(d));
      mgan::data::write_qrels(file->path, asking, answering,
                              lists.of(d) ? *lists.of(d) : mgan::own_relevance(d, I, split.owner));
    }
  }
  return out;
}
template JudgedScores judge(const JudgeFlags&, const JudgedSplit<float>&, const SplitNames&, mgan::Ties);
template JudgedScores judge(const JudgeFlags&, const JudgedSplit<double>&, const SplitNames&, mgan::Ties);

}  // namespace program
