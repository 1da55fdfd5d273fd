#include "score_files.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "app/metrics_table.hpp"
#include "app/options.hpp"
#include "judge.hpp"
#include "mgan/data/caption_lines.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/metrics/folds.hpp"
#include "ties.hpp"

namespace program {

namespace {

using mgan::io::DType;
using mgan::io::NpyFile;

/// Opens the files and checks what can be said before a number is read.
std::vector<NpyFile> open_matrices(const std::vector<std::string>& paths) {
  std::vector<NpyFile> matrices;
  for (const std::string& path : paths) {
    const NpyFile& file = matrices.emplace_back(path);
    const mgan::Shape& shape = file.shape();
    mgan::require(shape.size() == 2 && shape[0] > 0 && shape[1] > 0, path, ": is ", shape,
                  ", expected scores (images, texts)");
    mgan::require(file.dtype() == DType::F64 || file.dtype() == DType::F32 || file.dtype() == DType::F16, path, ": is ",
                  mgan::io::name_of(file.dtype()), ", expected floating-point scores");
    mgan::require(shape == matrices[0].shape(), path, ": is ", shape, ", but ", paths[0], " is ", matrices[0].shape());
  }
  return matrices;
}

/// Whether rows 0 .. each - 1 are equal, and the next ones, and so on: an image a text, as some programs write it.
bool rows_repeat(const NpyFile& file, std::int64_t each) {
  const std::int64_t rows = file.shape()[0];
  bool repeat = rows % each == 0;
  for (std::int64_t i = 0; i < rows && repeat; ++i)
    repeat = i % each == 0 || file.row_bytes(i, 1) == file.row_bytes(i - 1, 1);
  return repeat;
}

/// Text t belongs to image t / each.
std::vector<std::int64_t> consecutive_owners(const NpyFile& file, const std::string& path, std::int64_t each) {
  const std::int64_t images = file.shape()[0], texts = file.shape()[1];
  const std::string counts = path + ": " + std::to_string(images) + " images x " + std::to_string(texts) + " texts";
  mgan::require(images != texts * each || each == 1, counts, ": looks like (texts, images) with ", each,
                " texts an image; expected (images, texts): np.save(path, scores.T)");
  if (images == texts && each != 1) {
    const std::string wanted = counts + ", expected " + std::to_string(each) + " texts an image; ";
    if (rows_repeat(file, each))
      mgan::fail(wanted, "every image stands there ", each,
                 " times, keep one of its rows: np.save(path, scores[::", each, "])");
    mgan::fail(wanted, "--captions-per-image 1 says that every image has one");
  }
  mgan::require(texts == images * each, counts, ", expected ", each,
                " texts an image; --captions-per-image or --ids says which belong together");
  std::vector<std::int64_t> owner;
  for (std::int64_t t = 0; t < texts; ++t) owner.push_back(t / each);
  return owner;
}

/// A line a text: the number of its image's row where the lines are the numbers 0 .. images - 1, in any order; else
/// ids, the images being in the order in which their ids first occur.
std::vector<std::int64_t> owners_from(const std::string& ids_path, std::int64_t images, std::int64_t texts) {
  std::vector<std::string> warnings;
  const std::vector<std::string> ids = mgan::data::read_lines(ids_path, warnings);
  for (const std::string& warning : warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  mgan::require(static_cast<std::int64_t>(ids.size()) == texts, ids_path, ": ", ids.size(), " ids for ", texts,
                " texts; expected one a text");
  std::map<std::string, std::int64_t> by_occurrence;
  for (const std::string& id : ids) by_occurrence.emplace(id, static_cast<std::int64_t>(by_occurrence.size()));
  mgan::require(static_cast<std::int64_t>(by_occurrence.size()) == images, ids_path, ": ", by_occurrence.size(),
                " different ids for ", images, " images");
  bool numbers = true;
  for (std::int64_t i = 0; i < images && numbers; ++i) numbers = by_occurrence.count(std::to_string(i)) > 0;
  std::printf("%s: %s\n", ids_path.c_str(),
              numbers ? "numbers of rows" : "ids; rows are taken to be in the order in which ids first occur");
  std::vector<std::int64_t> owner;
  for (const std::string& id : ids) owner.push_back(numbers ? std::stoll(id) : by_occurrence[id]);
  return owner;
}

/// One row of a matrix; NaN is an error here, so that its file is named.
template <class S>
std::vector<S> scores_of(const NpyFile& file, const std::string& path, std::int64_t image) {
  std::vector<S> row = file.rows<S>(image, 1);
  for (std::size_t t = 0; t < row.size(); ++t)
    mgan::require(row[t] == row[t], path, ": the score of image ", image, " and text ", t, " is NaN");
  return row;
}

/// A bank of --bank DIRECTION=FILE: other queries against the images, or the texts, of these scores.
template <class S>
HubBank<S> read_bank(const DirectedFile& file, const ScoreFiles& scores, std::int64_t images, std::int64_t texts) {
  const auto bank = std::make_shared<const NpyFile>(file.path);
  const bool images_ask = file.direction == mgan::Direction::image_to_text;
  const mgan::Shape& shape = bank->shape();
  mgan::require(
      shape.size() == 2 && shape[0] > 0 && shape[1] > 0 && shape[images_ask ? 1 : 0] == (images_ask ? texts : images),
      file.path, ": the bank is ", shape, ", expected ",
      images_ask ? "(bank's images, " + std::to_string(texts) + ")" : "(" + std::to_string(images) + ", bank's texts)",
      ": the ", images_ask ? "texts" : "images", " of ", scores.paths[0]);
  mgan::require(bank->dtype() == DType::F64 || bank->dtype() == DType::F32 || bank->dtype() == DType::F16, file.path,
                ": is ", mgan::io::name_of(bank->dtype()), ", expected floating-point scores");
  return {shape[images_ask ? 0 : 1],
          [bank, path = file.path](const std::function<void(const mgan::ScoreBlock<S>&)>& f) {
            std::vector<std::int64_t> columns(static_cast<std::size_t>(bank->shape()[1]));
            std::iota(columns.begin(), columns.end(), 0);
            for (std::int64_t i = 0; i < bank->shape()[0]; ++i) {
              const std::vector<std::int64_t> row{i};
              const std::vector<S> values = scores_of<S>(*bank, path, i);
              f({row, columns, values.data(), static_cast<std::int64_t>(columns.size())});
            }
          }};
}

template <class S>
JudgedScores judge_scores(const ScoreFiles& files, const ScoreFigures& wanted, const std::string& name,
                          const std::vector<S>& scores, const std::vector<std::int64_t>& owner, std::int64_t images) {
  const auto texts = static_cast<std::int64_t>(owner.size());
  mgan::require(!wanted.judge.bank_of_training(),
                "--bank train: score files have no training split; expected queries, or image_to_text=FILE and "
                "text_to_image=FILE");
  JudgedSplit<S> split{name, images, owner, blocks_of<S>(scores, images, texts)};
  for (const DirectedFile& file : wanted.judge.bank_files()) {
    split.bank[static_cast<std::size_t>(*file.direction)] = read_bank<S>(file, files, images, texts);
    split.bank_text += (split.bank_text.empty() ? "" : ", ") + file.path;
  }
  for (const mgan::Direction d : mgan::directions)
    mgan::require(wanted.judge.transductive() || split.bank[static_cast<std::size_t>(d)], "--bank has no ", name_of(d),
                  "=FILE");
  return judge(wanted.judge, split, split_names(wanted.judge, images, texts), wanted.ties);
}

template <class S>
void evaluate_as(const ScoreFiles& files, const ScoreFigures& wanted, const std::vector<NpyFile>& matrices,
                 const std::vector<std::int64_t>& owner) {
  const std::int64_t images = matrices[0].shape()[0], texts = matrices[0].shape()[1];
  const auto figures = [&](const std::vector<S>& scores) {
    if (wanted.ties == mgan::Ties::pessimistic) {
      const TiedFigures tied = tied_figures(scores, images, owner, wanted.folds);
      if (tied.of_images + tied.of_texts > 0) warn_of_ties(tied, shared_columns(scores, images, owner));
    }
    return wanted.folds > 0 ? mgan::folded_metrics(scores, images, texts, owner, wanted.folds, wanted.ties)
                            : mgan::retrieval_metrics(scores, images, texts, owner, wanted.ties);
  };
  // One matrix at a time: COCO's 5,000 x 25,000 take half a gigabyte each.
  std::vector<S> scores;
  const auto mean_over = [&](std::size_t first, std::size_t last) {
    scores.clear();
    scores.reserve(static_cast<std::size_t>(images * texts));
    std::vector<double> sum(static_cast<std::size_t>(texts));
    for (std::int64_t i = 0; i < images; ++i) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::size_t m = first; m < last; ++m) {
        const std::vector<S> row = scores_of<S>(matrices[m], files.paths[m], i);
        for (std::size_t t = 0; t < row.size(); ++t) sum[t] += static_cast<double>(row[t]);
      }
      for (const double x : sum) scores.push_back(static_cast<S>(x / static_cast<double>(last - first)));
    }
  };

