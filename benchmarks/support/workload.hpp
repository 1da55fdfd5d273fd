// The workload of the scoring benchmarks, from a seed: unit vectors with topics, captions of mean 14 words.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace bench {

inline constexpr std::uint64_t seed = 20260101;

struct Workload {
  std::int64_t images, texts, patches, longest, width;  // I, T, K, L, D
  double temperature;
  double mean_words;
  std::vector<std::int64_t> lengths;  // (T), mean_words on average with a deviation of 2.5
  std::vector<float> rows;            // (I, K, D)
  std::vector<float> words;           // (T, L, D): all L are vectors; what lies behind a length is for padded rows
  std::vector<float> A1, A2, A3, A4;  // (L, L), (K, K), (K, K), (L, L): near the identity

  std::int64_t real_words() const { return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}); }
};

/// Unit vectors: one of 64 topics, weighted 0.3 to 0.8, and uniform noise.
inline std::vector<float> unit_vectors(std::int64_t count, std::int64_t width, std::uint64_t stream) {
  std::mt19937_64 draw(seed);
  std::uniform_real_distribution<float> uniform(-1.7f, 1.7f);
  std::vector<float> topics(static_cast<std::size_t>(64 * width)), out(static_cast<std::size_t>(count * width));
  for (float& x : topics) x = uniform(draw);
  std::uint64_t state = seed + 0x9E3779B97F4A7C15ull * (stream + 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto next = [&state] {  // xorshift
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      return state;
    };
    float* v = out.data() + i * width;
    const float* topic = topics.data() + static_cast<std::int64_t>(next() % 64) * width;
    const float weight = 0.3f + 0.5f * static_cast<float>(next() % 1000) / 1000;
    double square = 0;
    for (std::int64_t d = 0; d < width; ++d) {
      v[d] = weight * topic[d] + static_cast<float>(static_cast<std::int64_t>(next() >> 40) - (1 << 23)) * 2e-7f;
      square += static_cast<double>(v[d]) * v[d];
    }
    const auto scale = static_cast<float>(1 / std::sqrt(square));
    for (std::int64_t d = 0; d < width; ++d) v[d] *= scale;
  }
  return out;
}

inline Workload make_workload(std::int64_t images, std::int64_t texts, std::int64_t patches, std::int64_t longest,
                              std::int64_t width, double mean_words = 14, double temperature = 0.01) {
  Workload w{images, texts, patches, longest, width, temperature, mean_words, {}, {}, {}, {}, {}, {}, {}};
  std::mt19937_64 draw(seed);
  std::normal_distribution<double> normal;
  for (std::int64_t t = 0; t < texts; ++t) {
    const std::int64_t n = std::lround(mean_words + 2.5 * normal(draw));
    w.lengths.push_back(std::clamp<std::int64_t>(n, std::min<std::int64_t>(3, longest), longest));
  }
  const auto near_identity = [&](std::int64_t n) {
    std::vector<float> a(static_cast<std::size_t>(n * n));
    for (std::int64_t i = 0; i < n * n; ++i)
      a[static_cast<std::size_t>(i)] = (i % (n + 1) == 0 ? 1.0f : 0.0f) + 0.02f * static_cast<float>(normal(draw));
    return a;
  };
  w.A1 = near_identity(longest);
  w.A2 = near_identity(patches);
  w.A3 = near_identity(patches);
  w.A4 = near_identity(longest);
  w.rows = unit_vectors(images * patches, width, 1);
  w.words = unit_vectors(texts * longest, width, 2);
  return w;
}

/// Captions sorted by length, cut into chunks of `chunk`; slice s of `slices` is every slices-th chunk, so that each
/// slice is a fair sample and its chunks are as even as those of the whole.
inline std::vector<std::vector<std::int64_t>> sorted_chunks(const Workload& w, std::int64_t chunk, int slice,
                                                            int slices) {
  std::vector<std::int64_t> order(w.lengths.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return w.lengths[static_cast<std::size_t>(a)] < w.lengths[static_cast<std::size_t>(b)];
  });
  std::vector<std::vector<std::int64_t>> chunks;
  const auto total = static_cast<std::int64_t>(order.size());
  for (std::int64_t begin = slice * chunk; begin < total; begin += chunk * slices)
    chunks.emplace_back(order.begin() + begin, order.begin() + std::min(begin + chunk, total));
  return chunks;
}

}  // namespace bench
