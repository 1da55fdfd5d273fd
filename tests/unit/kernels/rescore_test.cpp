// Error bounds of products and scores, fp32 scores of listed pairs, and a low-precision sweep with a rescore.
#include "mgan/kernels/cpu/score/rescore.hpp"

#include <numeric>

#include "mgan/kernels/cpu/epilogue/interaction/error.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/error.hpp"
#include "mgan/kernels/cpu/product/error.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random.hpp"

using namespace mgan::kernels;
using mgan::List;
using support::Random;

namespace {

const auto serial = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };
using Numbers = std::vector<float>;

Numbers normal(Random& random, std::int64_t rows, std::int64_t width, bool unit) {
  Numbers all;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto x = random.normal({width}).values;
    double square = 0;
    for (const double v : x) square += v * v;
    for (const double v : x) all.push_back(static_cast<float>(unit ? v / std::sqrt(square) : v));
  }
  return all;
}

/// Every product of one-row images with one-word captions, in fp32 and in the format: never further apart than the
/// bound. Returns the largest share of a bound that an error reached.
template <class Format>
double worst_share(const Numbers& rows, const Numbers& words, std::int64_t D) {
  const auto I = static_cast<std::int64_t>(rows.size()) / D, T = static_cast<std::int64_t>(words.size()) / D;
  const MaximaEpilogue first{1, 0, false};
  const WordRows word_rows = joined_words(words.data(), List<std::int64_t>::of(T, 1), D);
  Numbers exact(static_cast<std::size_t>(I * T)), low(exact.size());
  const ImageRows image_at = image_rows(rows.data(), I, 1, D);
  sweep(pack_images(image_at), pack_texts(word_rows, 24), first, {exact.data(), T}, serial);
  const auto images = pack_images<Format>(image_at);
  const auto texts = pack_texts<Format>(word_rows, 24);
  sweep(images, texts, first, {low.data(), T}, serial);
  double worst = 0;
  for (std::int64_t i = 0; i < I; ++i)
    for (const TextBlock& block : texts.blocks)
      for (std::int64_t t = block.begin; t < block.end; ++t) {
        const double bound = product_error(largest_row(images, i), largest_word(texts, block, t), D);
        const auto at = static_cast<std::size_t>(i * T + t);
        const double error = std::abs(static_cast<double>(exact[at]) - static_cast<double>(low[at]));
        INFO("image " << i << ", caption " << t << ", D " << D << ": " << error << ", bound " << bound);
        if (!(error <= bound)) CHECK(error <= bound);
        if (error > 0) worst = std::max(worst, error / bound);
      }
  return worst;
}

struct Problem {
  std::int64_t I = 90, T = 130, K = 5, L = 9, D = 40;
  Numbers rows, words, A;
  List<std::int64_t> lengths;

  explicit Problem(std::uint64_t seed) {
    Random random(seed);
    rows = normal(random, I * K, D, true);
    words = normal(random, T * L, D, true);
    A = normal(random, 9, 9, false);
    for (float& a : A) a *= 0.2f;
    for (std::size_t i = 0; i < 9; ++i) A[i * 10] += 1;
    for (std::int64_t t = 0; t < T; ++t) lengths.push_back(1 + (5 * t + 3) % L);
  }
  InteractionEpilogue interaction(float temperature) const {
    return {A.data(), A.data(), A.data() + 9, A.data(), L, temperature};
  }
  ImageRows image_rows() const { return mgan::kernels::image_rows(rows.data(), I, K, D); }
  WordRows word_rows() const { return padded_words(words.data(), lengths, D, L * D, D); }
  template <class Format, class Epilogue>
  Numbers scores(const Epilogue& epilogue, Target target = best_target<Format>()) const {
    Numbers s(static_cast<std::size_t>(I * T));
    sweep(pack_images<Format>(image_rows()), pack_texts<Format>(word_rows(), 60), epilogue, {s.data(), T}, serial,
          target);
    return s;
  }
  template <class Epilogue>
  void rescore(Numbers& s, const std::vector<Pair>& list, const Epilogue& epilogue,
               Target target = best_target()) const {
    Numbers exact(list.size());
    pair_scores(list_images(image_rows()), list_texts(word_rows()), epilogue, list, exact.data(), serial, target);
    place(list, exact.data(), s.data(), T);
  }
};

