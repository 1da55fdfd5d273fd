// Encoders against plain loops in double, padding, gradients, names; region features against integrals.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "mgan/encoders/region_features.hpp"
#include "mgan/encoders/standardization.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace mgan::encoders;
using Catch::Matchers::ContainsSubstring;
using mgan::train::named_parameters;
using Rows = std::vector<std::vector<double>>;  // tokens of one sample

// Every weight and bias random, so that none of them can be left out unnoticed.
template <class M>
M random_model(M model, std::uint64_t seed, double deviation = 0.3) {
  mgan::train::to(model, at::kCPU, at::kDouble);
  mgan::WeightGenerator generator{seed};
  for (auto& [name, weight] : named_parameters(model)) fill_normal(weight, deviation, generator);
  return model;
}

Rows rows_of(const at::Tensor& x) {  // (n, d)
  const auto host = mgan::to_host(x);
  Rows rows(static_cast<std::size_t>(x.size(0)));
  const auto d = static_cast<std::size_t>(x.size(1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].assign(host.values.begin() + static_cast<std::ptrdiff_t>(i * d),
                   host.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * d));
  }
  return rows;
}

Rows dense(const Rows& x, const Linear& layer) {
  const Rows w = rows_of(layer.weight);
  const auto b = mgan::to_host(layer.bias).values;
  Rows y(x.size(), b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t o = 0; o < w.size(); ++o) {
      for (std::size_t j = 0; j < w[o].size(); ++j) y[i][o] += w[o][j] * x[i][j];
    }
  }
  return y;
}

Rows normed(const Rows& x, const LayerNorm& layer) {
  const auto w = mgan::to_host(layer.weight).values, b = mgan::to_host(layer.bias).values;
  Rows y = x;
  for (auto& row : y) {
    double mean = 0, variance = 0;
    for (const double v : row) mean += v / static_cast<double>(row.size());
    for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = (row[j] - mean) / std::sqrt(variance + layer.epsilon) * w[j] + b[j];
    }
  }
  return y;
}

Rows plus(Rows x, const Rows& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x[i].size(); ++j) x[i][j] += y[i][j];
  }
  return x;
}

Rows activated(Rows x, Activation activation) {
  for (auto& row : x) {
    for (double& v : row) {
      v = activation == Activation::gelu ? v * 0.5 * (1.0 + std::erf(v / std::sqrt(2.0)))
                                         : v / (1.0 + std::exp(-1.702 * v));
    }
  }
  return x;
}

// Keys are the first `length` rows.
Rows attention(const Rows& q, const Rows& k, const Rows& v, std::size_t heads, std::size_t length) {
  const std::size_t d = q[0].size(), width = d / heads;
  Rows y(q.size(), std::vector<double>(d, 0.0));
  for (std::size_t h = 0; h < heads; ++h) {
    for (std::size_t i = 0; i < q.size(); ++i) {
      std::vector<double> weight(length, 0.0);
      double sum = 0;
      for (std::size_t j = 0; j < length; ++j) {
        for (std::size_t c = h * width; c < (h + 1) * width; ++c) weight[j] += q[i][c] * k[j][c];
        sum += weight[j] = std::exp(weight[j] / std::sqrt(static_cast<double>(width)));
      }
      for (std::size_t j = 0; j < length; ++j) {
        for (std::size_t c = h * width; c < (h + 1) * width; ++c) y[i][c] += weight[j] / sum * v[j][c];
      }
    }
  }
  return y;
}

double largest_difference(const Rows& x, const at::Tensor& y) {
  const Rows rows = rows_of(y);
  REQUIRE(rows.size() >= x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x[i].size(); ++j) {
      const double difference = std::abs(x[i][j] - rows[i][j]);
      worst = difference <= worst ? worst : difference;  // NaN counts
    }
  }
  return worst;
}

VisionConfig small_vision() {
  VisionConfig config;
  config.image_size = 12;
  config.patch_size = 4;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.layers = 2;
  config.heads = 2;
  return config;
}

TextConfig small_text() {
  TextConfig config;
  config.vocabulary = 20;
  config.positions = 9;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.layers = 2;
  config.heads = 2;
  return config;
}