  MetricsTable results;
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    mean_over(m, m + 1);
    results.rows.emplace_back(files.paths[m], figures(scores));
  }
  if (matrices.size() > 1) {
    mean_over(0, matrices.size());
    results.rows.emplace_back("ensemble of " + std::to_string(matrices.size()) + " (mean of score matrices)",
                              figures(scores));
  }
  const bool expected = wanted.ties == mgan::Ties::expected;
  std::printf("%lld images x %lld texts; %s\n", static_cast<long long>(images), static_cast<long long>(texts),
              expected ? "a tie counts as its expectation" : "ties are lost");
  if (wanted.folds > 0) {
    std::printf("mean over %lld folds of %lld images, each with its own captions alone\n",
                static_cast<long long>(images / wanted.folds), static_cast<long long>(wanted.folds));
  }
  std::putchar('\n');
  results.print(results.width());
  std::optional<JudgedScores> judged;
  if (wanted.judge.any()) {
    judged = judge_scores(files, wanted, results.rows.back().first, scores, owner, images);
    print(*judged, results.width());
  }
  if (!wanted.write_scores.empty()) mgan::io::write_npy(wanted.write_scores, {images, texts}, scores);
  if (wanted.output.empty()) return;
  mgan::io::Json metrics = {{"scores", files.paths},
                            {"images", images},
                            {"captions", texts},
                            {"images_per_fold", wanted.folds > 0 ? wanted.folds : images},
                            {"ties", word_of(wanted.ties)},
                            {"results", results.json()}};
  if (judged) add_json(metrics, *judged);
  mgan::io::write_file_atomically(wanted.output, metrics.dump(2) + "\n");
}

}  // namespace