/// The indices of the ten largest, best first; of equals the first.
std::vector<std::int64_t> first_ten(const Numbers& s, std::int64_t first, std::int64_t step, std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return s[static_cast<std::size_t>(first + a * step)] > s[static_cast<std::size_t>(first + b * step)];
  });
  order.resize(10);
  return order;
}

template <class Epilogue>
double worst_error_share(const Problem& p, const Epilogue& epilogue) {
  const auto check = [&](auto format) {
    using Format = decltype(format);
    const Numbers exact = p.scores<Fp32>(epilogue), low = p.scores<Format>(epilogue);
    const RowSize x = largest_row(pack_images<Format>(p.image_rows())),
                  w = largest_word(pack_texts<Format>(p.word_rows(), 60));
    const double bound = score_error(epilogue, p.K, p.L, product_error(x, w, p.D), x.norm * w.norm);
    double worst = 0;
    for (std::size_t i = 0; i < low.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(exact[i]) - static_cast<double>(low[i])) / bound);
    return worst;
  };
  return std::max(check(Bf16{}), check(Int8{}));
}

}  // namespace

TEST_CASE("No product leaves its bound: random rows", "[kernels]") {
  Random random(3);
  for (const std::int64_t D : {1, 2, 5, 16, 129, 1000}) {
    for (const bool unit : {true, false}) {
      const Numbers rows = normal(random, 33, D, unit), words = normal(random, 40, D, unit);
      const double bf16 = worst_share<Bf16>(rows, words, D), int8 = worst_share<Int8>(rows, words, D);
      CHECK(bf16 <= 1);
      CHECK(int8 <= 1);
      if (D > 1) CHECK(std::min(bf16, int8) > 0.005);  // a bound of the right size
    }
  }
}

TEST_CASE("No product leaves its bound: rows made to be rounded badly", "[kernels]") {
  for (const std::int64_t D : {1, 2, 3, 24, 500}) {
    std::vector<Numbers> kinds;
    const auto kind = [&](const auto& f) {
      Numbers row;
      for (std::int64_t d = 0; d < D; ++d) row.push_back(static_cast<float>(f(d)));
      kinds.push_back(row);
    };
    kind([](auto) { return 1 + 0x1p-8; });                         // ties of bf16, all down
    kind([](auto) { return 1 + 0x3p-8; });                         // all up
    kind([](auto) { return 1 + 0x1p-8 + 0x1p-23; });               // the worst of bf16
    kind([](auto d) { return (d % 2 ? -1 : 1) * (1 + 0x1p-8); });  // signs
    kind([](auto d) { return d == 0 ? 127.0 : 0.4999; });          // int8: everything but one lost
    kind([](auto d) { return d == 0 ? 127.0 : 0.5001; });          // and everything doubled
    kind([](auto d) { return d == 0 ? 1.0 : 1e-4; });
    kind([](auto d) { return std::ldexp(1.37, static_cast<int>(d % 40) - 30); });
    kind([](auto) { return 0.0; });
    kind([](auto) { return 1e-30; });
    kind([](auto) { return -1e15; });
    kind([](auto d) { return d % 2 ? 1e8 : -1e8; });  // cancels
    kind([](auto) { return 1e-44; });                 // subnormal
    kind([](auto) { return 0x1p-51; });               // bf16 has it as zero
    Numbers all;
    for (const Numbers& row : kinds) all.insert(all.end(), row.begin(), row.end());
    CHECK(worst_share<Bf16>(all, all, D) <= 1);
    CHECK(worst_share<Int8>(all, all, D) <= 1);
  }
}

TEST_CASE("No score leaves its bound", "[kernels]") {
  for (const std::uint64_t seed : {1u, 2u}) {
    const Problem p(seed);
    CHECK(worst_error_share(p, MaximaEpilogue{}) <= 1);
    CHECK(worst_error_share(p, MaximaEpilogue{1, 0, false}) <= 1);
    for (const float temperature : {10.0f, 1.0f, 0.1f, 0.01f})
      CHECK(worst_error_share(p, p.interaction(temperature)) <= 1);
  }
}