Rows vision_loops(const VisionTransformer& vit, const at::Tensor& picture) {
  const auto pixel = mgan::to_host(picture).values;  // (C, H, W)
  const auto cls = mgan::to_host(vit.class_embedding).values;
  const Rows kernel = rows_of(vit.patch_embedding.flatten(1)), position = rows_of(vit.position_embedding);
  const auto p = static_cast<std::size_t>(vit.config.patch_size), g = static_cast<std::size_t>(vit.config.grid());
  const auto side = static_cast<std::size_t>(vit.config.image_size);
  Rows x{cls};
  for (std::size_t row = 0; row < g; ++row) {
    for (std::size_t column = 0; column < g; ++column) {
      std::vector<double> token(kernel.size(), 0.0);
      if (vit.config.patch_bias) token = mgan::to_host(vit.patch_bias).values;
      for (std::size_t o = 0; o < kernel.size(); ++o) {
        for (std::size_t c = 0; c < 3; ++c) {
          for (std::size_t i = 0; i < p; ++i) {
            for (std::size_t j = 0; j < p; ++j) {
              token[o] += kernel[o][(c * p + i) * p + j] * pixel[(c * side + row * p + i) * side + column * p + j];
            }
          }
        }
      }
      x.push_back(token);
    }
  }
  x = plus(x, position);
  if (vit.config.pre_layernorm) x = normed(x, vit.pre_layernorm);
  for (const auto& layer : vit.layers) {
    const Rows y = normed(x, layer.layer_norm1);
    const auto& a = layer.self_attn;
    x = plus(x, dense(attention(dense(y, a.q_proj), dense(y, a.k_proj), dense(y, a.v_proj), 2, y.size()), a.out_proj));
    x = plus(x, dense(activated(dense(normed(x, layer.layer_norm2), layer.fc1), layer.activation), layer.fc2));
  }
  const Rows post = normed(x, vit.post_layernorm);
  if (vit.config.post_layernorm == PostLayerNorm::all) return post;
  if (vit.config.post_layernorm == PostLayerNorm::cls) x[0] = post[0];
  return x;
}

Rows text_loops(const TextTransformer& bert, const std::vector<std::int64_t>& ids, std::size_t length,
                const std::vector<std::int64_t>& types) {
  const Rows word = rows_of(bert.word_embeddings), position = rows_of(bert.position_embeddings);
  const Rows type = rows_of(bert.token_type_embeddings);
  Rows x;
  for (std::size_t i = 0; i < length; ++i) {
    x.push_back(word[static_cast<std::size_t>(ids[i])]);
    for (std::size_t j = 0; j < x[i].size(); ++j)
      x[i][j] += position[i][j] + type[static_cast<std::size_t>(types[i])][j];
  }
  x = normed(x, bert.embeddings_norm);
  for (const auto& layer : bert.layers) {
    const Rows context = attention(dense(x, layer.query), dense(x, layer.key), dense(x, layer.value), 2, length);
    const Rows y = normed(plus(dense(context, layer.attention_output), x), layer.attention_norm);
    x = normed(plus(dense(activated(dense(y, layer.intermediate), layer.activation), layer.output), y),
               layer.output_norm);
  }
  return x;
}

}  // namespace

TEST_CASE("VisionTransformer equals plain loops, for every option") {
  for (const auto post : {PostLayerNorm::all, PostLayerNorm::cls, PostLayerNorm::none}) {
    for (const bool plain : {false, true}) {  // plain ViT: a patch bias, no normalisation before the layers, erf GELU
      auto config = small_vision();
      config.post_layernorm = post;
      config.patch_bias = plain;
      config.pre_layernorm = !plain;
      config.activation = plain ? Activation::gelu : Activation::quick_gelu;
      const auto vit = random_model(VisionTransformer::create(config), 3);
      const auto pictures = at::randn({2, 3, 12, 12}, at::kDouble);
      const auto tokens = vit(pictures);
      REQUIRE(tokens.sizes() == at::IntArrayRef({2, 10, 8}));
      for (const std::int64_t i : {0, 1}) CHECK(largest_difference(vision_loops(vit, pictures[i]), tokens[i]) < 1e-12);
    }
  }
}

