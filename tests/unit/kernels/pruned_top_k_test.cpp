// The best k and the hardest negatives by pruning against brute force over the sweep's scores, ties included.
#include "mgan/fused/pruned_top_k.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/kernels/pruning_problem.hpp"

using namespace pruning;

namespace {

std::vector<std::int64_t> numbered(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(end - begin));
  std::iota(all.begin(), all.end(), begin);
  return all;
}

/// 7, 0, 21, 14, ...: blocks of 7 images, in an order of their own.
std::vector<std::int64_t> starts(std::int64_t images) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < images; i += 14) {
    if (i + 7 < images) all.push_back(i + 7);
    all.push_back(i);
  }
  return all;
}

/// In blocks of 7 images and 13 captions.
template <class Epilogue, class ParallelFor, class Candidate = mgan::any_pair>
mgan::PairCounts check(const Problem& p, const Epilogue& epilogue, float weight, std::int64_t k,
                       const ParallelFor& parallel_for, const Candidate& candidate = {}) {
  const mgan::PairScorer<Epilogue> scorer(p.image_rows(), p.word_rows(), epilogue, {}, parallel_for);
  mgan::PrunedTopK<Epilogue, ParallelFor, Candidate> pruned(scorer, weight, k, parallel_for, candidate);
  const auto scores = p.brute(epilogue, weight);
  const auto at = [&](std::int64_t i, std::int64_t t) { return scores[static_cast<std::size_t>(i * p.T + t)]; };
  for (std::int64_t t = (p.T - 1) / 13 * 13; t >= 0; t -= 13)  // backwards: equal scores come in no order of theirs
    for (const std::int64_t i : starts(p.I)) {
      const auto images = numbered(i, std::min(p.I, i + 7)), texts = numbered(t, std::min(p.T, t + 13));
      const auto block = pruned.add({images, texts, p.base.data() + i * p.T + t, p.T});
      for (std::int64_t place = 0; place < block.rows() * block.columns(); ++place) {
        const float score = at(block.image(place), block.text(place));
        CHECK(block.score(place).lower <= score);
        CHECK(block.score(place).upper >= score);
      }
    }

  mgan::StreamingTopK<float> best(p.I, p.T, k);
  for (std::int64_t i = 0; i < p.I; ++i)
    for (std::int64_t t = 0; t < p.T; ++t) {
      if (!candidate(i, t)) continue;
      best.texts_of_image.add(i, t, at(i, t));
      best.images_of_text.add(t, i, at(i, t));
    }
  for (std::int64_t i = 0; i < p.I; ++i) CHECK(pruned.best().texts_of_image.of(i) == best.texts_of_image.of(i));
  for (std::int64_t t = 0; t < p.T; ++t) CHECK(pruned.best().images_of_text.of(t) == best.images_of_text.of(t));
  return pruned.counts();
}

}  // namespace

TEST_CASE("the pruned best k are brute force's, in their order", "[kernels][pruning]") {
  for (const Kind kind : kinds) {
    for (const double temperature : {1.0, 0.1, 0.01, 1e-4}) {
      INFO("kind " << static_cast<int>(kind) << ", temperature " << temperature);
      const Problem p(kind, 5, 24, 3, 5, 9, 96);
      check(p, p.interaction(temperature), 0.2f, 3, serial);
    }
    const Problem p(kind, 6, 20, 2, 17, 15, 33);
    check(p, p.interaction(1), 0.2f, 1, threads);
    check(p, p.interaction(0.5), -0.7f, 4, threads);
    check(p, p.interaction(1), 0.0f, 2, serial);
    check(p, p.interaction(1), 0.2f, 100, serial);  // more than there are
    check(p, MaximaEpilogue{0.5f, 0.5f, true}, 0.2f, 5, threads);
    check(p, MaximaEpilogue{1, 0, false}, 0.1f, 2, serial);
  }
}

TEST_CASE("hardest negatives are the best one without the own pairs", "[kernels][pruning]") {
  for (const Kind kind : kinds) {
    const Problem p(kind, 8, 22, 1, 6, 9, 64);
    const auto negative = [](std::int64_t image, std::int64_t text) { return image / 2 != text / 2; };
    check(p, p.interaction(1), 0.2f, 1, threads, negative);
    check(p, p.interaction(0.01), 0.2f, 1, serial, negative);
    check(p, p.interaction(0.1), 1.0f, 1, serial, [](std::int64_t, std::int64_t) { return false; });
  }
}