TEST_CASE("Listed pairs have the bits of the fp32 sweep, on every target", "[kernels]") {
  const Problem p(7);
  Random random(11);
  std::vector<Pair> list;
  for (std::int64_t t = 0; t < p.T; ++t) {  // none, one, 16, 17 and more images
    const std::int64_t count = std::vector<std::int64_t>{0, 1, 16, 17, 40}[static_cast<std::size_t>(t % 5)];
    for (std::int64_t j = 0; j < count; ++j)
      list.push_back({static_cast<std::int32_t>((t * 7 + j * 2) % p.I), static_cast<std::int32_t>(t)});
  }
  for (const Target target : targets()) {
    const auto check = [&](const auto& epilogue) {
      const Numbers whole = p.scores<Fp32>(epilogue, target);
      Numbers some(whole.size(), NAN), expected(whole.size(), NAN);
      p.rescore(some, list, epilogue, target);
      for (const Pair& pair : list) {
        const auto at = static_cast<std::size_t>(pair.image * p.T + pair.text);
        expected[at] = whole[at];
      }
      CHECK(std::memcmp(some.data(), expected.data(), some.size() * sizeof(float)) == 0);
    };
    check(p.interaction(0.1f));
    check(MaximaEpilogue{});
  }
}

TEST_CASE("Pair by pair or in groups of 16: the same bits for odd sizes; low precision within its bound", "[kernels]") {
  Random random(5);
  const auto size = [&](std::int64_t most) {
    return 1 + std::min(most - 1, static_cast<std::int64_t>(std::abs(random.normal({1}).values[0]) / 2.5 *
                                                            static_cast<double>(most)));
  };
  for (int trial = 0; trial < 60; ++trial) {
    const std::int64_t I = size(35), T = size(12), K = size(37), L = size(53), D = size(40);
    INFO("I " << I << ", T " << T << ", K " << K << ", L " << L << ", D " << D);
    const Numbers rows = normal(random, I * K, D, true), words = normal(random, T * L, D, true);
    const Numbers A = normal(random, std::max(K, L), std::max(K, L), false);
    List<std::int64_t> lengths;
    for (std::int64_t t = 0; t < T; ++t) lengths.push_back(1 + (5 * t + 3) % L);
    const InteractionEpilogue epilogue{A.data(), A.data(), A.data(), A.data(), L, 0.3f};
    const ImageRows image_at = image_rows(rows.data(), I, K, D);
    const WordRows words_at = padded_words(words.data(), lengths, D, L * D, D);
    const auto images = list_images(image_at);
    const auto texts = list_texts(words_at);
    const auto swept = [&](auto format, Target target) {
      using Format = decltype(format);
      Numbers s(static_cast<std::size_t>(I * T), NAN);
      sweep(pack_images<Format>(image_at), pack_texts<Format>(words_at, 40), epilogue, {s.data(), T}, serial, target);
      return s;
    };
    for (const Target target : targets()) {
      Numbers pairs(static_cast<std::size_t>(I * T), NAN);
      sweep_pairs(images, texts, epilogue, pairs.data(), T, serial, target);
      const Numbers whole = swept(Fp32{}, target);
      CHECK(std::memcmp(pairs.data(), whole.data(), whole.size() * sizeof(float)) == 0);
    }
    const Numbers exact = swept(Fp32{}, best_target());
    const auto check = [&](auto format) {
      using Format = decltype(format);
      const Numbers low = swept(format, best_target<Format>());
      const RowSize x = largest_row(pack_images<Format>(image_at));
      const RowSize w = largest_word(pack_texts<Format>(words_at, 40));
      const double bound = score_error(epilogue, K, L, product_error(x, w, D), x.norm * w.norm);
      double worst = 0;
      for (std::size_t i = 0; i < low.size(); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(exact[i]) - static_cast<double>(low[i])));
      CHECK(worst <= bound);
    };
    check(Bf16{});
    check(Int8{});
  }
}

