// The fused sweep against the naive loops, at every level of instructions that this machine has.
#include "mgan/kernels/cpu/score/sweep.hpp"

#include <algorithm>

#include "tests/reference/plain_aggregation.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/kernels/problem.hpp"

using namespace kernel_problem;

TEST_CASE("The fused interaction is the naive loop's for odd sizes", "[kernels]") {
  struct Size {
    std::int64_t I, T, K, L, D;
  };
  for (const auto& [I, T, K, L, D] : {Size{1, 1, 1, 1, 1}, Size{17, 5, 3, 4, 7}, Size{33, 23, 16, 9, 32},
                                      Size{15, 2, 5, 40, 3}, Size{16, 31, 49, 6, 12}}) {
    for (const double temperature : {1.0, 0.1, 0.01}) {
      const Problem p(static_cast<std::uint64_t>(I + K), I, T, K, L, D);
      const reference::PatchAlignment loops{p.A[0], p.A[1], p.A[2], p.A[3], temperature};
      const Array expected = reference::patch_alignment(loops, p.patches.numbers, p.words.numbers, p.lengths).scores;
      const auto A1 = floats(p.A[0]), A2 = floats(p.A[1]), A3 = floats(p.A[2]), A4 = floats(p.A[3]);
      const InteractionEpilogue epilogue{A1.data(), A2.data(), A3.data(),
                                         A4.data(), L,         static_cast<float>(temperature)};
      for (const Target target : targets()) {
        std::vector<float> scores(static_cast<std::size_t>(I * T));
        sweep(p.images(0, I), p.texts(0, T, 20), epilogue, {scores.data(), T}, serial, target);
        INFO(name_of(target) << ", I " << I << ", K " << K << ", L " << L << ", temperature " << temperature);
        CHECK(worst_difference(scores, expected) < (temperature > 0.05 ? 2e-6 : 1e-4));
      }
    }
  }
}

TEST_CASE("The fused maxima are the naive loop's", "[kernels]") {
  const Problem p(5, 19, 11, 6, 8, 10);
  const Array expected = reference::plain_aggregation(p.patches.numbers, p.words.numbers, p.lengths);
  for (const Target target : targets()) {
    std::vector<float> scores(19 * 11);
    sweep(p.images(0, 19), p.texts(0, 11, 24), MaximaEpilogue{}, {scores.data(), 11}, serial, target);
    CHECK(worst_difference(scores, expected) < 1e-6);
  }
}

TEST_CASE("Scores are the same bits for any threads, blocks and subsets", "[kernels]") {
  const Problem p(9, 150, 40, 7, 12, 24);
  const auto A1 = floats(p.A[0]), A2 = floats(p.A[1]), A3 = floats(p.A[2]), A4 = floats(p.A[3]);
  const InteractionEpilogue epilogue{A1.data(), A2.data(), A3.data(), A4.data(), 12, 0.1f};
  for (const Target target : targets()) {
    std::vector<float> whole(150 * 40), other(150 * 40), part(31 * 13);
    sweep(p.images(0, 150), p.texts(0, 40, 252), epilogue, {whole.data(), 40}, serial, target);
    for (const std::int64_t words_a_block : {1, 12, 100}) {
      std::fill(other.begin(), other.end(), NAN);
      sweep(p.images(0, 150), p.texts(0, 40, words_a_block), epilogue, {other.data(), 40}, threads, target);
      CHECK(whole == other);
    }
    sweep(p.images(77, 31), p.texts(20, 13, 36), epilogue, {part.data(), 13}, threads, target);
    bool same = true;
    for (std::size_t i = 0; i < 31; ++i)
      for (std::size_t t = 0; t < 13; ++t) same = same && part[i * 13 + t] == whole[(77 + i) * 40 + 20 + t];
    CHECK(same);
  }
}

TEST_CASE("A saturated interaction is exactly its largest entry", "[kernels]") {
  // exp2(0) is 1 and the weights are divided by their sum: no rounding may creep in.
  std::vector<float> image(4 * 8, 0.0f), words(3 * 8, 0.0f);
  for (int k = 0; k < 4; ++k) image[static_cast<std::size_t>(k * 8 + k)] = 1;
  for (int l = 0; l < 3; ++l) words[static_cast<std::size_t>(l * 8 + l)] = 1;
  std::vector<float> A3(9, 0.0f), A4(16, 0.0f);
  for (std::size_t i = 0; i < 3; ++i) A3[4 * i] = 1;
  for (std::size_t i = 0; i < 4; ++i) A4[5 * i] = 1;
  const InteractionEpilogue epilogue{A3.data(), A4.data(), A4.data(), A3.data(), 3, 0.001f};
  for (const Target target : targets()) {
    float score = 0;
    const float *from = image.data(), *words_from = words.data();
    sweep(pack_images(image_rows(from, 1, 4, 8)), pack_texts(joined_words(words_from, {3}, 8), 12), epilogue,
          {&score, 1}, serial, target);
    CHECK(score == 1.0f);
  }
}

TEST_CASE("Nothing to score, and what cannot be scored", "[kernels]") {
  std::vector<float> rows(16, 1.0f);
  const float* const from = rows.data();
  const auto one = pack_images(image_rows(from, 1, 2, 8));
  const auto words = [&](mgan::List<std::int64_t> lengths, std::int64_t width) {
    return pack_texts(padded_words(from, std::move(lengths), width, 8, 8), 12);
  };
  sweep(one, words({}, 8), MaximaEpilogue{}, {rows.data(), 0}, serial);
  sweep(pack_images(image_rows(from, 0, 2, 8)), words({2}, 8), MaximaEpilogue{}, {rows.data(), 1}, serial);
  CHECK(std::all_of(rows.begin(), rows.end(), [](float x) { return x == 1.0f; }));
  CHECK_THROWS_WITH(words({1, 0}, 8), "word rows: caption 1 has 0 words");
  CHECK_THROWS_WITH(sweep(one, words({1}, 4), MaximaEpilogue{}, {rows.data(), 1}, serial),
                    "sweep: images of width 8, captions of width 4");
  const auto deep = pack_texts(joined_words(from, {1}, 8), 16, serially{}, {.panel = 16, .depth = 16});
  CHECK_THROWS_WITH(sweep(one, deep, MaximaEpilogue{}, {rows.data(), 1}, serial, Target::portable),
                    "sweep: words in panels of 16 and 16 units, portable takes 12 and 1");
}
