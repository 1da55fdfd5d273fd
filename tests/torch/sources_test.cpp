// Three streams, joined: each batch has the rows of its own images, whatever order the sources are in.
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <memory>
#include <string>
#include <vector>

#include "mgan/backend/torch.hpp"
#include "mgan/data/join.hpp"
#include "mgan/embedding/region_embedding.hpp"
#include "mgan/encoders/feature_shard.hpp"
#include "mgan/sources/cached.hpp"
#include "mgan/sources/dataset_regions.hpp"
#include "mgan/sources/encoded.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace mgan::sources;
using Catch::Matchers::ContainsSubstring;
using mgan::data::Box;
using mgan::data::Example;

/// Image i has i + 1 regions whose features are 10 i + region, width 2.
mgan::data::Dataset features(const std::vector<std::string>& names) {
  mgan::data::Dataset dataset;
  dataset.name = "features";
  for (std::size_t i = 0; i < names.size(); ++i) {
    Example& image = dataset.examples.emplace_back();
    image.name = names[i], image.width = 20, image.height = 10;
    for (std::size_t r = 0; r <= i; ++r) image.boxes.push_back({0, 0, static_cast<float>(r + 1), 5});
  }
  dataset.region_width = 2;
  dataset.regions = [](std::size_t i) {
    std::vector<float> values;
    for (std::size_t r = 0; r <= i; ++r) values.insert(values.end(), 2, static_cast<float>(10 * i + r));
    return values;
  };
  return dataset;
}

/// A shard of images whose tokens, regions and states are all `value`, `value + 1`, ...; two captions of 3 and 4
/// tokens.
mgan::encoders::FeatureShard shard(const std::vector<std::string>& names, float value) {
  mgan::encoders::FeatureShard s;
  std::vector<at::Tensor> tokens, states;
  const auto n = static_cast<std::int64_t>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    s.examples.push_back({names[i], static_cast<std::int64_t>(i), {"a", "b"}, {}, 8, 8});
    const float x = value + static_cast<float>(i);
    tokens.push_back(at::full({1, 5, 3}, x));
    states.push_back(at::full({3, 2}, x));
    states.push_back(at::full({4, 2}, x + 0.5));
  }
  s.tokens = at::cat(tokens, 0);
  s.grid = {at::full({n}, 2, at::kLong), at::zeros({2 * n, 4}), s.tokens.narrow(1, 0, 2).flatten(0, 1)};
  s.given = {at::zeros({n}, at::kLong), at::zeros({0, 4}), at::zeros({0, 3})};
  s.caption_lengths = at::tensor({3, 4}, at::kLong).repeat({n});
  s.last = at::cat(states, 0);
  s.before_last = s.last.neg();
  return s;
}

std::shared_ptr<const CachedSplit> cache() {
  return std::make_shared<const CachedSplit>(
      std::vector<mgan::encoders::FeatureShard>{shard({"c.jpg", "a.jpg"}, 100), shard({"b.jpg"}, 200)});
}

}  // namespace