TEST_CASE("A low-precision sweep and a rescore have the first ten of fp32", "[kernels]") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Problem p(seed);
    const auto check = [&](const auto& epilogue, auto format) {
      using Format = decltype(format);
      const Numbers exact = p.scores<Fp32>(epilogue);
      Numbers s = p.scores<Format>(epilogue);
      const auto list = candidates(s.data(), p.I, p.T, p.T, 32);
      CHECK(list.size() < s.size());
      Numbers few = s;
      p.rescore(s, list, epilogue);
      for (std::int64_t i = 0; i < p.I; ++i) CHECK(first_ten(s, i * p.T, 1, p.T) == first_ten(exact, i * p.T, 1, p.T));
      for (std::int64_t t = 0; t < p.T; ++t) CHECK(first_ten(s, t, p.T, p.I) == first_ten(exact, t, p.T, p.I));

      // In two rounds: fewer pairs, the same first ten.
      const auto rescored = rescore_first(
          p.I, p.T, p.T, 10, 32, [&] { return std::vector<const float*>{few.data()}; },
          [&](const std::vector<Pair>& some) { p.rescore(few, some, epilogue); });
      CHECK(rescored.size() < list.size());
      for (std::int64_t i = 0; i < p.I; ++i)
        CHECK(first_ten(few, i * p.T, 1, p.T) == first_ten(exact, i * p.T, 1, p.T));
      for (std::int64_t t = 0; t < p.T; ++t) CHECK(first_ten(few, t, p.T, p.I) == first_ten(exact, t, p.T, p.I));
    };
    check(p.interaction(1), Bf16{});
    check(p.interaction(1), Int8{});
    check(p.interaction(0.1f), Bf16{});
    check(MaximaEpilogue{}, Bf16{});
    check(MaximaEpilogue{}, Int8{});
  }
}

TEST_CASE("Candidates are the largest of rows and columns; certainty is what the bound allows", "[kernels]") {
  const Numbers s{0.9f, 0.1f, 0.2f,  //
                  0.8f, 0.7f, 0.3f,  //
                  0.0f, 0.6f, 0.5f};
  using Pairs = std::vector<Pair>;
  const Pairs list = candidates(s.data(), 3, 3, 3, 1);
  CHECK(list == Pairs{{0, 0}, {1, 0}, {1, 1}, {2, 1}, {2, 2}});
  // Of the second places those within the margin of the first: 0.7 of row 1 and the rows and columns with 0.1 or less.
  const auto within = [&](double margin) { return candidates({{s.data(), margin}}, 3, 3, 3, 1, 2); };
  CHECK(within(0.05) == list);
  CHECK(within(0.15) == list);  // 0.8 below 0.9, 0.7 below 0.8, 0.6 below 0.7, 0.5 below 0.6: all are listed
  CHECK(within(0.25) == Pairs{{0, 0}, {1, 0}, {1, 1}, {2, 1}, {1, 2}, {2, 2}});  // 0.3 below 0.5
  const Numbers with_nan{NAN, 0.2f, NAN, NAN, 0.5f, 0.1f, NAN, 0.3f, 0.2f};
  CHECK(candidates(with_nan.data(), 3, 3, 3, 1) == Pairs{{0, 1}, {1, 1}, {2, 1}, {2, 2}});
  // Row 1 knows columns 0 and 1, its third entry is 0.3: certain of the first place below an error of 0.5.
  const auto certain = [&](std::int64_t places, double error) {
    const Certain c = certain_queries(s.data(), 3, 3, 3, list, places, error);
    return std::pair{c.images, c.texts};
  };
  CHECK(certain(1, 0.45) == std::pair<std::int64_t, std::int64_t>{3, 2});
  CHECK(certain(1, 0.55) == std::pair<std::int64_t, std::int64_t>{2, 2});
  CHECK(certain(1, 0.15) == std::pair<std::int64_t, std::int64_t>{3, 3});
  CHECK(certain(1, 2) == std::pair<std::int64_t, std::int64_t>{0, 0});
  CHECK(certain(2, 0.1) == std::pair<std::int64_t, std::int64_t>{2, 2});
  CHECK(certain(3, 0.1) == std::pair<std::int64_t, std::int64_t>{0, 0});
  const Pairs all = candidates(s.data(), 3, 3, 3, 5);
  CHECK(all.size() == 9);
  CHECK(certain_queries(s.data(), 3, 3, 3, all, 10, 9).texts == 3);
  CHECK_THROWS_WITH(candidates(s.data(), 3, 3, 3, 0), "candidates: 0 places of the first 0");
}
