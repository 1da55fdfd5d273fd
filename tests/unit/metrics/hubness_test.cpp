// Corrections for hubs against the naive loops: whole, block by block, with a bank and without.
#include "mgan/metrics/corrections.hpp"
#include "mgan/metrics/sinkhorn.hpp"

#include <cmath>
#include <random>

#include "tests/reference/hubness.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::Direction;
using mgan::ScoreView;
using reference::Array;

namespace {

template <class S>
struct Scores {
  std::int64_t images, texts;
  std::vector<S> values;

  Scores(std::int64_t I, std::int64_t T, unsigned seed, int levels = 0) : images(I), texts(T) {
    std::mt19937 random(seed);
    for (std::int64_t p = 0; p < I * T; ++p) {
      const double u = static_cast<double>(random() % 100003) / 100003;
      values.push_back(static_cast<S>(levels > 0 ? std::floor(u * levels) / levels : 2 * u - 1));
    }
  }
  ScoreView<S> view() const { return {values, images, texts}; }
  Array array() const { return {{images, texts}, {values.begin(), values.end()}}; }
};

template <class S>
void check(const std::vector<S>& ours, const Array& theirs, double tolerance) {
  REQUIRE(ours.size() == theirs.values.size());
  double worst = 0;
  for (std::size_t i = 0; i < ours.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(ours[i]) - theirs.values[i]));
  CHECK(worst <= tolerance);
}

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const mgan::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEMPLATE_TEST_CASE("corrections of a whole matrix are the naive loops'", "[metrics]", float, double) {
  using S = TestType;
  const double tolerance = std::is_same_v<S, float> ? 2e-6 : 1e-12;
  const std::int64_t I = GENERATE(1, 2, 7), T = GENERATE(1, 9);
  const int levels = GENERATE(0, 3);
  const Scores<S> s(I, T, 3, levels);
  for (const Direction d : mgan::directions) {
    const bool t2i = d == Direction::text_to_image;
    const Scores<S> bank = t2i ? Scores<S>(I, 5, 4, levels) : Scores<S>(4, T, 4, levels);
    CAPTURE(I, T, levels, mgan::name_of(d));
    for (const std::int64_t k : {1, 3, 50}) {
      check(mgan::csls(s.view(), k), reference::csls(s.array(), s.array(), t2i, k), tolerance);
      check(mgan::csls(s.view(), bank.view(), d, k), reference::csls(s.array(), bank.array(), t2i, k), tolerance);
      const auto ours = mgan::query_bank_normalization(s.view(), bank.view(), d, 10.0, k);
      const auto theirs = reference::query_bank_normalization(s.array(), bank.array(), t2i, 10.0, k);
      CHECK(ours.normalized == theirs.normalized);
      check(ours.scores, theirs.scores, tolerance);
    }
    check(mgan::inverted_softmax(s.view(), d, 20.0), reference::inverted_softmax(s.array(), s.array(), t2i, 20.0),
          tolerance);
    check(mgan::inverted_softmax(s.view(), bank.view(), d, 5.0),
          reference::inverted_softmax(s.array(), bank.array(), t2i, 5.0), tolerance);
    check(mgan::dual_softmax(s.view(), d, 0.1), reference::dual_softmax(s.array(), s.array(), t2i, 0.1, false),
          tolerance);
    check(mgan::dual_softmax(s.view(), bank.view(), d, 0.1),
          reference::dual_softmax(s.array(), bank.array(), t2i, 0.1, true), tolerance);
  }
  check(mgan::Sinkhorn{0.2, 7}(s.view()), reference::sinkhorn(s.array(), 0.2, 7), tolerance);
}

TEST_CASE("corrections do not overflow where exponentials would", "[metrics]") {
  const std::vector<float> large{300, -300, 299, 301};
  const ScoreView<float> s{large, 2, 2};
  for (const Direction d : mgan::directions) {
    for (const auto& out : {mgan::inverted_softmax(s, d, 20.0), mgan::dual_softmax(s, d, 0.001),
                            mgan::dual_softmax(s, ScoreView<float>{large, 2, 2}, d, 0.001), mgan::Sinkhorn{0.01, 5}(s)})
      for (const float x : out) CHECK(std::isfinite(x));
  }
  CHECK(mgan::inverted_softmax(s, Direction::text_to_image, 20.0)[0] == Approx(0.0).margin(1e-6));
}

