// Recall@K and friends against the naive loops, on every kind of tie, owner and error.
#include "mgan/metrics/retrieval.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "mgan/metrics/ensemble.hpp"
#include "mgan/metrics/folds.hpp"
#include "tests/reference/retrieval_metrics.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::Ties;
using Owner = std::vector<std::int64_t>;

namespace {

/// `per_image` texts an image, or 1 to 4 of them where it is 0; shuffled.
Owner random_owner(std::int64_t n_images, int per_image, std::mt19937& random) {
  Owner owner;
  for (std::int64_t i = 0; i < n_images; ++i) {
    const int count = per_image > 0 ? per_image : static_cast<int>(1 + random() % 4);
    owner.insert(owner.end(), static_cast<std::size_t>(count), i);
  }
  std::shuffle(owner.begin(), owner.end(), random);
  return owner;
}

/// Scores on a grid of `levels` values: few levels make many ties.
template <class S>
std::vector<S> random_scores(std::size_t count, int levels, std::mt19937& random) {
  std::vector<S> scores(count);
  for (S& score : scores) score = static_cast<S>(random() % static_cast<unsigned>(levels)) / static_cast<S>(levels);
  return scores;
}

void check_direction(const mgan::Recall& ours, const std::vector<double>& theirs) {
  CHECK(ours.r1 == Approx(theirs[0]).margin(1e-12));
  CHECK(ours.r5 == Approx(theirs[1]).margin(1e-12));
  CHECK(ours.r10 == Approx(theirs[2]).margin(1e-12));
  CHECK(ours.median_rank == theirs[3]);
  CHECK(ours.mean_rank == Approx(theirs[4]).epsilon(1e-12));
  CHECK(ours.sum() == Approx(theirs[5]).margin(1e-12));
}

}  // namespace

TEMPLATE_TEST_CASE("retrieval metrics are the naive loop's", "[metrics]", float, double) {
  std::mt19937 random(7);
  const int n_images = GENERATE(1, 2, 9, 24), per_image = GENERATE(0, 1, 5), levels = GENERATE(1, 2, 7, 1000000);
  CAPTURE(n_images, per_image, levels);
  const Owner owner = random_owner(n_images, per_image, random);
  const auto n_texts = static_cast<std::int64_t>(owner.size());
  const auto scores = random_scores<TestType>(static_cast<std::size_t>(n_images) * owner.size(), levels, random);

  const auto ours = mgan::retrieval_metrics(scores, n_images, n_texts, owner);
  const auto theirs = reference::retrieval_metrics(
      reference::Array({n_images, n_texts}, std::vector<double>(scores.begin(), scores.end())), owner);
  check_direction(ours.image_to_text, theirs.image_to_text);
  check_direction(ours.text_to_image, theirs.text_to_image);
  CHECK(ours.rsum() == Approx(theirs.rsum).margin(1e-12));
}

TEST_CASE("a perfect matrix scores 600, a constant one nothing", "[metrics]") {
  constexpr std::int64_t n_images = 20, n_texts = 100;
  Owner owner;
  std::vector<float> perfect;
  for (std::int64_t t = 0; t < n_texts; ++t) owner.push_back(t / 5);
  for (std::int64_t i = 0; i < n_images; ++i) {
    for (std::int64_t t = 0; t < n_texts; ++t) perfect.push_back(owner[static_cast<std::size_t>(t)] == i ? 1.0f : 0.5f);
  }
  const auto best = mgan::retrieval_metrics(perfect, n_images, n_texts, owner);
  CHECK(best.rsum() == 600.0);
  CHECK(best.image_to_text.median_rank == 1.0);
  CHECK(best.text_to_image.mean_rank == 1.0);

  const std::vector<float> constant(perfect.size(), 0.3f);
  const auto worst = mgan::retrieval_metrics(constant, n_images, n_texts, owner);
  CHECK(worst.rsum() == 0.0);
  CHECK(worst.image_to_text.mean_rank == 96.0);
  CHECK(worst.text_to_image.median_rank == 20.0);
}

