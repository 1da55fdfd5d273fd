// Shards and manifests of feature caches that do not fit: refused with the file's name, never with a trace of LibTorch.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "mgan/encoders/feature_cache.hpp"
#include "mgan/encoders/feature_shard.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

namespace {

using namespace mgan::encoders;
using Catch::Matchers::ContainsSubstring;
using Tensors = std::map<std::string, at::Tensor>;

/// Two images with one caption of 3 tokens each.
Tensors good() {
  return {{"tokens", at::ones({2, 5, 3})},
          {"grid.counts", at::tensor({2, 2}, at::kLong)},
          {"grid.boxes", at::ones({4, 4})},
          {"grid.features", at::ones({4, 3})},
          {"given.counts", at::tensor({0, 1}, at::kLong)},
          {"given.boxes", at::ones({1, 4})},
          {"given.features", at::ones({1, 3})},
          {"caption_lengths", at::tensor({3, 3}, at::kLong)},
          {"before_last", at::ones({6, 2})},
          {"last", at::ones({6, 2})}};
}
const std::string two_examples =
    R"([{"name": "a", "id": 1, "side": 8, "captions": ["x"]}, {"name": "b", "id": 2, "side": 8, "captions": ["y"]}])";

void write(const std::filesystem::path& path, const Tensors& tensors, const std::string& examples = two_examples) {
  mgan::save_tensors(path, {tensors.begin(), tensors.end()}, {{"mgan_features", "1"}, {"examples", examples}});
}

}  // namespace

TEST_CASE("Feature shards: crafted tensors are refused by name", "[torch]") {
  const TemporaryFolder folder;
  const auto path = folder.path / "train-00000.safetensors";
  write(path, good());
  CHECK(load_shard(path).examples.size() == 2);
  const auto refused = [&](const std::string& name, const at::Tensor& x, const std::string& words) {
    Tensors bad = good();
    bad[name] = x;
    write(path, bad);
    INFO(name << ": " << words);
    CHECK_THROWS_WITH(load_shard(path), ContainsSubstring("train-00000.safetensors: ") && ContainsSubstring(words));
  };
  refused("tokens", at::ones({2, 5, 3}, at::kLong),
          "tensor 'tokens': is I64 (2, 5, 3), expected F32, F16 or BF16 with 3 axes");
  refused("tokens", at::ones({2, 15}), "is F32 (2, 15), expected F32, F16 or BF16 with 3 axes");
  refused("tokens", at::ones({2, 5, 3}, at::kDouble), "is F64");
  refused("tokens", at::ones({3, 5, 3}), "do not fit its 2 images and 2 captions");
  refused("tokens", at::ones({2, 5, 4}), "do not fit");
  refused("tokens", at::ones({2, 1, 3}), "do not fit");
  refused("grid.counts", at::ones({2}), "tensor 'grid.counts': is F32 (2), expected I64 with 1 axes");
  refused("grid.counts", at::tensor({5, -1}, at::kLong), "tensor 'grid.counts'[1] is -1, expected 1 or more");
  refused("grid.counts", at::tensor({4, 0}, at::kLong), "[1] is 0, expected 1 or more");
  refused("grid.counts", at::full({2}, std::int64_t{1} << 62, at::kLong), "expected 1 or more");
  refused("grid.boxes", at::ones({4, 2}), "do not fit");
  refused("grid.boxes", at::ones({4, 4}, at::kBFloat16), "is BF16 (4, 4), expected F32 with 2 axes");
  refused("given.features", at::ones({1, 4}), "do not fit");
  refused("caption_lengths", at::tensor({6, 0}, at::kLong), "tensor 'caption_lengths'[1] is 0, expected 3 or more");
  refused("caption_lengths", at::full({1}, 6, at::kLong), "do not fit");
  refused("last", at::ones({6, 4}), "do not fit");
  refused("before_last", at::ones({5, 2}), "do not fit");
  write(path, good(), R"([{"name": "a", "id": 1, "side": 0, "captions": ["x"]}])");
  CHECK_THROWS_WITH(load_shard(path), ContainsSubstring("examples: a side of 0 pixels"));
  write(path, good(), "[]");
  CHECK_THROWS_WITH(load_shard(path), ContainsSubstring("do not fit its 0 images"));
  Tensors fewer = good();
  fewer.erase("given.counts");
  write(path, fewer);
  CHECK_THROWS_WITH(load_shard(path), ContainsSubstring("no tensor 'given.counts'"));
}

TEST_CASE("Feature caches: damage is seen on opening; manifests lead nowhere else", "[torch]") {
  const TemporaryFolder folder;
  const auto path = folder.path / "train-00000.safetensors";
  write(path, good());
  CachePlan plan;
  plan.vision_width = 3, plan.text_width = 2;
  FeatureCache cache{
      folder.path, plan, {{"train", "", 2, 2, 0, {{path.filename(), mgan::io::sha256_of_file(path), 2, 2}}}}};
  cache.save();
  CHECK(FeatureCache::open(folder.path).shards("train").size() == 1);
  CHECK(std::filesystem::exists(folder.path / ".mgan-checked.json"));
  CHECK(FeatureCache::open(folder.path).shards("train").size() == 1);  // by its stamp

  Tensors other = good();
  other["tokens"] = at::zeros({2, 5, 3});
  write(path, other);
  CHECK_THROWS_WITH(FeatureCache::open(folder.path).shards("train"),
                    ContainsSubstring("train-00000.safetensors: damaged: its SHA-256 is not the manifest's"));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(cache.shards("train"), ContainsSubstring("train-00000.safetensors: missing"));

  for (const std::string file : {"/etc/passwd", "../train-00000.safetensors", "..", "a/b.safetensors", ""}) {
    cache.splits[0].shards[0].file = file;
    cache.save();
    CHECK_THROWS_WITH(FeatureCache::open(folder.path),
                      ContainsSubstring("manifest.json: the shard '" + file + "' is not the name of a file"));
  }
}

TEST_CASE("Feature caches: pictures that were replaced", "[torch]") {
  const TemporaryFolder folder;
  folder.file("a.jpg", "one"), folder.file("b.jpg", "two");
  const std::vector<std::string> names{"a.jpg", "b.jpg"};
  const CacheShard shard{"s", "", 2, 2, pictures_sha256(folder.path, names)};
  mgan::io::CheckedFiles checked(folder.path);
  CHECK(FeatureCache::same_pictures(shard, folder.path, names, checked));
  folder.file("b.jpg", "2");
  CHECK_FALSE(FeatureCache::same_pictures(shard, folder.path, names, checked));
  folder.file("b.jpg", "two");  // the same again, written later
  CHECK(FeatureCache::same_pictures(shard, folder.path, names, checked));
  std::filesystem::remove(folder.path / "b.jpg");
  CHECK(FeatureCache::same_pictures(shard, folder.path, names, checked));  // nothing is known of it
  CHECK(FeatureCache::same_pictures({"s", "", 2, 2}, folder.path, names, checked));
}
