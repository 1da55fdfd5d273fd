#include "query.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/repeat_interleave.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <sstream>

#include "data/published.hpp"
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/multi_view_summarization.hpp"
#include "mgan/core/error.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/image/decode.hpp"
#include "thumbnail.hpp"

namespace program::search {

namespace {

using ViewState = mgan::Views<at::Tensor, at::Tensor>;

/// (I, 1) behind what is there.
void append(std::vector<double>& scores, const at::Tensor& column) {
  const at::Tensor x = column.to(at::kDouble).contiguous();
  scores.insert(scores.end(), x.const_data_ptr<double>(), x.const_data_ptr<double>() + x.numel());
}

/// The weighted sum of the parts that are there.
void add_up(IndexScores& scores, const Model& model, std::size_t images) {
  const auto& w = model.matcher.weights;
  scores.weight = {w.region, w.global, w.patch};
  scores.total.assign(images, 0);
  for (std::size_t g = 0; g < scores.part.size(); ++g)
    for (std::size_t i = 0; i < scores.part[g].size(); ++i) scores.total[i] += scores.weight[g] * scores.part[g][i];
  for (std::size_t i = 0; i < images; ++i)
    if (!std::isfinite(scores.total[i]))
      mgan::fail("the score of image ", i, " of the index is ", scores.total[i], ": its stored state is damaged");
}

/// max over views n of the image and m of the query of v_n . v_m: (I, N, D), (1, M, D) -> (I).
at::Tensor best_views(const ViewState& images, const ViewState& query) {
  const at::Tensor &v = images.views, &q = query.views;
  return at::matmul(v.flatten(0, 1), q[0].transpose(0, 1)).view({v.size(0), -1}).amax(1);  // (I N, M) -> (I)
}

/// A batch of one, with the grid of boxes.
ImageBatch batch_of(const LoadedModel& loaded, const std::string& name, const mgan::image::Picture& picture) {
  DataConfig data = loaded.config.data;
  data.data = DataChoice{name};
  data.boxes = {BoxKind::grid};
  const int n = static_cast<int>(data.grid);
  mgan::data::Example example;
  example.name = name;
  example.width = picture.width;
  example.height = picture.height;
  example.boxes = mgan::data::grid_boxes(picture.width, picture.height, n, n, true);
  mgan::data::Dataset dataset{name, mgan::data::Split::val, {example}, [&](std::size_t) { return picture; }};
  return samples_of(loaded, std::move(dataset), data).images({0});
}

/// Words between spaces that the text encoder cannot spell.
std::vector<std::string> unknown_words(const LoadedModel& loaded, const std::string& text) {
  std::vector<std::string> unknown;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    std::size_t cut = 0;
    const std::vector<std::string> pieces = loaded.encoders().pieces(loaded.encoders().ids(word, cut));
    if (std::find(pieces.begin(), pieces.end(), "[UNK]") != pieces.end()) unknown.push_back(word);
  }
  return unknown;
}

}  // namespace

Sentence encode_sentence(const LoadedModel& loaded, const mgan::text::Vocabulary& vocabulary, const std::string& text) {
  const at::NoGradGuard no_grad;
  const std::int64_t most = loaded.config.model.max_words;
  if (loaded.config.encoders.used()) {  // the words that the model sees are WordPiece's
    std::size_t cut = 0;
    const auto pieces = loaded.encoders().pieces(loaded.encoders().ids(text, cut));
    mgan::require(!pieces.empty(), "the query '", text, "' has no words");
    const CaptionBatch batch = encode_sentences(loaded.config, loaded.encoders(), {text});
    Sentence sentence{text, pieces, {}, loaded.model.prepare_texts(batch)};
    if (cut > 0) sentence.warnings.push_back("the sentence is cut to " + std::to_string(most) + " word pieces");
    for (const std::string& word : unknown_words(loaded, text))
      sentence.warnings.push_back("the text encoder does not know '" + word + "' and reads [UNK]");
    return sentence;
  }
  Sentence sentence{text, mgan::text::words_of(text, vocabulary.rule), {}, {}};
  mgan::require(!sentence.words.empty(), "the query '", text, "' has no words");
  std::size_t cut = 0;
  const std::vector<std::int64_t> ids = vocabulary.encode(text, static_cast<std::size_t>(most), cut);
  if (cut > 0) {
    std::string rest;
    for (auto w = static_cast<std::size_t>(most); w < sentence.words.size(); ++w)
      rest += (rest.empty() ? "'" : " ") + sentence.words[w];
    sentence.warnings.push_back("a sentence of " + std::to_string(sentence.words.size()) + " words is cut to the " +
                                std::to_string(most) + " that the model takes, without " + rest + "'");
    sentence.words.resize(static_cast<std::size_t>(most));
  }
  for (std::size_t w = 0; w < sentence.words.size(); ++w) {
    if (ids[w + 1] == mgan::text::Vocabulary::unknown)
      sentence.warnings.push_back("the model does not know '" + sentence.words[w] + "' and reads [UNK]");
  }
  const auto batch = mgan::encoders::token_batch({ids}, mgan::text::Vocabulary::pad);
  sentence.state = loaded.model.prepare_texts({batch.lengths, WordIds{batch.ids}});
  return sentence;
}

