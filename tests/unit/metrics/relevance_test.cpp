// Figures of many-to-many relevance: against the naive list, over shuffled ties, from blocks, and as today's recalls.
#include "mgan/metrics/streaming_relevance.hpp"

#include <cmath>
#include <random>

#include "mgan/metrics/tied_queries.hpp"
#include "tests/reference/relevance.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::Direction;
using mgan::Relevance;
using mgan::Ties;

namespace {

struct Problem {
  std::int64_t images, texts;
  std::vector<float> scores;
  Relevance::Lists lists[2];  // of a direction

  Problem(std::int64_t I, std::int64_t T, int levels, int most, unsigned seed) : images(I), texts(T) {
    std::mt19937 random(seed);
    for (std::int64_t p = 0; p < I * T; ++p)
      scores.push_back(static_cast<float>(random() % static_cast<unsigned>(levels)) / static_cast<float>(levels));
    for (const Direction d : mgan::directions) {
      const std::int64_t queries = mgan::query_of(d, I, T), candidates = mgan::candidate_of(d, I, T);
      for (std::int64_t q = 0; q < queries; ++q) {
        auto& list = lists[static_cast<int>(d)].emplace_back();
        const auto right = q == 0 ? 1 : random() % static_cast<unsigned>(most + 1);  // 0: not a query
        std::vector<std::int64_t> all;
        for (std::int64_t c = 0; c < candidates; ++c) all.push_back(c);
        std::shuffle(all.begin(), all.end(), random);
        for (std::size_t i = 0; i < right && i < all.size(); ++i)
          list.push_back({all[i], 1.0 + static_cast<double>(random() % 3)});
      }
    }
  }
  const Relevance::Lists& of(Direction d) const { return lists[static_cast<int>(d)]; }
  Relevance relevance(Direction d) const { return {mgan::candidate_of(d, images, texts), of(d)}; }
  /// Scores and gains of a query's candidates.
  std::pair<std::vector<double>, std::vector<double>> query(Direction d, std::int64_t q) const {
    std::vector<double> s, gains;
    for (std::int64_t c = 0; c < mgan::candidate_of(d, images, texts); ++c) {
      const std::int64_t i = d == Direction::image_to_text ? q : c, t = d == Direction::image_to_text ? c : q;
      s.push_back(static_cast<double>(scores[static_cast<std::size_t>(i * texts + t)]));
      gains.push_back(0);
    }
    for (const auto& item : of(d)[static_cast<std::size_t>(q)]) gains[static_cast<std::size_t>(item.index)] = item.gain;
    return {s, gains};
  }
  template <class F>
  void in_blocks(std::int64_t step_i, std::int64_t step_t, const F& f) const {
    for (std::int64_t t = 0; t < texts; t += step_t) {
      for (std::int64_t i = 0; i < images; i += step_i) {
        std::vector<std::int64_t> some_i, some_t;
        for (std::int64_t a = std::min(images, i + step_i) - 1; a >= i; --a) some_i.push_back(a);
        for (std::int64_t b = t; b < std::min(texts, t + step_t); ++b) some_t.push_back(b);
        std::vector<float> values;
        for (const auto a : some_i) {
          for (const auto b : some_t) values.push_back(scores[static_cast<std::size_t>(a * texts + b)]);
          values.push_back(NAN);  // between the rows
        }
        f(mgan::ScoreBlock<float>{some_i, some_t, values.data(), static_cast<std::int64_t>(some_t.size()) + 1});
      }
    }
  }
};

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const mgan::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("figures of many-to-many relevance are the naive list's, whole and from blocks", "[metrics]") {
  const std::int64_t I = GENERATE(1, 6, 17), T = GENERATE(1, 13);
  const int levels = GENERATE(1, 4, 1000000), most = GENERATE(1, 5, 40);
  const Problem p(I, T, levels, most, 11);
  for (const Direction d : mgan::directions) {
    CAPTURE(I, T, levels, most, mgan::name_of(d));
    for (const std::int64_t k : {1, 3, 10}) {
      mgan::RelevanceFigures expected;
      std::vector<double> firsts;
      for (std::int64_t q = 0; q < mgan::query_of(d, I, T); ++q) {
        const auto [scores, gains] = p.query(d, q);
        if (p.of(d)[static_cast<std::size_t>(q)].empty()) continue;
        const auto one = reference::relevance_figures(reference::lost_order(scores, gains), k);
        firsts.push_back(one.first);
        expected.map_at_r += one.average_precision;
        expected.r_precision += one.r_precision;
        expected.ndcg += one.ndcg;
        expected.mrr += one.reciprocal_rank;
      }
      const double n = static_cast<double>(firsts.size());
      const auto check = [&](const mgan::RelevanceFigures& ours) {
        CHECK(ours.queries == static_cast<std::int64_t>(firsts.size()));
        CHECK(ours.map_at_r == Approx(100 * expected.map_at_r / n).epsilon(1e-12).margin(1e-12));
        CHECK(ours.r_precision == Approx(100 * expected.r_precision / n).epsilon(1e-12).margin(1e-12));
        CHECK(ours.ndcg == Approx(100 * expected.ndcg / n).epsilon(1e-12).margin(1e-12));
        CHECK(ours.mrr == Approx(100 * expected.mrr / n).epsilon(1e-12));
        double mean = 0, r5 = 0;
        for (const double first : firsts) mean += first / n, r5 += 100 * (first <= 5) / n;
        CHECK(ours.recall.mean_rank == Approx(mean).epsilon(1e-12));
        CHECK(ours.recall.r5 == Approx(r5).margin(1e-12));
      };
      check(mgan::relevance_figures(p.scores, I, T, d, p.relevance(d), Ties::pessimistic, k));
      for (const auto& [si, st] : {std::pair{1, 13}, std::pair{4, 5}, std::pair{17, 1}}) {
        mgan::StreamingRelevance<float> stream(d, p.relevance(d));
        p.in_blocks(st, si, [&](const auto& block) {
          if (stream.has_own(block.images, block.texts)) stream.own(block);
        });
        p.in_blocks(si, st, [&](const auto& block) { stream.add(block); });
        check(stream.figures(Ties::pessimistic, k));
      }
    }
  }
}

TEST_CASE("expected ties are the mean over shuffled orders", "[metrics]") {
  const Problem p(1, 9, 2, 5, 4);
  Relevance::Lists lists{{{0, 1.0}, {3, 3.0}, {4, 1.0}, {7, 2.0}}};
  const Relevance relevance(9, lists);
  const auto ours = mgan::relevance_figures(p.scores, 1, 9, Direction::image_to_text, relevance, Ties::expected, 3);
  std::mt19937 random(2);
  std::vector<double> gains(9, 0.0);
  for (const auto& item : lists[0]) gains[static_cast<std::size_t>(item.index)] = item.gain;
  reference::RelevanceFigures mean;
  constexpr int rounds = 100000;
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6, 7, 8};
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::size_t> sorted = order;
    std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return p.scores[a] > p.scores[b]; });
    std::vector<double> list;
    for (const auto i : sorted) list.push_back(gains[i]);
    const auto one = reference::relevance_figures(list, 3);
    mean.average_precision += one.average_precision / rounds;
    mean.r_precision += one.r_precision / rounds;
    mean.ndcg += one.ndcg / rounds;
    mean.reciprocal_rank += one.reciprocal_rank / rounds;
  }
  CHECK(ours.map_at_r == Approx(100 * mean.average_precision).epsilon(0.01));
  CHECK(ours.r_precision == Approx(100 * mean.r_precision).epsilon(0.01));
  CHECK(ours.ndcg == Approx(100 * mean.ndcg).epsilon(0.01));
  CHECK(ours.mrr == Approx(100 * mean.reciprocal_rank).epsilon(0.01));
}