TEST_CASE("TextTransformer equals plain loops on ragged captions") {
  const auto bert = random_model(TextTransformer::create(small_text()), 4);
  const std::vector<std::vector<std::int64_t>> ids{{2, 7, 9, 11, 3}, {2, 19, 3, -5, 999}, {2, 0, 0, 0, 0}};
  const std::vector<std::vector<std::int64_t>> types{{0, 0, 1, 1, 1}, {0, 1, 1, 7, 7}, {1, 0, 0, 0, 0}};
  const std::vector<std::int64_t> lengths{5, 3, 1};
  const auto batch = at::tensor(ids[0]).new_empty({3, 5}), type_batch = batch.clone();
  for (std::int64_t t = 0; t < 3; ++t) {
    batch[t].copy_(at::tensor(ids[static_cast<std::size_t>(t)]));
    type_batch[t].copy_(at::tensor(types[static_cast<std::size_t>(t)]));
  }
  const auto typed = bert(batch, at::tensor(lengths), type_batch), untyped = bert(batch, at::tensor(lengths));
  for (std::size_t t = 0; t < 3; ++t) {
    const auto length = static_cast<std::size_t>(lengths[t]);
    const auto row = static_cast<std::int64_t>(t);
    CHECK(largest_difference(text_loops(bert, ids[t], length, types[t]), typed[row]) < 1e-12);
    CHECK(largest_difference(text_loops(bert, ids[t], length, {0, 0, 0, 0, 0}), untyped[row]) < 1e-12);
  }
  CHECK(untyped.isfinite().all().item<bool>());
}

TEST_CASE("TextTransformer: padding reaches no word and no gradient") {
  auto bert = random_model(TextTransformer::create(small_text()), 5);
  const auto weights = named_parameters(bert);
  mgan::train::set_requires_grad(weights, true);
  const auto lengths = at::tensor(std::vector<std::int64_t>{4, 7});
  auto ids = at::randint(0, 20, {2, 7}, at::kLong);
  const auto cotangent = at::randn({4, 8}, at::kDouble);
  const auto gradients = [&](const at::Tensor& input, const at::Tensor& input_lengths) {
    mgan::train::zero_gradients(weights);
    const auto words = bert(input, input_lengths)[0].narrow(0, 0, 4);
    words.mul(cotangent).sum().backward();
    std::vector<at::Tensor> all{words.detach()};
    for (const auto& [name, weight] : weights) all.push_back(weight.grad().clone());
    return all;
  };
  const auto padded = gradients(ids, lengths);
  ids[0].narrow(0, 4, 3).fill_(12345);
  const auto garbage = gradients(ids, lengths);
  const auto alone = gradients(ids.narrow(0, 0, 1).narrow(1, 0, 4), lengths.narrow(0, 0, 1));
  for (std::size_t i = 0; i < padded.size(); ++i) {
    CHECK(at::equal(padded[i], garbage[i]));
    CHECK(at::allclose(padded[i], alone[i], 1e-10, 1e-12));
    CHECK(padded[i].isfinite().all().item<bool>());
  }
}

TEST_CASE("VisionTransformer: every weight gets a finite gradient, and finite differences agree") {
  auto vit = random_model(VisionTransformer::create(small_vision()), 6);
  const auto weights = named_parameters(vit);
  mgan::train::set_requires_grad(weights, true);
  const auto pictures = at::randn({2, 3, 12, 12}, at::kDouble), cotangent = at::randn({2, 10, 8}, at::kDouble);
  const auto loss = [&] { return vit(pictures).mul(cotangent).sum(); };
  loss().backward();
  for (const auto& [name, weight] : weights) {
    INFO(name);
    REQUIRE(weight.grad().defined());
    CHECK(weight.grad().isfinite().all().item<bool>());
    const at::NoGradGuard no_grad;
    const auto direction = at::randn(weight.sizes(), at::kDouble);
    const auto kept = weight.clone();
    weight.copy_(kept + direction * 1e-5);
    const double above = loss().item<double>();
    weight.copy_(kept - direction * 1e-5);
    const double below = loss().item<double>();
    weight.copy_(kept);
    CHECK((above - below) / 2e-5 ==
          Approx(weight.grad().mul(direction).sum().item<double>()).margin(1e-5).epsilon(1e-5));
  }
}