PictureQuery encode_picture(const LoadedModel& loaded, const std::string& file) {
  const at::NoGradGuard no_grad;
  const mgan::image::Picture picture = mgan::image::load_picture(file);
  return {file, thumbnail_file(picture), loaded.model.prepare_images(batch_of(loaded, file, picture))};
}

std::function<ExampleState(std::int64_t)> example_states(const LoadedModel& loaded) {
  struct Made {
    ImageBatch batch;
    std::map<std::int64_t, ExampleState> states;  // by their regions
  };
  return [&loaded, made = std::make_shared<Made>()](std::int64_t regions) {
    const auto found = made->states.find(regions);
    if (found != made->states.end()) return found->second;
    const at::NoGradGuard no_grad;
    if (!made->batch.boxes.defined()) {
      const int side = static_cast<int>(loaded.model.config.image_size);
      mgan::image::Picture noise{
          side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3)};
      for (std::size_t i = 0; i < noise.rgb.size(); ++i) noise.rgb[i] = static_cast<std::uint8_t>(i * i % 251);
      made->batch = batch_of(loaded, "example", noise);
    }
    ImageBatch batch = made->batch;
    const auto repeat_first = [regions](at::Tensor& x) {  // (1, R, ...): the first region R times
      if (x.defined()) x = at::repeat_interleave(x.narrow(1, 0, 1), regions, 1);
    };
    repeat_first(batch.boxes);
    if (auto* pixels = std::get_if<Pixels>(&batch.inputs)) repeat_first(pixels->region_pixels);
    else repeat_first(std::get<Features>(batch.inputs).regions);
    batch.region_lengths = at::full({1}, regions, at::kLong);
    ExampleState example{loaded.model.prepare_images(batch), {}};
    if (mgan::is_enabled(loaded.model.matcher.patch_alignment)) example.kept = loaded.model.kept_patches(batch);
    return made->states.emplace(regions, std::move(example)).first->second;
  };
}

IndexScores score(const Index& index, const Model& model, const MatcherState& text) {
  const at::NoGradGuard no_grad;
  const auto& m = model.matcher;
  IndexScores scores;
  for (const ShardStates& shard : index.shards()) {
    if (mgan::is_enabled(m.region_alignment))
      append(scores.part[0], mgan::score_all(m.region_alignment, shard.states.region, text.region));
    if (mgan::is_enabled(m.global_alignment))
      append(scores.part[1], mgan::score_all(m.global_alignment, shard.states.global, text.global));
    if (mgan::is_enabled(m.patch_alignment)) {
      append(scores.part[2], m.patch_alignment->is_packed()
                                 ? m.patch_alignment->score_packed(shard.packed, text.patch)
                                 : mgan::score_all(m.patch_alignment, shard.states.patch, text.patch));
    }
  }
  add_up(scores, model, index.size());
  return scores;
}

IndexScores score_picture(const Index& index, const Model& model, const MatcherState& picture) {
  const at::NoGradGuard no_grad;
  IndexScores scores;
  for (const ShardStates& shard : index.shards()) {
    const auto *views = shard.states.region.get_if<ViewState>(), *query_views = picture.region.get_if<ViewState>();
    if (views && query_views) append(scores.part[0], best_views(*views, *query_views));
    const auto *cls = shard.states.global.get_if<at::Tensor>(), *query_cls = picture.global.get_if<at::Tensor>();
    if (cls && query_cls) append(scores.part[1], at::matmul(*cls, (*query_cls)[0]));
    const auto* query_patches = picture.patch.get_if<at::Tensor>();
    if (shard.packed.numbers.defined() && query_patches) {
      const mgan::kernels::MaximaEpilogue plain_aggregation{0.5f, 0.5f, true};
      append(scores.part[2], mgan::packed_sweep(shard.packed, *query_patches, {query_patches->size(1)},  //
                                                plain_aggregation));
    }
  }
  mgan::require(!scores.part[0].empty() || !scores.part[1].empty() || !scores.part[2].empty(),
                "none of the model's modules can compare two pictures; views, cosine and interaction can");
  add_up(scores, model, index.size());
  return scores;
}

}  // namespace program::search
