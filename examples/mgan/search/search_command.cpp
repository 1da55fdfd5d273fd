#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>

#include "app/options.hpp"
#include "commands.hpp"
#include "mgan/io/atomic_file.hpp"
#include "model/load.hpp"
#include "output.hpp"

namespace program {

namespace {

using Clock = std::chrono::steady_clock;
using namespace search;

enum class Format { text, json, html };

struct Flags {
  std::string index, checkpoint, output;
  Format format = Format::text;
  std::vector<std::string> sentences, pictures;
  std::int64_t k = 10;
  bool unchecked = false;
};

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

Answered encoded(const std::function<void(Answered&)>& encode) {
  Answered query;
  const auto began = Clock::now();
  encode(query);
  query.answer.encoding_ms = milliseconds_since(began);
  return query;
}

/// Scores an encoded query, and says what the scores are made of.
void ask(Answered& query, const Index& index, const LoadedModel& loaded, std::size_t k) {
  const Model& model = loaded.model;
  const auto began = Clock::now();
  const IndexScores scores =
      query.sentence ? score(index, model, query.sentence->state) : score_picture(index, model, query.picture->state);
  Answer found = answer(scores, k);
  found.scoring_ms = milliseconds_since(began);
  found.encoding_ms = query.answer.encoding_ms;
  query.answer = std::move(found);
  if (!query.sentence) return;
  for (const Result& result : query.answer.results)
    query.explanations.push_back(explain(index, loaded, *query.sentence, result.image));
}

std::string rendered(const Index& index, const std::vector<Answered>& all, Format format) {
  if (format == Format::html) return page_of(index, all);
  std::string text;
  if (format == Format::json) {
    mgan::io::Json queries = mgan::io::Json::array();
    for (const Answered& answered : all) queries.push_back(json_of(index, answered));
    return mgan::io::Json{{"source", index.manifest().source}, {"queries", queries}}.dump(1) + "\n";
  }
  for (const Answered& answered : all) text += (text.empty() ? "" : "\n") + text_of(index, answered);
  return text;
}

void run(const Flags& flags) {
  mgan::require(!flags.sentences.empty() || !flags.pictures.empty(),
                "nothing to search for: give a sentence, or --picture FILE");
  for (const std::string& sentence : flags.sentences) {  // before the index is read
    const std::size_t bad = mgan::invalid_utf8_at(sentence);
    if (bad != sentence.size()) mgan::fail("the query '", mgan::printable(sentence), "': byte ", bad, " is not UTF-8");
    if (mgan::text::words_of(sentence).empty()) mgan::fail("the query '", mgan::printable(sentence), "' has no words");
  }
  const Manifest manifest = read_manifest(flags.index);
  const CheckpointEntry checkpoint = same_checkpoint(flags.index, manifest, flags.checkpoint);
  const LoadedModel loaded = load_model(checkpoint.path, Scorer::fused);
  mgan::text::Vocabulary vocabulary;
  if (!loaded.config.encoders.used())
    vocabulary = mgan::text::vocabulary_of(loaded.config.vocabulary, checkpoint.path + ": vocabulary");

  if (loaded.config.encoders.used()) loaded.encoders();  // loaded here, so that it is no part of a sentence's time
  std::vector<Answered> all;  // encoded before the index is read: what cannot be asked is said at once
  for (const std::string& sentence : flags.sentences)
    all.push_back(encoded([&](Answered& a) { a.sentence = encode_sentence(loaded, vocabulary, sentence); }));
  for (const std::string& file : flags.pictures)
    all.push_back(encoded([&](Answered& a) { a.picture = encode_picture(loaded, file); }));

  const auto began = Clock::now();
  const Index index(flags.index, manifest, loaded.model, example_states(loaded), !flags.unchecked);
  for (const std::string& warning : changed_files(manifest))
    std::fprintf(stderr, "warning: %s: %s\n", flags.index.c_str(), warning.c_str());
  std::fprintf(stderr, "%s: %zu images (%s), loaded%s in %.2f s\n", flags.index.c_str(), index.size(),
               manifest.source.c_str(), flags.unchecked ? "" : " and checked", milliseconds_since(began) / 1e3);
  for (Answered& query : all) ask(query, index, loaded, static_cast<std::size_t>(flags.k));

  if (flags.format != Format::text) {
    for (const Answered& answered : all)
      if (answered.sentence)
        for (const std::string& warning : answered.sentence->warnings)
          std::fprintf(stderr, "warning: \"%s\": %s\n", mgan::printable(answered.title()).c_str(),
                       mgan::printable(warning, 300).c_str());
  }
  const std::string text = rendered(index, all, flags.format);
  if (flags.output.empty()) std::fputs(text.c_str(), stdout);
  else mgan::io::write_file_atomically(flags.output, text);
}

}  // namespace

template <>
inline constexpr auto words_of<Format> =
    std::to_array<Word<Format>>({{Format::text, "text"}, {Format::json, "json"}, {Format::html, "html"}});

void add_search_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("search", "The images of an index that fit a sentence or a picture best");
  const auto flags = std::make_shared<Flags>();
  command->add_option("index", flags->index, "Folder that `mgan index` made")->required();
  command->add_option("sentences", flags->sentences, "What to look for, each in quotation marks");
  command->add_option("--picture", flags->pictures,
                      "A JPEG or PNG file to find similar images for; more than one will do");
  add_option(*command, "-k", flags->k, "Images a query", at_least(1));
  add_option(*command, "--format", flags->format, "text, json, or html");
  command->add_option("-o,--output", flags->output, "File to write instead of the standard output");
  command->add_option("--checkpoint", flags->checkpoint, "The checkpoint of the index, where it has moved");
  command->add_flag("--unchecked", flags->unchecked, "Do not hold the index's checksums against its files");
  command->callback([flags] { run(*flags); });
}

}  // namespace program
