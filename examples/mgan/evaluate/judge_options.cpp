#include "judge_options.hpp"

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace program {

DirectedFile DirectedFile::parse(const std::string& text, const std::string& name) {
  for (const mgan::Direction d : mgan::directions) {
    const std::string front = std::string(name_of(d)) + "=";
    if (!text.starts_with(front)) continue;
    mgan::require(text.size() > front.size(), name, " is '", text, "', expected a file behind it");
    return {d, text.substr(front.size())};
  }
  return {std::nullopt, text};
}

std::vector<DirectedFile> JudgeFlags::bank_files() const {
  std::vector<DirectedFile> files;
  if (transductive() || bank_of_training()) return files;
  for (const std::string& one : bank) {
    files.push_back(DirectedFile::parse(one, "--bank"));
    mgan::require(files.back().direction.has_value(), "--bank is '", one,
                  "', expected queries, train, image_to_text=FILE or text_to_image=FILE");
  }
  return files;
}

void add_judge_options(CLI::App& command, JudgeFlags& flags) {
  add_option(command, "--relevance", flags.relevance,
             "Right answers beside an image's own texts: JSON, CxC's CSV, or TREC qrels; image_to_text=FILE or "
             "text_to_image=FILE where a file holds one direction");
  add_option(command, "--queries", flags.queries,
             "Of --relevance: all, every image and text needs a list; listed, those with a list are judged");
  command.add_flag("--own-relevant", flags.own_relevant, "Of --relevance: an image's own texts are right, too");
  add_option(command, "--relevant-from", flags.relevant_from,
             "Of CxC's CSV: pairs with this agg_score and more are right");
  add_option(command, "--ndcg-at", flags.ndcg_at, "K of nDCG@K", at_least(1));
  add_option(
      command, "--image-ids", flags.image_ids,
      "A file with a line an image: what --relevance and TREC files call it; left out: its row, or what the data "
      "set calls it");
  add_option(command, "--text-ids", flags.text_ids, "The same for texts");
  add_option(command, "--correct", flags.corrections,
             "Also rank by scores corrected for hubs: " + list_of_words<Correct>());
  add_option(
      command, "--bank", flags.bank,
      "Of --correct: queries, those that are evaluated (transductive); train, of a checkpoint; or score matrices "
      "of other queries, image_to_text=FILE (bank's images, texts), text_to_image=FILE (images, bank's texts)");
  add_option(command, "--bank-images", flags.bank_images, "Of --bank train: its first images, with their captions",
             at_least(1));
  add_option(command, "--hub-k", flags.hub_k, "Of csls (10) and query-bank (1): how many are near", at_least(1));
  add_option(command, "--hub-beta", flags.hub_beta, "Of inverted-softmax and query-bank (20)", above(0));
  add_option(command, "--hub-temperature", flags.hub_temperature, "Of dual-softmax (0.01) and sinkhorn (0.05)",
             above(0));
  add_option(command, "--run", flags.runs,
             "Instead of checkpoints: ranked lists as TREC's tools write them, image_to_text=FILE, text_to_image=FILE; "
             "with --relevance");
  add_option(command, "--write-run", flags.write_runs,
             "Also write the best candidates of every query as a TREC run, image_to_text=FILE, text_to_image=FILE");
  add_option(command, "--run-depth", flags.run_depth, "Of --write-run: candidates of a query", at_least(1));
  add_option(
      command, "--write-qrels", flags.write_qrels,
      "Also write the right answers as TREC qrels, image_to_text=FILE, text_to_image=FILE; without --relevance an "
      "image's own texts");
}

namespace {

void check_directions(const char* option, const std::vector<DirectedFile>& files) {
  std::size_t given[2] = {0, 0};
  for (const DirectedFile& file : files) {
    mgan::require(file.direction.has_value(), option, " is '", file.path,
                  "', expected image_to_text=FILE or text_to_image=FILE");
    mgan::require(++given[static_cast<std::size_t>(*file.direction)] == 1, option, ": ", name_of(*file.direction),
                  " twice");
  }
}

}  // namespace

void check(const JudgeFlags& flags) {
  check_directions("--run", flags.runs);
  check_directions("--write-run", flags.write_runs);
  check_directions("--write-qrels", flags.write_qrels);
  check_directions("--bank", flags.bank_files());
  mgan::require(flags.transductive() || !flags.corrections.empty(), "--bank is of --correct");
  mgan::require(!flags.own_relevant || !flags.relevance.empty(), "--own-relevant is of --relevance");
  for (std::size_t i = 0; i < flags.corrections.size(); ++i) {
    mgan::require(flags.corrections[i] != Correct::sinkhorn || flags.transductive(),
                  "--correct sinkhorn balances the queries themselves and takes no --bank");
    for (std::size_t j = 0; j < i; ++j)
      mgan::require(flags.corrections[i] != flags.corrections[j], "--correct ", word_of(flags.corrections[i]),
                    " twice");
  }
}

}  // namespace program