TEST_CASE("a correction from blocks is that of the matrix, in any order", "[metrics]") {
  const Scores<float> s(7, 11, 5, 4), bank(7, 6, 6, 4);
  const auto expected = mgan::csls(s.view(), bank.view(), Direction::text_to_image, 3);
  const auto normalized = mgan::query_bank_normalization(s.view(), bank.view(), Direction::text_to_image, 10.0, 1);
  const auto each_block = [](const Scores<float>& m, std::int64_t step, const auto& f) {
    for (std::int64_t t = m.texts - 1; t >= 0; t -= step) {
      for (std::int64_t i = 0; i < m.images; i += 2) {
        std::vector<std::int64_t> images, texts;
        for (std::int64_t a = i; a < std::min(m.images, i + 2); ++a) images.push_back(a);
        for (std::int64_t b = t; b > t - step && b >= 0; --b) texts.push_back(b);
        std::vector<float> values;
        for (const auto a : images)
          for (const auto b : texts) values.push_back(m.values[static_cast<std::size_t>(a * m.texts + b)]);
        f(mgan::ScoreBlock<float>{images, texts, values.data(), static_cast<std::int64_t>(texts.size())});
      }
    }
  };
  const auto run = [&](auto settings, const std::vector<float>& whole) {
    mgan::StreamingCorrection<decltype(settings), float> stream(settings, Direction::text_to_image, 7, 11, 6);
    CHECK_FALSE(stream.transductive());
    each_block(bank, 4, [&](const auto& block) { stream.bank(block); });
    each_block(s, 3, [&](const auto& block) { stream.add(block); });
    stream.finish();
    each_block(s, 5, [&](const auto& block) {
      const std::vector<float> some = stream(block);
      for (std::size_t r = 0; r < block.images.size(); ++r)
        for (std::size_t c = 0; c < block.texts.size(); ++c)
          CHECK(some[r * block.texts.size() + c] ==
                Approx(whole[static_cast<std::size_t>(block.images[r] * 11 + block.texts[c])]).margin(1e-6));
    });
  };
  run(mgan::Csls{3}, expected);
  run(mgan::QueryBankNormalization{10.0, 1}, normalized.scores);
}

TEST_CASE("what a correction cannot take is named", "[metrics]") {
  const Scores<float> s(3, 4, 1);
  const Scores<float> wide(2, 4, 1), empty(3, 0, 1);
  CHECK_THAT(message([&] { mgan::csls(s.view(), 0); }), ContainsSubstring("csls: k is 0, expected 1 or more"));
  CHECK_THAT(message([&] { mgan::inverted_softmax(s.view(), Direction::text_to_image, -1.0); }),
             ContainsSubstring("inverted_softmax: beta, or 1 / temperature, is -1, expected > 0"));
  CHECK_THAT(message([&] { mgan::csls(s.view(), wide.view(), Direction::text_to_image); }),
             ContainsSubstring("csls: the bank is (2, 4), of 2 images; the scores are of 3"));
  CHECK_THAT(message([&] { mgan::csls(s.view(), empty.view(), Direction::text_to_image); }),
             ContainsSubstring("3 images and 0 texts, expected at least one of each"));
  std::vector<float> bad = s.values;
  bad[6] = INFINITY;
  CHECK_THAT(message([&] {
               mgan::dual_softmax(ScoreView<float>{bad, 3, 4}, Direction::text_to_image);
             }),
             ContainsSubstring("dual_softmax: the score of image 1 and text 2 is inf"));
  bad[6] = NAN;
  CHECK_THAT(message([&] {
               mgan::Sinkhorn{}(ScoreView<float>{bad, 3, 4});
             }),
             ContainsSubstring("the score of image 1 and text 2 is NaN"));
  mgan::StreamingCorrection<mgan::Csls, float> stream(mgan::Csls{}, Direction::text_to_image, 3, 4);
  CHECK_THAT(message([&] { stream.finish(); }), ContainsSubstring("csls: 0 pairs were given, expected 12"));
  const mgan::WholeBlock<float> whole(s.values, 3, 4);
  CHECK_THAT(message([&] { stream(whole.block()); }), ContainsSubstring("corrected before all scores have come"));
  CHECK_THAT(message([&] { stream.bank(whole.block()); }), ContainsSubstring("the queries are the bank"));
}
