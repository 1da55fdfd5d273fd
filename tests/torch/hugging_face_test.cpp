// Folders as they are published, made here from random weights: every spelling gives the same model, and what does not
// fit is refused in one error.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "mgan/backend/torch/io/mapped_tensor.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "mgan/encoders/hugging_face.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

namespace {

using namespace mgan::encoders;
using Catch::Matchers::ContainsSubstring;
using Tensors = std::map<std::string, at::Tensor>;

const std::string clip_config =
    R"({"model_type": "clip_vision_model", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 8, "patch_size": 4})";
const std::string vit_config =
    R"({"model_type": "vit", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 8, "patch_size": 4, "layer_norm_eps": 1e-6})";
const std::string bert_config =
    R"({"vocab_size": 11, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 6})";

/// The weights of a model, random, by the names that it visits.
template <class M>
Tensors random_weights(M& model) {
  at::manual_seed(7);
  Tensors tensors;
  for (auto& [name, weight] : mgan::named_parameters(model)) {
    weight.copy_(at::randn(weight.sizes()).mul(0.3));
    tensors[name] = weight;
  }
  return tensors;
}
Tensors renamed(const Tensors& tensors, const std::function<std::string(std::string)>& f) {
  Tensors out;
  for (const auto& [name, x] : tensors) out[f(name)] = x;
  return out;
}
std::string replaced(std::string name, const std::string& from, const std::string& to) {
  if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  return name;
}

struct Folder : TemporaryFolder {
  Folder(const std::string& config, const Tensors& tensors) {
    file("config.json", config);
    write("model.safetensors", tensors);
  }
  void write(const std::string& name, const Tensors& tensors) const {
    mgan::save_tensors(path / name, {tensors.begin(), tensors.end()});
  }
};

struct Clip {
  VisionTransformer model;
  Tensors tensors;
  at::Tensor pictures = at::randn({2, 3, 8, 8});

  Clip() {
    const auto config = read_clip_config(mgan::io::parse_json(clip_config, "config"), "config");
    model = VisionTransformer::create(config.sizes);
    tensors = random_weights(model);
  }
};

}  // namespace

TEST_CASE("CLIP folders: with a prefix, nested, with other towers, in halves", "[torch]") {
  const at::NoGradGuard no_grad;
  const Clip clip;
  const at::Tensor expected = clip.model(clip.pictures);
  CHECK(at::equal(load_vision(Folder(clip_config, clip.tensors).path).model(clip.pictures), expected));

  Tensors full = renamed(clip.tensors, [](const std::string& name) { return "vision_model." + name; });
  full["vision_model.embeddings.position_ids"] = at::ones({1, 5}, at::kLong);
  full["text_model.encoder.layers.0.layer_norm1.bias"] = at::ones({4});
  full["visual_projection.weight"] = at::randn({3, 8});
  full["logit_scale"] = at::ones({});
  const Folder nested(R"({"model_type": "clip", "projection_dim": 3, "vision_config": )" + clip_config + "}", full);
  const PublishedVision loaded = load_vision(nested.path);
  CHECK(at::equal(loaded.model(clip.pictures), expected));
  CHECK(loaded.ignored.size() == 3);
  CHECK(loaded.image_embeddings(expected).sizes() == at::IntArrayRef({2, 3}));

  Tensors halves;
  for (const auto& [name, x] : clip.tensors) halves[name] = x.to(at::kBFloat16);
  const PublishedVision half = load_vision(Folder(clip_config, halves).path, at::kDouble);
  CHECK(at::equal(half.model.class_embedding, halves["embeddings.class_embedding"].to(at::kDouble)));
}

TEST_CASE("ViT folders: other names, three axes, with and without qkv biases", "[torch]") {
  const at::NoGradGuard no_grad;
  const auto config = read_vit_config(mgan::io::parse_json(vit_config, "config"), "config");
  VisionTransformer model = VisionTransformer::create(config.sizes);
  Tensors tensors = random_weights(model);
  tensors["embeddings.class_embedding"] = tensors["embeddings.class_embedding"].view({1, 1, 8});
  tensors["embeddings.position_embedding.weight"] = tensors["embeddings.position_embedding.weight"].view({1, 5, 8});
  Tensors vit = renamed(tensors, [](const std::string& name) { return "vit." + detail::vit_name(name); });
  CHECK(vit.contains("vit.encoder.layer.1.attention.attention.query.weight"));
  CHECK(vit.contains("vit.encoder.layer.1.attention.output.dense.bias"));
  CHECK(vit.contains("vit.encoder.layer.1.output.dense.weight"));
  CHECK(vit.contains("vit.layernorm.bias"));
  vit["classifier.weight"] = at::ones({10, 8});
  const at::Tensor pictures = at::randn({2, 3, 8, 8});
  CHECK(at::equal(load_vision(Folder(vit_config, vit).path).model(pictures), model(pictures)));

  std::string without = vit_config;
  without.insert(1, "\"qkv_bias\": false, ");
  CHECK_THROWS_WITH(load_vision(Folder(without, vit).path),
                    ContainsSubstring("unexpected: vit.encoder.layer.0.attention.attention.key.bias"));
  for (const char* part : {"query", "key", "value"}) {
    for (const char* layer : {"0", "1"})
      vit.erase(std::string("vit.encoder.layer.") + layer + ".attention.attention." + part + ".bias");
  }
  for (auto& layer : model.layers) {
    for (Linear* dense : {&layer.self_attn.q_proj, &layer.self_attn.k_proj, &layer.self_attn.v_proj})
      dense->bias.zero_();
  }
  CHECK(at::equal(load_vision(Folder(without, vit).path).model(pictures), model(pictures)));
}