CLI::Option* add_score_file_options(CLI::App& command, ScoreFiles& files) {
  CLI::Option* scores = command.add_option(
      "--scores", files.paths,
      "Instead of checkpoints: score matrices (images, texts) of any model, .npy files; several are also averaged");
  add_option(command, "--captions-per-image", files.captions_per_image,
             "Of --scores: texts of one image, one after the other", at_least(1))
      ->needs(scores);
  command.add_option("--ids", files.ids,
                     "Of --scores: a file with a line a text, the id or the row of its image. Of checkpoints: which "
                     "photograph an id of SCAN's files is; as trained when left out");
  return scores;
}

void evaluate_score_files(const ScoreFiles& files, const ScoreFigures& wanted) {
  const std::vector<NpyFile> matrices = open_matrices(files.paths);
  const std::int64_t images = matrices[0].shape()[0], texts = matrices[0].shape()[1];
  mgan::require(wanted.folds == 0 || images % wanted.folds == 0, "--folds ", wanted.folds, ": ", images,
                " images do not divide into folds of ", wanted.folds);
  const std::vector<std::int64_t> owner =
      files.ids.empty() ? consecutive_owners(matrices[0], files.paths[0], files.captions_per_image)
                        : owners_from(files.ids, images, texts);
  bool doubles = false;
  for (const NpyFile& file : matrices) doubles |= file.dtype() == DType::F64;
  doubles ? evaluate_as<double>(files, wanted, matrices, owner) : evaluate_as<float>(files, wanted, matrices, owner);
}

}  // namespace program