TEST_CASE("lists of own captions give today's recalls", "[metrics]") {
  std::mt19937 random(3);
  for (const int levels : {2, 30, 1000000}) {
    const std::int64_t I = 12;
    std::vector<std::int64_t> owner;
    for (std::int64_t t = 0; t < 60; ++t) owner.push_back(t / 5);
    std::shuffle(owner.begin(), owner.end(), random);
    std::vector<double> scores;
    for (int p = 0; p < 720; ++p) scores.push_back(static_cast<double>(random() % static_cast<unsigned>(levels)));
    for (const Ties ties : {Ties::pessimistic, Ties::expected}) {
      const auto today = mgan::retrieval_metrics(scores, I, 60, owner, ties);
      for (const Direction d : mgan::directions) {
        const auto lists = mgan::relevance_figures(scores, I, 60, d, mgan::own_relevance(d, I, owner), ties).recall;
        const mgan::Recall& r = d == Direction::image_to_text ? today.image_to_text : today.text_to_image;
        CHECK(lists.r1 == r.r1);
        CHECK(lists.r5 == r.r5);
        CHECK(lists.r10 == r.r10);
        CHECK(lists.median_rank == r.median_rank);
        CHECK(lists.mean_rank == r.mean_rank);
      }
    }
  }
}

TEST_CASE("queries whose hit is a matter of order are counted", "[metrics]") {
  const mgan::Ranks ranks{{0, 0, 1}, {0, 3, 1}, {4, 1, 2}, {4, 0, 1}, {9, 40, 1}, {10, 5, 1}};
  CHECK(mgan::tied_queries(ranks, 1) == 1);
  CHECK(mgan::tied_queries(ranks, 5) == 1);
  CHECK(mgan::tied_queries(ranks, 10) == 1);
  CHECK(mgan::tied_queries(ranks) == 3);
}

TEST_CASE("lists and streams that are wrong are refused", "[metrics]") {
  CHECK(message([] { Relevance(4, {{{4}}}); }) == "relevance: query 0 has candidate 4 of 4");
  CHECK(message([] { Relevance(4, {{}, {{2}, {2}}}); }) == "relevance: query 1 has candidate 2 twice");
  CHECK_THAT(message([] {
               Relevance(4, {{{1, -1.0}}});
             }),
             ContainsSubstring("the gain of query 0 and candidate 1 is -1"));
  CHECK(message([] { Relevance(4, {{}, {}}); }) == "relevance: none of 2 queries has a relevant candidate");
  const Problem p(3, 4, 9, 2, 8);
  const auto lists = [&] { return p.relevance(Direction::text_to_image); };
  CHECK_THAT(message([&] { mgan::relevance_figures(p.scores, 3, 4, Direction::image_to_text, lists()); }),
             ContainsSubstring("lists of 4 queries and 3 candidates, image_to_text of 3 images and 4 texts"));
  const mgan::WholeBlock<float> whole(p.scores, 3, 4);
  mgan::StreamingRelevance<float> stream(Direction::text_to_image, lists());
  CHECK_THAT(message([&] { stream.add(whole.block()); }),
             ContainsSubstring("text_to_image query 0 before those of its relevant"));
  stream.own(whole.block());
  CHECK_THAT(message([&] { stream.own(whole.block()); }), ContainsSubstring("was given twice"));
  CHECK_THAT(message([&] { stream.figures(); }), ContainsSubstring("0 pairs were given, expected 12"));
  std::vector<float> bad = p.scores;
  bad[7] = NAN;
  CHECK_THAT(message([&] { mgan::relevance_figures(bad, 3, 4, Direction::text_to_image, lists()); }),
             ContainsSubstring("the score of image 1 and text 3 is NaN"));
}