TEST_CASE("expected ties are the mean over all orders of the tied candidates", "[metrics]") {
  // A row of 2 better, 3 tied others and 2 own best: the mean over many shuffles of the tied five.
  const mgan::Rank rank{2, 3, 2};
  std::mt19937 random(11);
  std::vector<bool> own{true, true, false, false, false};
  constexpr int rounds = 200000;
  double mean_rank = 0.0, recall_at_3 = 0.0, recall_at_4 = 0.0;
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(own.begin(), own.end(), random);
    const auto place = 2 + (std::find(own.begin(), own.end(), true) - own.begin());
    mean_rank += static_cast<double>(place) / rounds;
    recall_at_3 += place < 3 ? 100.0 / rounds : 0.0;
    recall_at_4 += place < 4 ? 100.0 / rounds : 0.0;
  }
  CHECK(rank.expected() == Approx(mean_rank).epsilon(0.01));
  CHECK(mgan::recall_at_k({rank}, 2, Ties::expected) == 0.0);
  CHECK(mgan::recall_at_k({rank}, 3, Ties::expected) == Approx(recall_at_3).epsilon(0.01));
  CHECK(mgan::recall_at_k({rank}, 4, Ties::expected) == Approx(recall_at_4).epsilon(0.01));
  CHECK(mgan::recall_at_k({rank}, 6, Ties::expected) == 100.0);
  CHECK(mgan::recall_at_k({rank}, 5, Ties::pessimistic) == 0.0);
  CHECK(mgan::recall_at_k({rank}, 6, Ties::pessimistic) == 100.0);
}

TEST_CASE("expected ties on a constant matrix are chance, and without ties change nothing", "[metrics]") {
  std::mt19937 random(5);
  const Owner owner = random_owner(10, 2, random);
  const auto chance = mgan::retrieval_metrics(std::vector<double>(200, 1.0), 10, 20, owner, Ties::expected);
  CHECK(chance.text_to_image.r1 == Approx(10.0));
  CHECK(chance.text_to_image.r5 == Approx(50.0));
  CHECK(chance.text_to_image.r10 == Approx(100.0));
  CHECK(chance.text_to_image.mean_rank == Approx(5.5));
  CHECK(chance.image_to_text.r1 == Approx(10.0));  // 2 of 20
  CHECK(chance.image_to_text.r5 == Approx(100.0 * (1.0 - (15.0 * 14.0) / (20.0 * 19.0))));

  std::vector<double> distinct(200);
  for (std::size_t i = 0; i < distinct.size(); ++i) distinct[i] = static_cast<double>(i);
  std::shuffle(distinct.begin(), distinct.end(), random);
  const auto lost = mgan::retrieval_metrics(distinct, 10, 20, owner);
  const auto mean = mgan::retrieval_metrics(distinct, 10, 20, owner, Ties::expected);
  CHECK(mean.rsum() == Approx(lost.rsum()));
  CHECK(mean.image_to_text.mean_rank == lost.image_to_text.mean_rank);
  CHECK(mean.text_to_image.median_rank == lost.text_to_image.median_rank);
}

TEST_CASE("infinite scores rank like others", "[metrics]") {
  const double low = -std::numeric_limits<double>::infinity();
  const auto metrics = mgan::retrieval_metrics(std::vector<double>{low, low, 1.0, low}, 2, 2, Owner{0, 1});
  CHECK(metrics.image_to_text.r1 == 0.0);  // image 0 ties with a stranger, image 1 loses to one
  CHECK(metrics.text_to_image.mean_rank == 2.0);
}

