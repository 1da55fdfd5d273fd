// Ranks and the best k from blocks, against the whole matrix.
#include "mgan/metrics/streaming_top_k.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::ScoreBlock;
using mgan::StreamingRanks;
using Indices = std::vector<std::int64_t>;

namespace {

struct Problem {
  std::int64_t images, texts;
  Indices owner;
  std::vector<float> scores;  // (images, texts)

  Problem(std::int64_t n_images, int per_image, int levels, unsigned seed)
      : images(n_images), texts(n_images * per_image) {
    std::mt19937 random(seed);
    for (std::int64_t t = 0; t < texts; ++t) owner.push_back(t / per_image);
    std::shuffle(owner.begin(), owner.end(), random);
    for (std::int64_t p = 0; p < images * texts; ++p)
      scores.push_back(static_cast<float>(random() % static_cast<unsigned>(levels)) / static_cast<float>(levels));
  }
  float at(std::int64_t i, std::int64_t t) const { return scores[static_cast<std::size_t>(i * texts + t)]; }

  /// f(block) on blocks of scattered images and texts that cover the matrix once.
  template <class F>
  void in_blocks(std::size_t step_i, std::size_t step_t, unsigned seed, const F& f) const {
    std::mt19937 random(seed);
    Indices i(static_cast<std::size_t>(images)), t(static_cast<std::size_t>(texts));
    std::iota(i.begin(), i.end(), 0);
    std::iota(t.begin(), t.end(), 0);
    std::shuffle(i.begin(), i.end(), random);
    std::shuffle(t.begin(), t.end(), random);
    for (std::size_t c = 0; c < t.size(); c += step_t) {
      for (std::size_t r = 0; r < i.size(); r += step_i) {
        const Indices some_i(i.begin() + static_cast<long>(r),
                             i.begin() + static_cast<long>(std::min(i.size(), r + step_i)));
        const Indices some_t(t.begin() + static_cast<long>(c),
                             t.begin() + static_cast<long>(std::min(t.size(), c + step_t)));
        std::vector<float> values;
        for (const std::int64_t a : some_i) {
          for (const std::int64_t b : some_t) values.push_back(at(a, b));
          values.push_back(NAN);  // between the rows
        }
        f(ScoreBlock<float>{some_i, some_t, values.data(), static_cast<std::int64_t>(some_t.size()) + 1});
      }
    }
  }
};

bool same(const mgan::Ranks& a, const mgan::Ranks& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const mgan::Rank& x, const mgan::Rank& y) {
    return x.above == y.above && x.tied == y.tied && x.own == y.own;
  });
}

}  // namespace

TEST_CASE("streamed ranks are those of the matrix, ties included", "[metrics]") {
  for (const int levels : {1, 3, 20, 100000}) {
    for (const int per_image : {1, 5}) {
      const Problem p(23, per_image, levels, static_cast<unsigned>(levels));
      for (const std::size_t step : {1, 4, 23}) {
        StreamingRanks<float> ranks(p.images, p.owner);
        p.in_blocks(step, 7, 1, [&](const auto& block) { ranks.own(block); });
        p.in_blocks(5, step, 2, [&](const auto& block) { ranks.add(block); });
        CHECK(same(ranks.image_to_text(), mgan::image_to_text_ranks(p.scores, p.images, p.texts, p.owner)));
        CHECK(same(ranks.text_to_image(), mgan::text_to_image_ranks(p.scores, p.images, p.texts, p.owner)));
        CHECK(ranks.metrics().rsum() == mgan::retrieval_metrics(p.scores, p.images, p.texts, p.owner).rsum());
      }
    }
  }
}

TEST_CASE("an interval settles a pair where every score in it ranks the same", "[metrics]") {
  const Problem p(40, 2, 50, 3);
  StreamingRanks<float> ranks(p.images, p.owner);
  p.in_blocks(40, 80, 1, [&](const auto& block) { ranks.own(block); });
  std::int64_t settled = 0;
  for (std::int64_t i = 0; i < p.images; ++i) {
    for (std::int64_t t = 0; t < p.texts; ++t) {
      if (p.owner[static_cast<std::size_t>(t)] == i) continue;
      const float lower = p.at(i, t) - 0.02f * static_cast<float>(t % 4),
                  upper = p.at(i, t) + 0.02f * static_cast<float>(t % 3);
      if (ranks.settle(i, t, lower, upper)) ++settled;
      else ranks.add(i, t, p.at(i, t));
    }
  }
  CHECK(settled > 1000);
  CHECK(settled < 3100);
  CHECK(same(ranks.image_to_text(), mgan::image_to_text_ranks(p.scores, p.images, p.texts, p.owner)));
  CHECK(same(ranks.text_to_image(), mgan::text_to_image_ranks(p.scores, p.images, p.texts, p.owner)));
}

TEST_CASE("the streamed best k are those of a sorted matrix", "[metrics]") {
  for (const int levels : {1, 4, 100000}) {
    const Problem p(19, 3, levels, 5);
    for (const std::int64_t k : {1, 5, 100}) {
      mgan::StreamingTopK<float> best(p.images, p.texts, k);
      p.in_blocks(4, 9, static_cast<unsigned>(k), [&](const auto& block) { best.add(block); });
      for (std::int64_t i = 0; i < p.images; ++i) {
        std::vector<mgan::Found<float>> all;
        for (std::int64_t t = 0; t < p.texts; ++t) all.push_back({t, p.at(i, t)});
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
        all.resize(std::min(all.size(), static_cast<std::size_t>(k)));
        CHECK(best.texts_of_image.of(i) == all);
      }
      std::vector<mgan::Found<float>> column;
      for (std::int64_t i = 0; i < p.images; ++i) column.push_back({i, p.at(i, 7)});
      std::stable_sort(column.begin(), column.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
      column.resize(std::min(column.size(), static_cast<std::size_t>(k)));
      CHECK(best.images_of_text.of(7) == column);
    }
  }
}

TEST_CASE("streams that are wrong are refused", "[metrics]") {
  const Indices owner{0, 1, 1}, both{0, 1}, all{0, 1, 2};
  const std::vector<float> scores{1, 2, 3, 4, 5, 6};
  const ScoreBlock<float> block{both, all, scores.data(), 3};
  const auto message = [](const auto& f) {
    try {
      f();
    } catch (const mgan::Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  StreamingRanks<float> ranks(2, owner);
  CHECK(message([&] { ranks.add(block); }) == "retrieval: scores of image 0 before those of its own pairs");
  ranks.own(block);
  CHECK(message([&] { ranks.own(block); }) == "retrieval: the own score of text 0 was given twice");
  CHECK_THAT(message([&] { ranks.image_to_text(); }), ContainsSubstring("0 pairs were given, expected 3"));
  ranks.add(block);
  CHECK(ranks.text_to_image().size() == 3);
  ranks.add(block);
  CHECK_THAT(message([&] { ranks.text_to_image(); }), ContainsSubstring("6 pairs were given, expected 3"));

  std::vector<float> bad = scores;
  bad[1] = NAN;
  StreamingRanks<float> other(2, owner);
  other.own(block);
  CHECK(message([&] {
          other.add(ScoreBlock<float>{both, all, bad.data(), 3});
        }) == "retrieval: the score of image 0 and text 1 is NaN");
  CHECK_THAT(message([] { StreamingRanks<float>(2, Indices{0, 0}); }), ContainsSubstring("image 1 of 2 has no text"));
  mgan::TopK<float> top(1, 1);
  CHECK_THAT(message([&] { top.add(0, 3, NAN); }), ContainsSubstring("candidate 3 is NaN"));
}