TEST_CASE("most pairs are out without their score", "[kernels][pruning]") {
  const Problem p(Kind::trained, 7, 60, 3, 8, 12, 128);
  const mgan::PairScorer<InteractionEpilogue> scorer(p.image_rows(), p.word_rows(), p.interaction(1));
  mgan::PrunedTopK<InteractionEpilogue, mgan::kernels::serially> pruned(scorer, 0.2f, 5, {});
  pruned.add({numbered(0, p.I), numbered(0, p.T), p.base.data(), p.T});
  CHECK(pruned.counts().pairs == 60 * 180);
  CHECK(pruned.counts().scored_share() < 0.1);
  CHECK(pruned.counts().flops_share() < 0.3);

  // What earlier blocks found keeps later ones short.
  mgan::PrunedTopK<InteractionEpilogue, mgan::kernels::serially> parts(scorer, 0.2f, 5, {});
  for (std::int64_t t = 0; t < p.T; t += 20) parts.add({numbered(0, p.I), numbered(t, t + 20), p.base.data() + t, p.T});
  CHECK(parts.counts().pairs == 60 * 180);
  CHECK(parts.counts().scored_share() < 0.2);
}

TEST_CASE("the rotation of other rows prunes correctly; one of another width is refused", "[kernels][pruning]") {
  const Problem p(Kind::trained, 9, 20, 2, 5, 9, 64), other(Kind::trained, 10, 12, 1, 4, 7, 64),
      narrow(Kind::random, 11, 4, 1, 3, 4, 32);
  const mgan::PairScorer<InteractionEpilogue> scorer(p.image_rows(), p.word_rows(), p.interaction(1),
                                                     mgan::head_plan(other.image_rows(), other.word_rows(), {8, 24}));
  mgan::PrunedTopK<InteractionEpilogue, mgan::kernels::serially> pruned(scorer, 0.2f, 2, {});
  pruned.add({numbered(0, p.I), numbered(0, p.T), p.base.data(), p.T});
  const auto scores = p.brute(p.interaction(1), 0.2f);
  for (std::int64_t i = 0; i < p.I; ++i) {
    const auto row = scores.begin() + i * p.T;
    CHECK(pruned.best().texts_of_image.of(i)[0].score == *std::max_element(row, row + p.T));
  }
  CHECK_THROWS_WITH((mgan::PairScorer<InteractionEpilogue>(p.image_rows(), p.word_rows(), p.interaction(1),
                                                           mgan::head_plan(narrow.image_rows(), narrow.word_rows()))),
                    "PairScorer: rows of width 64, directions of width 32");
  const auto with_levels = [&](HeadLevels levels) {
    return mgan::PairScorer<InteractionEpilogue>(p.image_rows(), p.word_rows(), p.interaction(1),
                                                 mgan::HeadPlan{std::move(levels), {}});
  };
  CHECK_THROWS_WITH(with_levels({16, 16}), "PairScorer: level 1 of the heads is 16 after 16, expected more");
  CHECK_THROWS_WITH(with_levels({0, 16}), "PairScorer: level 0 of the heads is 0 after 0, expected more");
  mgan::HeadPlan bare = mgan::head_plan(p.image_rows(), p.word_rows());
  bare.levels.clear();
  CHECK_THROWS_WITH((mgan::PairScorer<InteractionEpilogue>(p.image_rows(), p.word_rows(), p.interaction(1), bare)),
                    "PairScorer: directions without levels");
}

TEST_CASE("blocks without pairs, unknown images and base scores that are NaN", "[kernels][pruning]") {
  const Problem p(Kind::random, 12, 6, 2, 4, 5, 32);
  const mgan::PairScorer<InteractionEpilogue> scorer(p.image_rows(), p.word_rows(), p.interaction(1));
  mgan::PrunedTopK<InteractionEpilogue, mgan::kernels::serially> pruned(scorer, 0.2f, 1, {});
  const auto images = numbered(0, 6), texts = numbered(0, 12), none = numbered(0, 0), many = numbered(3, 7);
  CHECK(pruned.add({images, none, p.base.data(), 0}).columns() == 0);
  CHECK(pruned.add({none, texts, p.base.data(), 12}).rows() == 0);
  CHECK(pruned.best().texts_of_image.of(0).empty());
  CHECK_THROWS_WITH(pruned.add({many, texts, p.base.data(), 12}), "pruning: image 6 of 6");
  CHECK_THROWS_WITH(pruned.add({images, numbered(10, 13), p.base.data(), 12}), "pruning: text 12 of 12");
  auto base = p.base;
  base[2 * 12 + 5] = NAN;
  CHECK_THROWS_WITH(pruned.add({images, texts, base.data(), 12}),
                    "pruning: the base score of image 2 and text 5 is NaN");
  CHECK_THROWS_WITH((mgan::PrunedTopK<InteractionEpilogue, mgan::kernels::serially>(scorer, 1, 1, {}, {}, -1.0f)),
                    Catch::Matchers::ContainsSubstring("slack is -1"));
}