TEST_CASE("Sources: regions of files, patches and words of a cache, joined", "[torch]") {
  RegionStream regions = dataset_regions(features({"a", "b", "c"}));
  PatchStream patches = cached_patches(cache());
  WordStream words = cached_words(cache(), CachedStates::before_last);
  const mgan::data::Join join = mgan::data::join({"features", regions.images}, {"cache", patches.images});
  CHECK(join.by == mgan::data::JoinBy::stem);
  regions = select(regions, join.first), patches = select(patches, join.second), words = select(words, join.second);

  const ImageStream images = images_of(regions, patches);
  CHECK(images.region_width == 2);
  CHECK(images.token_width == 3);
  const ImageBatch batch = images.batch({2, 0}, 0);  // c and a
  CHECK(at::equal(batch.tokens[0], at::full({5, 3}, 100.0)));
  CHECK(at::equal(batch.tokens[1], at::full({5, 3}, 101.0)));
  CHECK(at::equal(batch.regions.lengths, at::tensor({3, 1}, at::kLong)));
  CHECK(at::equal(batch.regions.features[0].select(1, 1), at::tensor({20.0f, 21.0f, 22.0f})));
  CHECK(at::equal(batch.regions.features[1].select(1, 1), at::tensor({0.0f, 0.0f, 0.0f})));  // padded
  CHECK(at::equal(batch.regions.boxes[1][2], batch.regions.boxes[1][0]));
  CHECK(at::equal(batch.regions.image_sizes[0], at::tensor({20.0f, 10.0f})));

  CHECK(words.length({1, 1}) == 4);
  const WordBatch two = words.batch({{1, 1}, {2, 0}});  // of b and c
  CHECK(at::equal(two.lengths, at::tensor({4, 3}, at::kLong)));
  CHECK(at::equal(two.states[0], at::full({4, 2}, -200.5)));
  CHECK(at::equal(two.states[1].narrow(0, 0, 3), at::full({3, 2}, -100.0)));
  CHECK(at::equal(two.states[1][3], at::zeros({2})));

  // Statistics are of the real rows.
  std::int64_t rows = 0, tokens = 0;
  double sum = 0;
  images.pieces([&](const at::Tensor& r, const at::Tensor& t) {
    if (r.defined()) rows += r.size(0), sum += r.select(1, 0).sum().item<double>();
    if (t.defined()) tokens += t.size(0);
  });
  CHECK(rows == 6);
  CHECK(sum == 0 + 10 + 11 + 20 + 21 + 22);
  CHECK(tokens == 3);
}

TEST_CASE("Sources: caches in fp16 and bf16 become the fp32 of their own numbers", "[torch]") {
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16}) {
    auto s = shard({"a", "b"}, 0.1f);
    s.given = {at::full({2}, 1, at::kLong), at::zeros({2, 4}), s.tokens.narrow(1, 0, 1).flatten(0, 1)};
    for (at::Tensor* x : {&s.tokens, &s.grid.features, &s.given.features, &s.before_last, &s.last}) *x = x->to(type);
    const auto split = std::make_shared<const CachedSplit>(std::vector<mgan::encoders::FeatureShard>{s});
    const auto rounded = [&](double x) { return at::full({}, x).to(type).to(at::kFloat).item<float>(); };
    const at::Tensor patches = cached_patches(split).batch({1, 0});
    CHECK(patches.scalar_type() == at::kFloat);
    CHECK(at::equal(patches, at::stack({s.tokens[1], s.tokens[0]}).to(at::kFloat)));
    CHECK(patches[1][0][0].item<float>() == rounded(0.1f));
    const RegionBatch both = cached_regions(split, CachedRegions::both).batch({1});
    CHECK(at::equal(both.features, at::full({1, 3, 3}, rounded(1.1f))));
    CHECK(at::equal(both.lengths, at::full({1}, 3, at::kLong)));
    CHECK(at::equal(both.image_sizes, at::full({1, 2}, 8.0)));
    CHECK(at::equal(cached_regions(split, CachedRegions::annotated).batch({0}).features,
                    at::full({1, 2, 3}, rounded(0.1f))));
    CHECK(at::equal(cached_words(split, CachedStates::before_last).batch({{1, 0}}).states,
                    at::full({1, 3, 2}, -rounded(1.1f))));
  }
}

TEST_CASE("Sources: a data set is told what will be read", "[torch]") {
  mgan::data::Dataset dataset = features({"a", "b", "c"});
  std::vector<std::size_t> ahead;
  dataset.regions_ahead = [&](std::size_t i) { ahead.push_back(i); };
  dataset_regions(dataset).batch({2, 0});
  CHECK(ahead == std::vector<std::size_t>{2, 0});
}

TEST_CASE("Sources: some of the images, and what is refused", "[torch]") {
  const RegionStream regions = select(dataset_regions(features({"a", "b", "c"})), {2, 1});
  CHECK(regions.images[0].name == "c");
  CHECK(regions.batch({1}).features[0][0][0].item<float>() == 10);
  CHECK_THROWS_WITH(images_of(regions, cached_patches(cache())),
                    ContainsSubstring("regions of 2 images, patches of 3"));
  mgan::data::Dataset pictures = features({"a"});
  pictures.regions = nullptr;
  CHECK_THROWS_WITH(dataset_regions(pictures), "features has pictures, but region features are expected");
  mgan::data::Dataset wrong = features({"a", "b"});
  wrong.regions = [](std::size_t) { return std::vector<float>(3); };
  const RegionStream short_rows = dataset_regions(wrong);
  CHECK_THROWS_WITH(short_rows.batch({1}), ContainsSubstring("image b has 3 numbers for 2 boxes of width 2"));
  auto untuned = shard({"a"}, 1);
  untuned.before_last = at::zeros({0, 2});
  const auto split = std::make_shared<const CachedSplit>(std::vector<mgan::encoders::FeatureShard>{untuned});
  CHECK_THROWS_WITH(cached_words(split, CachedStates::before_last), ContainsSubstring("cannot be tuned"));
}

