// Random problems of the kernels' tests: unit rows, ragged captions, weights; threads to run them on.
#pragma once

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "mgan/kernels/cpu/score/sweep.hpp"
#include "tests/reference/patch_alignment.hpp"
#include "tests/support/random.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace kernel_problem {

using namespace mgan::kernels;
using reference::Array;
using support::Random;

inline std::vector<float> floats(const Array& x) { return {x.values.begin(), x.values.end()}; }

/// Rows of unit length in single precision, and the same numbers in double.
struct Rows {
  std::vector<float> single;
  Array numbers;
};
inline Rows unit_rows(Random& random, std::vector<reference::Index> shape) {
  Array x = random.normal(shape);
  const auto width = static_cast<std::size_t>(shape.back());
  for (std::size_t first = 0; first < x.values.size(); first += width) {
    double square = 0;
    for (std::size_t d = 0; d < width; ++d) square += x.values[first + d] * x.values[first + d];
    for (std::size_t d = 0; d < width; ++d) x.values[first + d] /= std::sqrt(square);
  }
  Rows rows{floats(x), x};
  rows.numbers.values.assign(rows.single.begin(), rows.single.end());
  return rows;
}

inline const auto serial = [](std::int64_t n, const auto& f) { f(std::int64_t{0}, n); };
/// Three threads, uneven ranges.
inline const auto threads = [](std::int64_t n, const auto& f) {
  const std::int64_t a = n / 5, b = n / 2;
  std::thread first([&] { f(std::int64_t{0}, a); }), second([&] { f(a, b); });
  f(b, n);
  first.join();
  second.join();
};

struct Problem {
  std::int64_t I, T, K, L, D;
  Rows patches, words;
  mgan::List<std::int64_t> lengths;
  std::vector<Array> A;

  Problem(std::uint64_t seed, std::int64_t images, std::int64_t texts, std::int64_t k, std::int64_t l, std::int64_t d)
      : I(images), T(texts), K(k), L(l), D(d) {
    Random random(seed);
    patches = unit_rows(random, {I, K, D});
    words = unit_rows(random, {T, L, D});
    for (std::int64_t t = 0; t < T; ++t) lengths.push_back(1 + (5 * t + 3) % L);
    for (const std::int64_t n : {L, K, K, L}) {
      A.push_back(random.normal({n, n}));
      for (double& a : A.back().values) a *= 0.2;
      for (std::int64_t i = 0; i < n; ++i) A.back().values[static_cast<std::size_t>(i * n + i)] += 1;
      for (double& a : A.back().values) a = static_cast<float>(a);
    }
  }

  PackedImages images(std::int64_t first, std::int64_t count) const {
    return pack_images(image_rows(patches.single.data() + first * K * D, count, K, D));
  }
  /// Words behind a length are NaN: they must not be read into a number.
  std::vector<float> poisoned() const {
    std::vector<float> numbers = words.single;
    for (std::int64_t t = 0; t < T; ++t)
      for (std::int64_t l = lengths[t]; l < L; ++l)
        for (std::int64_t d = 0; d < D; ++d) numbers[static_cast<std::size_t>((t * L + l) * D + d)] = NAN;
    return numbers;
  }
  PackedTexts texts(std::int64_t first, std::int64_t count, std::int64_t words_a_block) const {
    const std::vector<float> numbers = poisoned();
    return pack_texts(padded_words(numbers.data() + first * L * D,
                                   {lengths.begin() + first, lengths.begin() + first + count}, D, L * D, D),
                      words_a_block);
  }
};

inline double worst_difference(const std::vector<float>& scores, const Array& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double error = std::abs(scores[i] - expected.values[i]);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

}  // namespace kernel_problem
