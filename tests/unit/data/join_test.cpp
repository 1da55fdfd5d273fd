// Two sources that call their images differently: found by name, file, stem, number or id; what does not fit is named.
#include "mgan/data/join.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace {

using namespace mgan::data;
using Catch::Matchers::ContainsSubstring;
using Images = std::vector<Example>;
using Places = std::vector<std::size_t>;

Images named(const std::vector<std::string>& names) {
  Images images;
  for (const std::string& name : names) {
    images.emplace_back();
    images.back().name = name;
    images.back().image_id = 100 + static_cast<std::int64_t>(images.size());
  }
  return images;
}
Join joined(const Images& a, const Images& b, const JoinOptions& options = {}) {
  return join({"features", a}, {"cache", b}, options);
}

}  // namespace

TEST_CASE("join: by what finds the most, in the order of the first", "[data]") {
  const Images coco = named({"val2014/COCO_val2014_000000391895.jpg", "val2014/COCO_val2014_000000000102.jpg"});
  const auto by = [&](const std::vector<std::string>& names) {
    const Join j = joined(named(names), coco);
    CHECK(j.first == Places{0, 1});
    CHECK(j.second == Places{1, 0});
    CHECK(j.warnings.empty());
    return j.by;
  };
  CHECK(by({"val2014/COCO_val2014_000000000102.jpg", "val2014/COCO_val2014_000000391895.jpg"}) == JoinBy::name);
  CHECK(by({"COCO_val2014_000000000102.jpg", "COCO_val2014_000000391895.jpg"}) == JoinBy::file);
  CHECK(by({"COCO_val2014_000000000102", "COCO_val2014_000000391895"}) == JoinBy::stem);
  CHECK(by({"102", "391895"}) == JoinBy::number);  // although 102 is also the id of the second
  CHECK(by({"102", "101"}) == JoinBy::id);
  CHECK(joined(named({"0"}), named({"a_000.png"})).by == JoinBy::number);
}

TEST_CASE("join: images that one side lacks are counted and named, or left out", "[data]") {
  const Images features = named({"1", "2", "3"}), cache = named({"3.jpg", "4.jpg", "1.jpg"});
  CHECK_THROWS_WITH(joined(features, cache),
                    "1 of 3 images of features are not in cache (first '2'), joined by stem; --missing skip leaves "
                    "them out");
  CHECK_THROWS_WITH(joined(named({"1", "3"}), cache), ContainsSubstring("1 of 3 images of cache are not in features "
                                                                        "(first '4.jpg')"));
  const Join j = joined(features, cache, {JoinBy::any, MissingImages::skip});
  CHECK(j.first == Places{0, 2});
  CHECK(j.second == Places{2, 0});
  REQUIRE(j.warnings.size() == 2);
  CHECK(j.warnings[0] == "1 of 3 images of features are not in cache (first '2'), joined by stem; left out");
  CHECK_THROWS_WITH(joined(named({"x"}), cache), ContainsSubstring("not one image in common; the first of each are "
                                                                   "'x' and '3.jpg'"));
  CHECK_THROWS_WITH(joined(features, cache, {JoinBy::name, MissingImages::skip}),
                    "features and cache: not one image in common by name");
  CHECK_THROWS_WITH(joined({}, cache), ContainsSubstring("not one image in common"));
}

TEST_CASE("join: a name that stands for two images", "[data]") {
  const Images cache = named({"a/1.jpg", "b/1.jpg"});
  CHECK_THROWS_WITH(joined(named({"1"}), cache, {JoinBy::stem, MissingImages::skip}),
                    "cache: the stem '1' stands for two images");
  CHECK_THROWS_WITH(joined(named({"1", "1"}), named({"1.jpg"})), "features: the image '1' is there twice");
}

TEST_CASE("join: captions tell whether they are the same images", "[data]") {
  Images a = named({"1", "2", "3"}), b = named({"1", "2", "3"});
  for (std::size_t i = 0; i < 3; ++i) {
    a[i].captions = {"A dog, number " + std::to_string(i) + ".", "another"};
    b[i].captions = {"a dog number " + std::to_string(i)};
  }
  CHECK(joined(a, b).warnings.empty());
  b[1].captions = {"a cat"};
  REQUIRE(joined(a, b).warnings.size() == 1);
  CHECK_THAT(joined(a, b).warnings[0],
             ContainsSubstring("1 of 3 images have no caption in common (first '2' and '2')"));
  b[2].captions = {"a cow"};
  CHECK_THROWS_WITH(joined(a, b), ContainsSubstring("2 of 3 images have no caption in common") &&
                                      ContainsSubstring("these are other images"));
}
