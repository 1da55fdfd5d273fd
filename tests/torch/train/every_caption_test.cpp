// Every caption once an epoch, with its image.
#include "mgan/train/every_caption.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::train::EveryCaption;
using mgan::train::ImageCaption;

namespace {

std::vector<ImageCaption> epoch_of(const EveryCaption& source, std::int64_t epoch) {
  std::vector<ImageCaption> all;
  for (std::int64_t place = 0; place < source.steps(); ++place)
    for (const ImageCaption& pair : source.batch(epoch, place)) all.push_back(pair);
  return all;
}

}  // namespace

TEST_CASE("EveryCaption: each caption once an epoch, images of a batch differ", "[train]") {
  const EveryCaption source(std::vector<std::int64_t>(20, 5), 16, 3);
  CHECK(source.pairs() == 100);
  CHECK(source.steps() == 7);  // the last batch has 4
  std::vector<ImageCaption> before;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    const std::vector<ImageCaption> all = epoch_of(source, epoch);
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    for (const ImageCaption& pair : all) seen.emplace(pair.image, pair.caption);
    CHECK(all.size() == 100);
    CHECK(seen.size() == 100);
    CHECK((all != before));
    before = all;
  }
  CHECK(source.batch(0, 6).size() == 4);
  for (std::int64_t place = 0; place < 7; ++place) {
    const auto some = source.batch(1, place);
    std::map<std::int64_t, int> images;
    for (const ImageCaption& pair : some) ++images[pair.image];
    // 16 pairs of rounds of 20: an image is there twice only where a round ends.
    const bool one_round = place * 16 / 20 == (place * 16 + std::ssize(some) - 1) / 20;
    CHECK((!one_round || images.size() == some.size()));
  }
  CHECK((source.batch(2, 4) == EveryCaption(std::vector<std::int64_t>(20, 5), 16, 3).batch(2, 4)));
  CHECK((source.batch(2, 4) != EveryCaption(std::vector<std::int64_t>(20, 5), 16, 4).batch(2, 4)));
}

TEST_CASE("EveryCaption: images with more captions than others, and what is left over", "[train]") {
  const EveryCaption source({5, 7, 1, 2}, 7, 1);
  CHECK(source.pairs() == 15);
  CHECK(source.steps() == 2);  // a single pair is left out
  CHECK(EveryCaption({5, 7, 2, 2}, 7, 1).steps() == 3);
  CHECK(EveryCaption({5, 7, 1, 2}, 1, 1).steps() == 15);
  const EveryCaption all({5, 7, 2, 2}, 7, 1);
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const ImageCaption& pair : epoch_of(all, 4)) seen.emplace(pair.image, pair.caption);
  CHECK(seen.size() == 16);
  CHECK(seen.contains({1, 6}));
  CHECK_THROWS_WITH(EveryCaption({3, 0}, 2, 1), ContainsSubstring("image 1 has 0 captions"));
  CHECK_THROWS_WITH(EveryCaption({3}, 0, 1), ContainsSubstring("a batch of 0 pairs"));
}