TEST_CASE("Encoders name their weights as published") {
  const auto names = [](auto model) {
    std::vector<std::string> all;
    for (const auto& [name, weight] : named_parameters(model)) all.push_back(name);
    return all;
  };
  auto vision = small_vision();
  vision.layers = 1;
  const std::vector<std::string> clip{"embeddings.class_embedding",
                                      "embeddings.patch_embedding.weight",
                                      "embeddings.position_embedding.weight",
                                      "pre_layrnorm.weight",
                                      "pre_layrnorm.bias",
                                      "encoder.layers.0.layer_norm1.weight",
                                      "encoder.layers.0.layer_norm1.bias",
                                      "encoder.layers.0.self_attn.q_proj.weight",
                                      "encoder.layers.0.self_attn.q_proj.bias",
                                      "encoder.layers.0.self_attn.k_proj.weight",
                                      "encoder.layers.0.self_attn.k_proj.bias",
                                      "encoder.layers.0.self_attn.v_proj.weight",
                                      "encoder.layers.0.self_attn.v_proj.bias",
                                      "encoder.layers.0.self_attn.out_proj.weight",
                                      "encoder.layers.0.self_attn.out_proj.bias",
                                      "encoder.layers.0.layer_norm2.weight",
                                      "encoder.layers.0.layer_norm2.bias",
                                      "encoder.layers.0.mlp.fc1.weight",
                                      "encoder.layers.0.mlp.fc1.bias",
                                      "encoder.layers.0.mlp.fc2.weight",
                                      "encoder.layers.0.mlp.fc2.bias",
                                      "post_layernorm.weight",
                                      "post_layernorm.bias"};
  CHECK(names(VisionTransformer::create(vision)) == clip);
  vision.patch_bias = true;
  vision.pre_layernorm = false;
  const auto plain = names(VisionTransformer::create(vision));
  CHECK(std::count(plain.begin(), plain.end(), "embeddings.patch_embedding.bias") == 1);
  CHECK(std::count(plain.begin(), plain.end(), "pre_layrnorm.weight") == 0);

  auto text = small_text();
  text.layers = 1;
  const std::vector<std::string> bert{"embeddings.word_embeddings.weight",
                                      "embeddings.position_embeddings.weight",
                                      "embeddings.token_type_embeddings.weight",
                                      "embeddings.LayerNorm.weight",
                                      "embeddings.LayerNorm.bias",
                                      "encoder.layer.0.attention.self.query.weight",
                                      "encoder.layer.0.attention.self.query.bias",
                                      "encoder.layer.0.attention.self.key.weight",
                                      "encoder.layer.0.attention.self.key.bias",
                                      "encoder.layer.0.attention.self.value.weight",
                                      "encoder.layer.0.attention.self.value.bias",
                                      "encoder.layer.0.attention.output.dense.weight",
                                      "encoder.layer.0.attention.output.dense.bias",
                                      "encoder.layer.0.attention.output.LayerNorm.weight",
                                      "encoder.layer.0.attention.output.LayerNorm.bias",
                                      "encoder.layer.0.intermediate.dense.weight",
                                      "encoder.layer.0.intermediate.dense.bias",
                                      "encoder.layer.0.output.dense.weight",
                                      "encoder.layer.0.output.dense.bias",
                                      "encoder.layer.0.output.LayerNorm.weight",
                                      "encoder.layer.0.output.LayerNorm.bias"};
  CHECK(names(TextTransformer::create(text)) == bert);
}