TEST_CASE("folds take consecutive images with their texts alone, and average", "[metrics]") {
  std::mt19937 random(3);
  constexpr std::int64_t n_images = 12, per_fold = 4;
  const Owner owner = random_owner(n_images, 0, random);
  const auto n_texts = static_cast<std::int64_t>(owner.size());
  const auto scores = random_scores<float>(static_cast<std::size_t>(n_images * n_texts), 30, random);

  std::vector<double> image_to_text(6, 0.0), text_to_image(6, 0.0);
  for (std::int64_t fold = 0; fold < n_images / per_fold; ++fold) {
    Owner fold_owner;
    std::vector<std::int64_t> texts;
    for (std::int64_t t = 0; t < n_texts; ++t) {
      if (owner[static_cast<std::size_t>(t)] / per_fold != fold) continue;
      texts.push_back(t);
      fold_owner.push_back(owner[static_cast<std::size_t>(t)] % per_fold);
    }
    reference::Array block({per_fold, static_cast<std::int64_t>(texts.size())});
    for (std::int64_t i = 0; i < per_fold; ++i) {
      for (std::size_t t = 0; t < texts.size(); ++t) {
        block.at(i, t) =
            static_cast<double>(scores[static_cast<std::size_t>((fold * per_fold + i) * n_texts + texts[t])]);
      }
    }
    const auto one = reference::retrieval_metrics(block, fold_owner);
    for (std::size_t f = 0; f < 6; ++f) {
      image_to_text[f] += one.image_to_text[f] / 3.0;
      text_to_image[f] += one.text_to_image[f] / 3.0;
    }
  }
  const auto ours = mgan::folded_metrics(scores, n_images, n_texts, owner, per_fold);
  CHECK(ours.image_to_text.r1 == Approx(image_to_text[0]).margin(1e-12));
  CHECK(ours.image_to_text.median_rank == Approx(image_to_text[3]));
  CHECK(ours.image_to_text.sum() == Approx(image_to_text[5]));
  CHECK(ours.text_to_image.r5 == Approx(text_to_image[1]).margin(1e-12));
  CHECK(ours.text_to_image.mean_rank == Approx(text_to_image[4]));
  CHECK(ours.text_to_image.sum() == Approx(text_to_image[5]));

  const auto whole = mgan::folded_metrics(scores, n_images, n_texts, owner, n_images);
  CHECK(whole.rsum() == mgan::retrieval_metrics(scores, n_images, n_texts, owner).rsum());
  CHECK_THROWS_WITH(mgan::folded_metrics(scores, n_images, n_texts, owner, 5),
                    ContainsSubstring("12 images do not divide into folds of 5"));
  CHECK_THROWS_AS(mgan::folded_metrics(scores, n_images, n_texts, owner, 0), mgan::Error);
}

TEST_CASE("an ensemble is the mean of its score matrices", "[metrics]") {
  const std::vector<float> a{1.0f, 2.0f, 16777216.0f}, b{2.0f, -2.0f, 1.0f}, c{3.0f, 3.0f, 1.0f};
  CHECK(mgan::mean_of(std::vector{a, b, c}) == std::vector<float>{2.0f, 1.0f, 5592406.0f});
  CHECK(mgan::mean_of(std::vector{std::span<const float>(a)}) == a);
  CHECK_THROWS_WITH(mgan::mean_of(std::vector<std::vector<double>>{}), ContainsSubstring("no score matrix"));
  CHECK_THROWS_WITH(mgan::mean_of(std::vector{a, std::vector<float>{1.0f}}),
                    ContainsSubstring("score matrix 1 has 1 scores, the first has 3"));
}

TEST_CASE("what the metrics refuse", "[metrics]") {
  const std::vector<double> scores{0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
  const auto run = [](std::vector<double> s, std::int64_t images, std::int64_t texts, const Owner& owner) {
    return mgan::retrieval_metrics(s, images, texts, owner);
  };
  CHECK_NOTHROW(run(scores, 2, 3, {0, 1, 0}));
  CHECK_THROWS_WITH(run(scores, 2, 4, {0, 1, 0, 1}), ContainsSubstring("6 scores, expected 2 images x 4 texts"));
  CHECK_THROWS_WITH(run(scores, 2, 3, {0, 1}), ContainsSubstring("2 owners for 3 texts"));
  CHECK_THROWS_WITH(run(scores, 2, 3, {0, 2, 1}), ContainsSubstring("text 1 belongs to image 2 of 2 images"));
  CHECK_THROWS_WITH(run(scores, 2, 3, {0, -1, 1}), ContainsSubstring("text 1 belongs to image -1"));
  CHECK_THROWS_WITH(run(scores, 2, 3, {0, 0, 0}), ContainsSubstring("image 1 of 2 has no text"));
  CHECK_THROWS_WITH(run({}, 0, 3, {0, 0, 0}), ContainsSubstring("0 images and 3 texts"));
  CHECK_THROWS_WITH(run({}, 0, 0, {}), ContainsSubstring("at least one of each"));
  CHECK_THROWS_AS(run(scores, -2, -3, {0, 1, 0}), mgan::Error);
  auto bad = scores;
  bad[4] = std::nan("");
  CHECK_THROWS_WITH(run(bad, 2, 3, {0, 1, 0}), ContainsSubstring("the score of image 1 and text 1 is NaN"));
  CHECK_THROWS_AS(mgan::image_to_text_ranks(bad, 2, 3, Owner{0, 1, 0}), mgan::Error);
  CHECK_THROWS_AS(mgan::text_to_image_ranks(bad, 2, 3, Owner{0, 1, 0}), mgan::Error);
  CHECK_THROWS_AS(mgan::recall_at_k({}, 1), mgan::Error);
  CHECK_THROWS_AS(mgan::recall_at_k({mgan::Rank{}}, 0), mgan::Error);
}