TEST_CASE("Sources: regions without boxes, and a cache without regions", "[torch]") {
  mgan::data::Dataset bare = features({"a", "b"});
  for (Example& image : bare.examples) image.boxes.clear();
  bare.regions = [](std::size_t i) { return std::vector<float>(6, static_cast<float>(i)); };
  bare.region_count = 3;
  const RegionBatch batch = dataset_regions(bare).batch({1, 0});
  CHECK(batch.features.sizes() == at::IntArrayRef({2, 3, 2}));
  CHECK(batch.features[0][2][1].item<float>() == 1);
  CHECK(at::equal(batch.lengths, at::tensor({3, 3}, at::kLong)));
  CHECK(batch.boxes.isnan().all().item<bool>());
  const auto embedding = mgan::RegionEmbedding<at::Tensor>::create(2, 4);
  CHECK_THROWS_WITH(embedding(batch.features, batch.boxes, batch.image_sizes), ContainsSubstring("has no image size"));
  const auto without = mgan::RegionEmbedding<at::Tensor>::create(2, 4, mgan::RegionPositions::none);
  CHECK(without(batch.features, batch.boxes, batch.image_sizes).sizes() == at::IntArrayRef({2, 3, 4}));
  bare.region_count = 2;
  const RegionStream wrong = dataset_regions(bare);
  CHECK_THROWS_WITH(wrong.batch({0}), ContainsSubstring("image a has 6 numbers for 2 regions of width 2"));

  auto none = shard({"a"}, 1);
  none.grid = {at::zeros({1}, at::kLong), at::zeros({0, 4}), at::zeros({0, 3})};
  const auto split = std::make_shared<const CachedSplit>(std::vector<mgan::encoders::FeatureShard>{none});
  CHECK_THROWS_WITH(cached_regions(split, CachedRegions::grid),
                    ContainsSubstring("shard 0 of the cache has no regions"));
  CHECK(cached_patches(split).batch({0}).sizes() == at::IntArrayRef({1, 5, 3}));
}

TEST_CASE("RandomCrop: pixels and boxes move together", "[torch]") {
  mgan::data::Picture picture{9, 9, std::vector<std::uint8_t>(9 * 9 * 3)};
  for (std::size_t y = 0; y < 9; ++y)
    for (std::size_t x = 0; x < 9; ++x) picture.rgb[(9 * y + x) * 3] = static_cast<std::uint8_t>(10 * y + x);
  const std::vector<Box> boxes{{0, 0, 9, 9}, {3, 3, 6, 6}, {0, 0, 1.5f, 1.5f}};
  int mirrored = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 bits(seed);
    const auto view = mgan::data::RandomCrop{8, true}(picture, boxes, bits);
    REQUIRE(view.picture.width == 8);
    REQUIRE(view.boxes.size() == 2);  // the third keeps too little
    CHECK(view.boxes[0] == Box{0, 0, 8, 8});
    // The pixel in the upper left corner of the second box is that of (3, 3), or (5, 3) in a mirror.
    const Box& b = view.boxes[1];
    const auto at = [&](float x, float y) {
      return view.picture.rgb[(8 * static_cast<std::size_t>(y) + static_cast<std::size_t>(x)) * 3];
    };
    CHECK(b.x2 - b.x1 == 3);
    const bool mirror = at(b.x1, b.y1) == 35;
    CHECK(at(b.x1, b.y1) == (mirror ? 35 : 33));
    mirrored += mirror;
  }
  CHECK(mirrored > 5);
  CHECK(mirrored < 35);
}
