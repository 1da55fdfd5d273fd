// Options of `mgan evaluate` beyond the recalls of own captions: lists of right answers, corrections for hubs, TREC
// files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/words.hpp"
#include "mgan/metrics/direction.hpp"

namespace CLI {
class App;
}

namespace program {

/// A file of one direction, "image_to_text=FILE", or of both, "FILE".
struct DirectedFile {
  std::optional<mgan::Direction> direction = {};
  std::string path = {};

  std::string text() const { return (direction ? std::string(name_of(*direction)) + "=" : "") + path; }
  static DirectedFile parse(const std::string& text, const std::string& name = {});
};

/// How scores are corrected for hubs.
enum class Correct { csls, inverted_softmax, query_bank, dual_softmax, sinkhorn };
template <>
inline constexpr auto words_of<Correct> = std::to_array<Word<Correct>>({{Correct::csls, "csls"},
                                                                        {Correct::inverted_softmax, "inverted-softmax"},
                                                                        {Correct::query_bank, "query-bank"},
                                                                        {Correct::dual_softmax, "dual-softmax"},
                                                                        {Correct::sinkhorn, "sinkhorn"}});
/// Which queries a list of right answers has to have.
enum class JudgedQueries { all, listed };
template <>
inline constexpr auto words_of<JudgedQueries> = std::to_array<Word<JudgedQueries>>({{JudgedQueries::all, "all"},
                                                                                    {JudgedQueries::listed, "listed"}});

struct JudgeFlags {
  std::vector<DirectedFile> relevance;
  std::string image_ids, text_ids;  // a line an item; empty: rows, and what the data set calls them
  JudgedQueries queries = JudgedQueries::all;
  bool own_relevant = false;
  double relevant_from = 3;
  std::int64_t ndcg_at = 10;

  std::vector<Correct> corrections;
  std::optional<std::int64_t> hub_k;
  std::optional<double> hub_beta, hub_temperature;
  std::vector<std::string> bank{"queries"};  // or train, or DIRECTION=FILE
  std::int64_t bank_images = 1000;

  std::vector<DirectedFile> runs;  // in the place of scores
  std::vector<DirectedFile> write_runs, write_qrels;
  std::int64_t run_depth = 1000;

  bool any() const { return !relevance.empty() || !corrections.empty() || !write_runs.empty() || !write_qrels.empty(); }
  bool transductive() const { return bank == std::vector<std::string>{"queries"}; }
  bool bank_of_training() const { return bank == std::vector<std::string>{"train"}; }
  /// Of neither: score matrices.
  std::vector<DirectedFile> bank_files() const;
};

void add_judge_options(CLI::App& command, JudgeFlags& flags);
/// Errors: options that do not go together, whatever is judged.
void check(const JudgeFlags& flags);

}  // namespace program
