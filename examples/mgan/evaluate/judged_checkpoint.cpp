#include "judged_checkpoint.hpp"

#include <ATen/core/grad_mode.h>

#include "mgan/data/join.hpp"
#include "model/load.hpp"

namespace program {

namespace {

using mgan::ScoreBlock;
using mgan::data::Example;
using mgan::data::JoinBy;

void add_names(SplitNames& names, const mgan::data::Dataset& dataset, std::size_t images) {
  const auto each_image = [&](const auto& f) {
    for (std::size_t i = 0; i < images; ++i) f(dataset.examples[i]);
  };
  for (const JoinBy by : {JoinBy::name, JoinBy::file, JoinBy::stem, JoinBy::number, JoinBy::id}) {
    std::vector<std::string> called;
    each_image([&](const Example& image) { called.push_back(mgan::data::detail::join_key(image, by)); });
    names.images.add(name_of(by), called);
  }
  const auto add_texts = [&](const char* way, const auto& f) {
    std::vector<std::string> called;
    each_image([&](const Example& image) {
      for (std::size_t c = 0; c < image.captions.size(); ++c) called.push_back(f(image, c));
    });
    names.texts.add(way, called);
  };
  const auto id = [](const Example& image, std::size_t c) {
    return c < image.caption_ids.size() ? std::to_string(image.caption_ids[c]) : std::string();
  };
  const auto file = [](const Example& image) { return mgan::data::detail::join_key(image, JoinBy::file); };
  add_texts("caption id", id);
  add_texts("name#place", [](const Example& image, std::size_t c) { return image.name + "#" + std::to_string(c); });
  add_texts("file#place", [&](const Example& image, std::size_t c) { return file(image) + "#" + std::to_string(c); });
  add_texts("file:caption id", [&](const Example& image, std::size_t c) {
    const std::string number = id(image, c);
    return number.empty() ? number : file(image) + ":" + number;
  });
}

/// Blocks of images against blocks of texts, as the model scores them.
template <class Images, class Texts>
ScoreBlocks<float> scored_blocks(const Model& model, const Images& images, const Texts& texts) {
  return [&model, &images, &texts](const std::function<void(const ScoreBlock<float>&)>& f) {
    const at::NoGradGuard no_grad;
    for (const StateBlock& t : texts) {
      for (const StateBlock& i : images) {
        Scores parts = model.parts(i.state, t.state);
        for (at::Tensor Scores::*part : {&Scores::region, &Scores::global, &Scores::patch})
          if ((parts.*part).defined()) parts.*part = (parts.*part).to(at::kCPU, at::kFloat);
        const at::Tensor scores = model.combine(parts).contiguous();  // (images, texts) of the blocks
        f({i.which, t.which, scores.const_data_ptr<float>(), scores.size(1)});
      }
    }
  };
}

ScoreBlocks<float> matrix_blocks(const at::Tensor& contiguous) {
  return blocks_of(std::span(contiguous.const_data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())),
                   contiguous.size(0), contiguous.size(1));
}

}  // namespace

SplitNames names_of(const JudgeFlags& flags, const mgan::data::Dataset& dataset, std::int64_t images) {
  std::int64_t texts = 0;
  for (std::int64_t i = 0; i < images; ++i)
    texts += static_cast<std::int64_t>(dataset.examples[static_cast<std::size_t>(i)].captions.size());
  return split_names(flags, images, texts,
                     [&](SplitNames& names) { add_names(names, dataset, static_cast<std::size_t>(images)); });
}

JudgedScores judge_checkpoint(const EvaluateFlags& flags, const JudgedModel& scored, const Member& member,
                              const SplitNames& names) {
  const std::int64_t images = member.split.images;
  const at::Tensor matrix = member.scores.defined() ? member.scores.contiguous() : at::Tensor();
  JudgedSplit<float> split{"all granularities", images, member.split.owner, {}};
  split.matrix_fits = matrix.defined();
  split.scores = matrix.defined()
                     ? matrix_blocks(matrix)
                     : scored_blocks(scored.model, scored.encoded->image_blocks, scored.encoded->text_blocks);
  std::optional<EncodedSplit> bank;
  if (flags.judge.bank_of_training()) {
    Config config = scored.config;
    config.data.testall = false;
    try {
      const Samples train = make_samples(config, mgan::data::Split::train);
      bank.emplace(encode_split(scored.model, train, flags.judge.bank_images));
    } catch (const mgan::Error& error) {
      mgan::fail("--bank train: ", error.what());
    }
    const auto texts = static_cast<std::int64_t>(bank->owner.size());
    split.bank_text = std::to_string(bank->images) + " images and " + std::to_string(texts) + " captions of train";
    split.bank[static_cast<std::size_t>(mgan::Direction::image_to_text)] = {
        bank->images, scored_blocks(scored.model, bank->image_blocks, scored.encoded->text_blocks)};
    split.bank[static_cast<std::size_t>(mgan::Direction::text_to_image)] = {
        texts, scored_blocks(scored.model, scored.encoded->image_blocks, bank->text_blocks)};
  }
  return judge(flags.judge, split, names, flags.ties);
}

JudgedScores judge_matrix(const EvaluateFlags& flags, const std::string& name, const at::Tensor& scores,
                          const std::vector<std::int64_t>& owner, const SplitNames& names) {
  const at::Tensor matrix = scores.contiguous();
  const JudgedSplit<float> split{name, matrix.size(0), owner, matrix_blocks(matrix)};
  return judge(flags.judge, split, names, flags.ties);
}

}  // namespace program