TEST_CASE("Encoders draw their first weights from the seed") {
  auto vit = VisionTransformer::create(small_vision()), again = vit, other = vit;
  for (auto* copy : {&again, &other}) *copy = VisionTransformer::create(small_vision());
  mgan::initialize(vit, 1);
  mgan::initialize(again, 1);
  mgan::initialize(other, 2);
  CHECK(at::equal(vit.patch_embedding, again.patch_embedding));
  CHECK_FALSE(at::equal(vit.patch_embedding, other.patch_embedding));
  CHECK(at::equal(vit.layers[1].fc2.weight, again.layers[1].fc2.weight));
  CHECK(vit.layers[0].layer_norm1.weight.eq(1).all().item<bool>());

  auto bert = TextTransformer::create({1000, 16, 2, 192, 192, 1, 2});
  mgan::initialize(bert, 1);
  CHECK(bert.word_embeddings.std().item<double>() == Approx(0.04).epsilon(0.02));
  CHECK(bert.word_embeddings.mean().item<double>() == Approx(0).margin(1e-3));
  CHECK(bert.layers[0].output.weight.std().item<double>() == Approx(0.04).epsilon(0.05));
  CHECK(bert.layers[0].output.bias.eq(0).all().item<bool>());
}

TEST_CASE("Encoders refuse what does not fit, with numbers") {
  auto config = small_vision();
  config.patch_size = 5;
  CHECK_THROWS_WITH(VisionTransformer::create(config), ContainsSubstring("patch_size 5 does not divide image_size 12"));
  const auto vit = VisionTransformer::create(small_vision());
  CHECK_THROWS_WITH(vit(at::randn({2, 3, 12, 16})), ContainsSubstring("(2, 3, 12, 16), expected (I, 3, 12, 12)"));
  const auto bert = TextTransformer::create(small_text());
  const auto ids = at::randint(0, 20, {2, 4}, at::kLong);
  const auto lengths = [](std::int64_t a, std::int64_t b) { return at::tensor(std::vector<std::int64_t>{a, b}); };
  CHECK_THROWS_WITH(bert(ids, lengths(4, 5)), ContainsSubstring("sample 1 has length 5, expected 1..4"));
  CHECK_THROWS_WITH(bert(ids, lengths(0, 4)), ContainsSubstring("sample 0 has length 0"));
  CHECK_THROWS_WITH(bert(ids + 20, lengths(4, 4)), ContainsSubstring("the vocabulary has 20"));
  CHECK_THROWS_WITH(bert(ids, lengths(4, 4).narrow(0, 0, 1)), ContainsSubstring("lengths are (1)"));
  CHECK_THROWS_WITH(bert(at::randint(0, 20, {2, 10}, at::kLong), lengths(4, 4)),
                    ContainsSubstring("captions of 10 tokens, positions for 9"));
}

TEST_CASE("RegionFeatures integrates the token grid over each box") {
  const RegionFeatures pool{3, 4};
  const double width = 80, height = 30;               // cells of 20 x 10 pixels
  const std::vector<double> sides{0,   0,  80,  30,   // the whole picture
                                  20,  10, 40,  20,   // one cell
                                  13,  4,  61,  27,   // parts of cells
                                  -50, -5, 7,   3,    // overhang
                                  79,  29, 300, 40};  // a corner
  const auto boxes = at::tensor(sides).view({1, 5, 4}).repeat({2, 1, 1});
  const auto sizes = at::tensor(std::vector<double>{width, height}).view({1, 2}).repeat({2, 1});
  auto tokens = at::randn({2, 13, 6}, at::kDouble).requires_grad_(true);
  const auto features = pool(tokens, boxes, sizes);
  REQUIRE(features.sizes() == at::IntArrayRef({2, 5, 6}));
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t r = 0; r < 5; ++r) {
      const double* box = sides.data() + 4 * r;
      auto sum = at::zeros({6}, at::kDouble);
      double area = 0;
      for (std::int64_t row = 0; row < 3; ++row) {
        for (std::int64_t column = 0; column < 4; ++column) {
          const double left = 20.0 * static_cast<double>(column), top = 10.0 * static_cast<double>(row);
          const double overlap = std::max(0.0, std::min(box[2], left + 20) - std::max(box[0], left)) *
                                 std::max(0.0, std::min(box[3], top + 10) - std::max(box[1], top));
          sum += tokens.detach()[i][1 + row * 4 + column] * overlap;
          area += overlap;
        }
      }
      CHECK(at::allclose(features[i][r], sum / area, 1e-12, 1e-13));
    }
  }
  CHECK(at::allclose(features.select(1, 0), tokens.narrow(1, 1, 12).mean(1), 1e-12, 1e-13));
  features.sum().backward();
  CHECK(tokens.grad().select(1, 0).eq(0).all().item<bool>());  // [CLS] has no place in the picture
  CHECK(tokens.grad().sum().item<double>() == Approx(2 * 5 * 6));
}

