// Ranks by pruning against brute force over the sweep's scores, to the last rank.
#include "mgan/fused/pruned_ranks.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/kernels/pruning_problem.hpp"

using namespace pruning;

namespace {

template <class Epilogue, class ParallelFor>
void check(const Problem& p, const Epilogue& epilogue, float weight, const ParallelFor& parallel_for,
           mgan::PairCounts* counts) {
  const auto [I, T] = std::pair(p.I, p.T);
  const mgan::PairScorer<Epilogue> scorer(p.image_rows(), p.word_rows(), epilogue, {}, parallel_for);
  mgan::PrunedRanks<Epilogue, ParallelFor> pruned(scorer, weight, I, p.owner, parallel_for);
  std::vector<std::int64_t> all_i, some_t;
  for (std::int64_t i = 0; i < I; ++i) all_i.push_back(i);
  for (int pass = 0; pass < 2; ++pass)
    for (std::int64_t t = 0; t < T; t += 13) {
      some_t.clear();
      for (std::int64_t c = t; c < std::min(T, t + 13); ++c) some_t.push_back(c);
      const mgan::ScoreBlock<float> block{all_i, some_t, p.base.data() + t, T};
      if (pass == 0) pruned.own(block);
      else pruned.add(block);
    }
  const auto scores = p.brute(epilogue, weight);
  const auto same = [](const mgan::Ranks& a, const mgan::Ranks& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const mgan::Rank& x, const mgan::Rank& y) {
      return x.above == y.above && x.tied == y.tied && x.own == y.own;
    });
  };
  CHECK(same(pruned.ranks().image_to_text(), mgan::image_to_text_ranks(scores, I, T, p.owner)));
  CHECK(same(pruned.ranks().text_to_image(), mgan::text_to_image_ranks(scores, I, T, p.owner)));
  if (counts) *counts = pruned.counts();
}

}  // namespace

TEST_CASE("pruned ranks are brute force's, to the last one", "[kernels][pruning]") {
  for (const Kind kind : kinds) {
    for (const double temperature : {1.0, 0.1, 0.01, 1e-4}) {
      INFO("kind " << static_cast<int>(kind) << ", temperature " << temperature);
      const Problem p(kind, 5, 24, 3, 5, 9, 96);
      check(p, p.interaction(temperature), 0.2f, serial, nullptr);
    }
    const Problem p(kind, 6, 20, 2, 17, 15, 33);
    check(p, p.interaction(1), 0.2f, threads, nullptr);
    check(p, p.interaction(0.5), -0.7f, threads, nullptr);
    check(p, MaximaEpilogue{0.5f, 0.5f, true}, 0.2f, threads, nullptr);
    check(p, MaximaEpilogue{1, 0, false}, 0.1f, serial, nullptr);
  }
}

TEST_CASE("most pairs are decided without their score", "[kernels][pruning]") {
  const Problem p(Kind::trained, 7, 60, 3, 8, 12, 128);
  mgan::PairCounts counts;
  check(p, p.interaction(1), 0.2f, serial, &counts);
  CHECK(counts.pairs == 60 * 180);
  CHECK(counts.scored_share() < 0.1);
  CHECK(counts.flops_share() < 0.3);
  check(p, p.interaction(0.01), 0.2f, serial, &counts);
  CHECK(counts.scored_share() < 0.5);
}
