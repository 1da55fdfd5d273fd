// Encoders as types: a pair of any two that satisfy the concepts, and DistilBERT as an architecture of its own.
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <map>
#include <string>
#include <vector>

#include "mgan/encoders/encode_shard.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

namespace {

using namespace mgan::encoders;
using Catch::Matchers::ContainsSubstring;
using Tensors = std::map<std::string, at::Tensor>;

/// Four quarters of a picture of 4 x 4, each as the mean of its channels; [CLS] is the mean of all.
struct QuarterMeans {
  std::int64_t side() const { return 4; }
  std::int64_t patches_a_side() const { return 2; }
  std::int64_t width() const { return 3; }
  PixelConfig pixels() const { return {{{0, 0, 0}, {1, 1, 1}}}; }

  at::Tensor operator()(const at::Tensor& pictures) const {
    const auto quarters = pictures.reshape({-1, 3, 2, 2, 2, 2}).mean({3, 5}).flatten(2).transpose(1, 2);  // (I, 4, 3)
    return at::cat({quarters.mean(1, true), quarters}, 1);                                                // (I, 5, 3)
  }
};

/// Every id as itself and its place.
struct IdsThemselves {
  std::int64_t width() const { return 2; }
  std::int64_t vocabulary() const { return 100; }
  std::int64_t positions() const { return 10; }

  at::Tensor operator()(const at::Tensor& ids, const at::Tensor&) const {
    const auto place = at::arange(ids.size(1), ids.options()).expand(ids.sizes());  // (T, n)
    return at::cat({ids.unsqueeze(2), place.unsqueeze(2)}, 2).to(at::kFloat);       // (T, n, 2)
  }
};
static_assert(ImageEncoder<QuarterMeans> && ImageEncoder<PublishedVision> && !ImageEncoder<IdsThemselves>);
static_assert(TextEncoder<IdsThemselves> && !TunableTextEncoder<IdsThemselves>);
static_assert(TunableTextEncoder<PublishedText> && !TextEncoder<QuarterMeans>);

EncoderPair toy_pair() {
  EncoderPair pair;
  pair.vision = QuarterMeans{};
  pair.pixels = pair.vision.pixels();
  pair.text = IdsThemselves{};
  pair.tokenizer.encode = [](std::string_view sentence, std::size_t most, std::size_t& cut) {
    std::vector<std::int64_t> ids{1};
    for (const char c : sentence) ids.push_back(c - 'a' + 10);
    cut += ids.size() + 1 > most;
    ids.resize(std::min(ids.size(), most - 1));
    ids.push_back(2);
    return ids;
  };
  pair.folders.max_words = 3;
  return pair;
}

}  // namespace

TEST_CASE("EncoderPair: any two encoders, encoded into a shard", "[torch]") {
  mgan::data::Dataset dataset;
  dataset.examples = {{"a.png", 7, {"ab", "abcd"}, {}, 4, 4}, {"b.png", 8, {"c"}, {}, 4, 4}};
  dataset.picture = [](std::size_t i) {
    return mgan::data::Picture{4, 4, std::vector<std::uint8_t>(48, i == 0 ? 255 : 51)};
  };
  std::size_t cut = 0;
  const FeatureShard shard = encode_shard(toy_pair(), dataset, 0, 2, {1, false}, at::kFloat, cut);
  CHECK(at::allclose(shard.tokens[0], at::tensor({1.0f}).expand({5, 3})));
  CHECK(at::allclose(shard.tokens[1], at::tensor({0.2f}).expand({5, 3})));
  CHECK(cut == 1);
  CHECK(at::equal(shard.caption_lengths, at::tensor({4, 5, 3}, at::kLong)));
  const auto first = at::tensor({1.0f, 0.0f, 10.0f, 1.0f, 11.0f, 2.0f, 2.0f, 3.0f}).view({4, 2});
  CHECK(at::equal(shard.last.narrow(0, 0, 4), first));
  CHECK(shard.before_last.sizes() == at::IntArrayRef({0, 2}));
  CHECK_FALSE(toy_pair().text.last_layer());

  const TemporaryFolder folder;
  save_shard(folder.path / "s.safetensors", shard);
  CHECK(at::equal(load_shard(folder.path / "s.safetensors").last, shard.last));
}

TEST_CASE("DistilBERT folders: BERT without token types, under other names", "[torch]") {
  const at::NoGradGuard no_grad;
  const std::string config =
      R"({"model_type": "distilbert", "vocab_size": 11, "dim": 8, "hidden_dim": 12, "n_layers": 2, "n_heads": 2,
          "max_position_embeddings": 6, "activation": "gelu", "sinusoidal_pos_embds": false})";
  TextTransformer model = TextTransformer::create(read_distilbert_config(mgan::io::parse_json(config, "c"), "c"));
  at::manual_seed(3);
  Tensors tensors;
  for (auto& [name, weight] : mgan::named_parameters(model)) {
    if (name == "embeddings.token_type_embeddings.weight") continue;  // stays zero
    weight.copy_(at::randn(weight.sizes()).mul(0.3));
    tensors["distilbert." + detail::distilbert_name(name)] = weight;
  }
  for (const char* name : {"embeddings.LayerNorm.bias", "transformer.layer.1.attention.q_lin.weight",
                           "transformer.layer.0.attention.out_lin.bias", "transformer.layer.1.sa_layer_norm.weight",
                           "transformer.layer.0.ffn.lin1.weight", "transformer.layer.1.ffn.lin2.bias",
                           "transformer.layer.1.output_layer_norm.bias"})
    CHECK(tensors.contains(std::string("distilbert.") + name));
  tensors["vocab_projector.bias"] = at::zeros({11});
  const TemporaryFolder folder;
  folder.file("config.json", config);
  mgan::save_tensors(folder.path / "model.safetensors", {tensors.begin(), tensors.end()});

  const AnyTextEncoder encoder = load_text_encoder(folder.path);
  const at::Tensor ids = at::randint(11, {2, 6}, at::kLong), lengths = at::tensor({6, 3}, at::kLong);
  const CaptionStates states = encoder.states(ids, lengths);
  CHECK(at::equal(states.last, model(ids, lengths)));
  CHECK(at::equal(with_mask(*encoder.last_layer(), states.before_last, lengths), states.last));
  CHECK(encoder.positions() == 6);
  CHECK(load_text(folder.path).ignored == std::vector<std::string>{"vocab_projector.bias"});
  CHECK_THROWS_WITH(load_image_encoder(folder.path), ContainsSubstring("model_type is 'distilbert', expected one of"));
}