TEST_CASE("BERT folders: prefix, gamma and beta, heads, shards", "[torch]") {
  const at::NoGradGuard no_grad;
  TextTransformer model = TextTransformer::create(read_bert_config(mgan::io::parse_json(bert_config, "c"), "c"));
  const Tensors tensors = random_weights(model);
  const at::Tensor ids = at::randint(11, {2, 6}, at::kLong), lengths = at::tensor({6, 3}, at::kLong);
  const at::Tensor expected = model(ids, lengths);
  Tensors old = renamed(tensors, [](const std::string& name) {
    return "bert." +
           replaced(replaced(name, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta");
  });
  old["bert.pooler.dense.weight"] = old["cls.predictions.bias"] = at::ones({8});
  old["bert.embeddings.position_ids"] = at::ones({1, 6}, at::kLong);
  const PublishedText loaded = load_text(Folder(bert_config, old).path);
  CHECK(at::equal(loaded.model(ids, lengths), expected));
  CHECK(loaded.ignored.size() == 3);

  Tensors both = tensors;
  both["embeddings.LayerNorm.gamma"] = at::ones({8});
  CHECK_THROWS_WITH(load_text(Folder(bert_config, both).path),
                    ContainsSubstring("twice: embeddings.LayerNorm.weight and embeddings.LayerNorm.gamma"));

  const Folder shards(bert_config, {});
  std::filesystem::remove(shards.path / "model.safetensors");
  Tensors parts[2];
  std::string map;
  for (const auto& [name, x] : tensors) {
    const int part = name.find("layer.1.") == std::string::npos;
    parts[part][name] = x;
    map += (map.empty() ? "" : ", ") + ("\"" + name + "\": \"part" + std::to_string(part) + ".safetensors\"");
  }
  shards.file("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
  shards.write("part0.safetensors", parts[0]);
  CHECK_THROWS_WITH(load_text(shards.path), ContainsSubstring("the shard part1.safetensors is missing"));
  shards.write("part1.safetensors", parts[1]);
  CHECK(at::equal(load_text(shards.path).model(ids, lengths), expected));
  parts[1]["extra"] = at::ones({1});
  shards.write("part1.safetensors", parts[1]);
  CHECK_THROWS_WITH(load_text(shards.path), ContainsSubstring("tensor 'extra' is not in the index"));
  shards.file("model.safetensors.index.json", R"({"weight_map": {"a": "../part0.safetensors"}})");
  CHECK_THROWS_WITH(load_text(shards.path), ContainsSubstring("expected a file of this folder"));
}

TEST_CASE("published folders: one error lists everything that does not fit", "[torch]") {
  const at::NoGradGuard no_grad;
  const Clip clip;
  Tensors bad = clip.tensors;
  bad.erase("post_layernorm.bias");
  bad["pre_layrnorm.bias"] = at::ones({9});
  bad["pre_layrnorm.weight"] = at::ones({8}, at::kLong);
  bad["embeddings.class_embedding"] = at::ones({8}).div(0.0);
  bad["encoder.layers.0.gate"] = at::ones({2});
  const Folder folder(clip_config, bad);
  CHECK_THROWS_WITH(load_vision(folder.path),
                    ContainsSubstring(folder.path.string()) && ContainsSubstring("missing: post_layernorm.bias (8)") &&
                        ContainsSubstring("misshaped: pre_layrnorm.bias is (9), expected (8)") &&
                        ContainsSubstring("wrong type: pre_layrnorm.weight is I64") &&
                        ContainsSubstring("not finite: embeddings.class_embedding") &&
                        ContainsSubstring("unexpected: encoder.layers.0.gate (2)"));
  Tensors twice = clip.tensors;
  for (const auto& [name, x] : clip.tensors) twice["vision_model." + name] = x;
  CHECK_THROWS_WITH(load_vision(Folder(clip_config, twice).path), ContainsSubstring("the same weight is there twice"));
}

TEST_CASE("published folders: configurations of other models are refused by field", "[torch]") {
  const Clip clip;
  const auto vision = [&](const std::string& from, const std::string& to) {
    CHECK(clip_config.find(from) != std::string::npos);
    load_vision(Folder(replaced(clip_config, from, to), clip.tensors).path);
  };
  CHECK_THROWS_WITH(vision("\"num_attention_heads\": 2", "\"num_attention_heads\": 3"),
                    ContainsSubstring("config.json: num_attention_heads 3 does not divide hidden_size 8"));
  CHECK_THROWS_WITH(vision("clip_vision_model", "siglip"), ContainsSubstring("model_type is 'siglip'"));
  CHECK_THROWS_WITH(vision("clip_vision_model", "deit"), ContainsSubstring("distillation token"));
  CHECK_THROWS_WITH(vision("\"patch_size\": 4", "\"patch_size\": -4"), ContainsSubstring("patch_size is -4"));
  CHECK_THROWS_WITH(vision("\"patch_size\": 4", "\"patch_size\": [4, 2]"), ContainsSubstring("expected a square"));
  CHECK_THROWS_WITH(vision("\"patch_size\": 4", "\"patch_size\": 3"), ContainsSubstring("does not divide image_size"));
  CHECK_THROWS_WITH(vision("\"patch_size\": 4", "\"patch_size\": 4, \"hidden_act\": \"relu\""),
                    ContainsSubstring("hidden_act is 'relu'"));
  CHECK_THROWS_WITH(vision("\"hidden_size\": 8", "\"hidden_size\": 65536"), ContainsSubstring("the files hold"));
  const auto text = [](const std::string& field) {
    std::string config = bert_config;
    load_text(Folder(config.insert(1, field + ", "), {}).path);
  };
  CHECK_THROWS_WITH(text("\"is_decoder\": true"), ContainsSubstring("is_decoder is true"));
  CHECK_THROWS_WITH(text("\"position_embedding_type\": \"relative_key\""), ContainsSubstring("relative_key"));
  CHECK_THROWS_WITH(text("\"layer_norm_eps\": 0"), ContainsSubstring("layer_norm_eps is 0"));
  CHECK_THROWS_WITH(text("\"model_type\": \"roberta\""), ContainsSubstring("model_type is 'roberta'"));
}

TEST_CASE("published folders: what is no safetensors file is refused with the way out", "[torch]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_text(folder.path / "none"), ContainsSubstring("not a folder"));
  CHECK_THROWS_WITH(load_text(folder.path), ContainsSubstring("no model.safetensors"));
  folder.file("pytorch_model.bin", "PK");
  CHECK_THROWS_WITH(load_text(folder.path), ContainsSubstring("pytorch_model.bin: only a pickle file is here") &&
                                                ContainsSubstring("import torch, safetensors.torch"));
  folder.file("model.safetensors", "version https://git-lfs.github.com/spec/v1\n");
  CHECK_THROWS_WITH(load_text(folder.path), ContainsSubstring("a Git LFS pointer"));
}

TEST_CASE("mapped_tensor: the file's own bytes, as long as the tensor lives", "[torch]") {
  const TemporaryFolder folder;
  mgan::save_tensors(folder.path / "a.safetensors", {{"x", at::tensor({1.0f, 2.0f, 3.0f})}});
  auto file = std::make_shared<const mgan::io::SafetensorsFile>(folder.path / "a.safetensors");
  const at::Tensor x = mgan::mapped_tensor(file, "x");
  CHECK(x.const_data_ptr() == file->at("x").bytes.data());
  file.reset();
  CHECK(at::equal(x.mul(2.0), at::tensor({2.0f, 4.0f, 6.0f})));
}

TEST_CASE("fitted_box: boxes in the encoder's square, squashed or cropped", "[torch]") {
  const auto near = [](const mgan::data::Box& a, const mgan::data::Box& b) {
    const auto close = [](float x, float y) { return std::abs(x - y) < 1e-4f; };
    return close(a.x1, b.x1) && close(a.y1, b.y1) && close(a.x2, b.x2) && close(a.y2, b.y2);
  };
  CHECK(near(fitted_box({100, 50, 300, 100}, 400, 200, 100, PictureFit::squash), {25, 25, 75, 50}));
  // 400 x 200 becomes 200 x 100; columns 50 to 149 of it are kept, which are 100 to 299 of the picture.
  CHECK(near(fitted_box({100, 50, 300, 100}, 400, 200, 100, PictureFit::crop), {0, 25, 100, 50}));
  CHECK(near(fitted_box({150, 0, 400, 200}, 400, 200, 100, PictureFit::crop), {25, 0, 100, 100}));
  const mgan::data::Box outside = fitted_box({0, 0, 90, 200}, 400, 200, 100, PictureFit::crop);
  CHECK(outside.x1 == outside.x2);
  CHECK(near(fitted_box({50, 100, 150, 300}, 200, 400, 100, PictureFit::crop), {25, 0, 75, 100}));
}
