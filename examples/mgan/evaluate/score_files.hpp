// Score matrices that any model wrote, in .npy files: the evaluator alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/words.hpp"
#include "judge_options.hpp"
#include "mgan/metrics/retrieval.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace program {

template <>
inline constexpr auto words_of<mgan::Ties> = std::to_array<Word<mgan::Ties>>({{mgan::Ties::pessimistic, "pessimistic"},
                                                                              {mgan::Ties::expected, "expected"}});

struct ScoreFiles {
  std::vector<std::string> paths;       // (images, texts) each; several are also averaged
  std::int64_t captions_per_image = 5;  // text t belongs to image t / captions_per_image
  std::string ids;                      // or a file with a line a text: the image that it belongs to
};

/// What is made of them.
struct ScoreFigures {
  std::int64_t folds = 0;  // images a fold
  mgan::Ties ties = mgan::Ties::pessimistic;
  std::string output, write_scores;  // a JSON file of the figures, the mean as .npy; empty: none
  JudgeFlags judge = {};
};

/// --scores, --captions-per-image, --ids; returns the first.
CLI::Option* add_score_file_options(CLI::App& command, ScoreFiles& files);

/// Prints the table of `mgan evaluate`. Errors name the file: shape, type, NaN with its place, counts that do not fit.
void evaluate_score_files(const ScoreFiles& files, const ScoreFigures& figures);

}  // namespace program