TEST_CASE("RegionFeatures: padding is ignored, boxes without area are errors that name them") {
  const RegionFeatures pool{2, 2};
  const auto tokens = at::randn({2, 5, 3}, at::kDouble);
  const auto sizes = at::tensor(std::vector<double>{8, 8, 8, 8}).view({2, 2});
  const auto boxes = at::tensor(std::vector<double>{0, 0, 4, 4, 1, 1, 3, 3, 0, 0, 8, 8, 5, 5, 5, 7}).view({2, 2, 4});
  CHECK_THROWS_WITH(pool(tokens, boxes, sizes), ContainsSubstring("image 1, region 1: box (5, 5, 5, 7)"));
  const auto lengths = at::tensor(std::vector<std::int64_t>{2, 1});
  const auto features = pool(tokens, boxes, sizes, lengths);
  CHECK(features[1][1].eq(0).all().item<bool>());
  CHECK(at::allclose(features[0][1], tokens[0][1], 1e-12, 1e-13));
  boxes[1][1].fill_(std::nan(""));
  CHECK(at::equal(pool(tokens, boxes, sizes, lengths), features));
  CHECK_THROWS_WITH(pool(tokens, boxes, sizes), ContainsSubstring("image 1, region 1: box (nan"));
  CHECK_THROWS_WITH(pool(tokens.narrow(1, 0, 4), boxes, sizes), ContainsSubstring("expected (I, 1+2*2, d)"));
}

TEST_CASE("Moments of pieces are those of the whole, and a channel that stands still keeps deviation 1", "[encoders]") {
  at::Tensor x = at::randn({6, 5, 5}, at::kDouble).mul(3).add(2);  // (n, m, d)
  x.select(2, 1).fill_(7);                                         // no variation at all
  x.select(2, 2).mul_(1e-4);                                       // hardly any
  mgan::encoders::Moments whole, pieces;
  whole.add(x);
  for (const auto& piece : x.split({1, 3, 2})) pieces.add(piece);
  CHECK(whole.rows == 30);
  CHECK(pieces.rows == 30);
  CHECK(at::allclose(pieces.mean(), whole.mean(), 1e-12, 1e-12));
  CHECK(at::allclose(pieces.deviation(), whole.deviation(), 1e-9, 1e-12));

  const at::Tensor rows = x.reshape({30, 5}), expected = rows.var(0, /*unbiased=*/false).sqrt();
  CHECK(at::allclose(whole.mean(), rows.mean(0), 1e-12, 1e-12));
  const at::Tensor deviation = whole.deviation();
  CHECK(std::abs(deviation[0].item<double>() - expected[0].item<double>()) < 1e-9);
  CHECK(deviation[1].item<double>() == 1);
  CHECK(deviation[2].item<double>() == 1);

  const mgan::encoders::Standardization scaled{whole.mean(), deviation};
  const at::Tensor y = scaled(x).reshape({30, 5});  // (n, d)
  CHECK(y.mean(0).abs().max().item<double>() < 1e-9);
  CHECK(std::abs(y.select(1, 3).var(0, false).item<double>() - 1) < 1e-9);
  CHECK(y.select(1, 1).abs().max().item<double>() < 1e-9);
  CHECK(mgan::encoders::Standardization{}(x).equal(x));
  CHECK_THROWS_WITH(mgan::encoders::Moments{}.mean(), Catch::Matchers::ContainsSubstring("no rows"));

  mgan::encoders::Moments constant;
  constant.add(at::ones({3, 2}));
  CHECK(constant.deviation().equal(at::ones({2}, at::kDouble)));
}
