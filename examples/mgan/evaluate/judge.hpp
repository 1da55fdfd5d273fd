// Scores judged as they are and corrected for hubs, by own captions and by lists of right answers, block by block.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "judge_options.hpp"
#include "mgan/data/item_names.hpp"
#include "mgan/io/json.hpp"
#include "mgan/metrics/query_figures.hpp"
#include "mgan/metrics/relevance.hpp"
#include "mgan/metrics/streaming_ranks.hpp"

namespace program {

/// Scores, block by block, as often as they are asked for.
template <class S>
using ScoreBlocks = std::function<void(const std::function<void(const mgan::ScoreBlock<S>&)>&)>;
/// A whole matrix in blocks of rows; `scores` stays where it is.
template <class S>
ScoreBlocks<S> blocks_of(std::span<const S> scores, std::int64_t images, std::int64_t texts);

/// Other queries against the candidates of a direction: (images, queries) for text_to_image, (queries, texts) else.
template <class S>
struct HubBank {
  std::int64_t queries = 0;
  ScoreBlocks<S> blocks;
};

/// What is judged.
template <class S>
struct JudgedSplit {
  std::string name;
  std::int64_t images = 0;
  std::vector<std::int64_t> owner;  // (texts)
  ScoreBlocks<S> scores;
  std::optional<HubBank<S>> bank[2] = {};  // of a direction; none: the queries
  std::string bank_text = {};              // what it is, for the table
  bool matrix_fits = true;                 // false: nothing of its size may be kept
};

/// What images and texts are called in files of others.
struct SplitNames {
  mgan::data::ItemNames images, texts;
};
/// A line an item. Errors: an id twice.
mgan::data::ItemNames names_of_file(const std::string& path, const std::string& what);
/// Rows, or the lines of --image-ids and --text-ids; `more` says what a data set calls them.
SplitNames split_names(const JudgeFlags& flags, std::int64_t images, std::int64_t texts,
                       const std::function<void(SplitNames&)>& more = {});
/// The lists of --relevance; none in a direction that has none.
mgan::RelevanceLists read_lists(const JudgeFlags& flags, const SplitNames& names,
                                const std::vector<std::int64_t>& owner);

/// A row by own captions, if it is a corrected one, and by lists, of the directions that have some.
struct JudgedRow {
  std::string name;
  std::optional<mgan::RetrievalMetrics> recalls = {};
  std::optional<mgan::RelevanceFigures> by_lists[2] = {};
};
struct JudgedScores {
  std::vector<JudgedRow> rows;          // the first: the scores as they are
  std::string bank;                     // what stands above corrected rows
  std::string lists;                    // above the figures by lists
  std::vector<std::string> notes = {};  // below them
  std::int64_t ndcg_at = 10;
};

/// Judges, and writes runs and qrels. S: float or double.
template <class S>
JudgedScores judge(const JudgeFlags& flags, const JudgedSplit<S>& split, const SplitNames& names, mgan::Ties ties);
/// Ranked lists of files, --run, by those of --relevance.
JudgedScores judge_runs(const JudgeFlags& flags, mgan::Ties ties);

void print(const JudgedScores& judged, std::size_t name_width);
/// {"corrected": [...], "relevance": [...]}: into the object of the figures.
void add_json(mgan::io::Json& figures, const JudgedScores& judged);

}  // namespace program
