// Images, captions and base scores for pruning, random or hard on purpose, and brute force over the sweep's scores.
#pragma once

#include <thread>

#include "mgan/fused/bounded_block.hpp"
#include "tests/support/random.hpp"

namespace pruning {

using namespace mgan::kernels;
using support::Random;

inline const auto serial = [](std::int64_t n, const auto& f) {
  if (n > 0) f(std::int64_t{0}, n);
};
inline const auto threads = [](std::int64_t n, const auto& f) {
  const std::int64_t half = n / 2;
  std::thread other([&] { f(std::int64_t{0}, half); });
  f(half, n);
  other.join();
};

enum class Kind { random, trained, duplicates, ties, zeros };
inline constexpr Kind kinds[] = {Kind::random, Kind::trained, Kind::duplicates, Kind::ties, Kind::zeros};

struct Problem {
  std::int64_t I, T, K, L, D;
  std::vector<float> images, words, base;
  mgan::List<std::int64_t> lengths;
  std::vector<std::int64_t> owner, first;
  std::vector<std::vector<float>> A;

  Problem(Kind kind, std::uint64_t seed, std::int64_t n_images, std::int64_t per_image, std::int64_t k, std::int64_t l,
          std::int64_t d)
      : I(n_images), T(n_images * per_image), K(k), L(l), D(d) {
    Random random(seed);
    const auto draw = [&](std::int64_t n) {
      const auto x = random.normal({n}).values;
      return std::vector<float>(x.begin(), x.end());
    };
    images = draw(I * K * D);
    std::int64_t total = 0;
    for (std::int64_t t = 0; t < T; ++t) {
      lengths.push_back(1 + (7 * t + 3) % L);
      first.push_back(total);
      owner.push_back(t % I);
      total += lengths.back();
    }
    words = draw(total * D);
    base = draw(I * T);
    for (float& b : base) b *= 0.3f;
    if (kind == Kind::trained) {  // rows of one sample alike, energy in the first dimensions
      const auto shared = draw(D);
      const auto alike = [&](std::vector<float>& x, std::int64_t rows) {
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t j = 0; j < D; ++j) {
            float& v = x[static_cast<std::size_t>(r * D + j)];
            v = v / static_cast<float>(1 + j) + 0.5f * shared[static_cast<std::size_t>(j)];
          }
      };
      alike(images, I * K);
      alike(words, total);
    }
    normalise(images);
    normalise(words);
    if (kind == Kind::duplicates) {  // whole images twice, and base scores that do not tell them apart
      for (std::int64_t i = 1; i < I; i += 2)
        std::copy_n(&images[static_cast<std::size_t>((i - 1) * K * D)], K * D,
                    &images[static_cast<std::size_t>(i * K * D)]);
      for (std::int64_t t = 0; t < T; ++t)
        for (std::int64_t i = 0; i < I; ++i) base[static_cast<std::size_t>(i * T + t)] = 0.25f;
    }
    if (kind == Kind::ties) {  // near ties: base scores on a grid of ulps
      for (std::size_t p = 0; p < base.size(); ++p) base[p] = 0.5f + 6e-8f * static_cast<float>(p % 5);
      for (std::size_t p = 0; p < images.size(); ++p) images[p] = images[p % static_cast<std::size_t>(3 * K * D)];
    }
    if (kind == Kind::zeros) {
      std::fill(images.begin(), images.begin() + 3 * K * D, 0.0f);
      std::fill(words.begin(), words.begin() + 4 * D, 0.0f);
    }
    for (const std::int64_t n : {L, K, K, L}) {
      A.push_back(draw(n * n));
      for (float& a : A.back()) a *= 0.1f;
      for (std::int64_t j = 0; j < n; ++j) A.back()[static_cast<std::size_t>(j * n + j)] += 1;
    }
  }

  ImageRows image_rows() const { return mgan::kernels::image_rows(images.data(), I, K, D); }
  WordRows word_rows() const { return joined_words(words.data(), lengths, D); }

  template <class Epilogue>
  std::vector<float> brute(const Epilogue& epilogue, float weight) const {
    std::vector<float> scores(static_cast<std::size_t>(I * T));
    sweep(pack_images(image_rows()), pack_texts(word_rows(), block_words(K)), epilogue, {scores.data(), T}, serial);
    for (std::size_t p = 0; p < scores.size(); ++p) scores[p] = mgan::combined(base[p], weight, scores[p]);
    return scores;
  }

  InteractionEpilogue interaction(double temperature) const {
    return {A[0].data(), A[1].data(), A[2].data(), A[3].data(), L, static_cast<float>(temperature)};
  }

 private:
  void normalise(std::vector<float>& x) const {
    for (std::size_t r = 0; r < x.size(); r += static_cast<std::size_t>(D)) {
      float sum = 0;
      for (std::size_t d = 0; d < static_cast<std::size_t>(D); ++d) sum += x[r + d] * x[r + d];
      for (std::size_t d = 0; d < static_cast<std::size_t>(D); ++d) x[r + d] /= std::sqrt(sum);
    }
  }
};

}  // namespace pruning
