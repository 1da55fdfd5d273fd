// The fused gradients against the naive loops, dense and sparse, and the naive loops against finite differences.
#include "mgan/kernels/cpu/epilogue/interaction/backward.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/backward.hpp"
#include "mgan/kernels/cpu/gradient/dense_gradient.hpp"
#include "mgan/kernels/cpu/gradient/sparse_gradient.hpp"
#include "tests/reference/numerical_gradient.hpp"
#include "tests/reference/patch_alignment_gradient.hpp"
#include "tests/reference/plain_aggregation_gradient.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/kernels/problem.hpp"

using namespace kernel_problem;

namespace {

/// An upstream gradient (I, T); `share` of its entries are not 0.
Array upstream_of(Random& random, std::int64_t I, std::int64_t T, double share) {
  Array g = random.normal({I, T});
  const Array chosen = random.normal({I, T});
  for (std::size_t i = 0; i < g.values.size(); ++i)
    g.values[i] = std::abs(chosen.values[i]) < 1.2 * share ? static_cast<float>(g.values[i]) : 0;
  return g;
}

struct Gradients {
  std::vector<float> images, words;
  std::vector<double> weights;
};

enum class Way { stored, recomputed, sparse };

template <class Epilogue, class Threads>
Gradients gradients(const Problem& p, const Epilogue& epilogue, const Array& upstream, Way way, Target target,
                    const Threads& parallel_for, std::int64_t slice = slice_bytes) {
  const auto gradient = gradient_of(epilogue);
  const std::vector<float> g = floats(upstream);
  Gradients out{std::vector<float>(p.patches.single.size()), std::vector<float>(p.words.single.size()),
                std::vector<double>(static_cast<std::size_t>(gradient.weights(p.K)))};
  const ImageRows images_at = image_rows(p.patches.single.data(), p.I, p.K, p.D);
  const GradientOutputs to{image_rows(out.images.data(), p.I, p.K, p.D),
                           padded_words(out.words.data(), p.lengths, p.D, p.L * p.D, p.D), out.weights.data()};
  if (way == Way::sparse) {
    const std::vector<float> words = p.poisoned();
    sparse_gradient(images_at, padded_words(words.data(), p.lengths, p.D, p.L * p.D, p.D),
                    touched_pairs(g.data(), p.I, p.T, p.T), gradient, to, parallel_for, target);
    return out;
  }
  const PackedImages images = p.images(0, p.I);
  const PackedTexts texts = p.texts(0, p.T, 30);
  const ImageColumns columns = pack_columns(images_at, parallel_for);
  Buffer kept(ProductLayout{p.K, 0, images.groups()}.size(texts));
  std::vector<float> scores(static_cast<std::size_t>(p.I * p.T));
  if (way == Way::stored) sweep(images, texts, epilogue, {scores.data(), p.T, kept.data()}, parallel_for, target);
  dense_gradient(images, columns, texts, gradient, g.data(), p.T, way == Way::stored ? kept.data() : nullptr, to,
                 parallel_for, target, slice);
  return out;
}

/// The worst difference relative to the largest entry, where that is not almost nothing for an upstream gradient of
/// about 1: a saturated interaction has weights of gradient 1e-20.
template <class Numbers>
double relative(const Numbers& found, const Array& expected) {
  double worst = 0, largest = 1e-4;
  REQUIRE(found.size() == expected.values.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - expected.values[i]);
    if (!(error <= worst)) worst = error;
    largest = std::max(largest, std::abs(expected.values[i]));
  }
  return worst / largest;
}

struct Size {
  std::int64_t I, T, K, L, D;
};
const auto sizes = {Size{1, 1, 1, 1, 1},   Size{17, 5, 3, 4, 7},    Size{33, 23, 16, 9, 32},
                    Size{15, 2, 5, 40, 3}, Size{16, 31, 49, 6, 12}, Size{20, 9, 6, 11, 133}};

}  // namespace

TEST_CASE("The naive gradient of an interaction is the numerical one", "[kernels]") {
  Random random(3);
  const Array c = random.normal({3, 4}), A = random.normal({4, 4}), B = random.normal({3, 3});
  for (const double t : {1.0, 0.3}) {
    const auto score = [&](const Array& x, const Array& a, const Array& b) {
      reference::Vector s;
      for (reference::Index i = 0; i < 3; ++i) s.push_back(reference::similarity_interaction(a, x.row(i), t));
      return 1.5 * reference::similarity_interaction(b, s, t);
    };
    Array dA({4, 4}), dB({3, 3});
    const Array dc = reference::direction_gradient(A, B, c, t, 1.5, dA, dB);
    const auto close = [](const Array& found, const reference::Gradient& numerical) {
      CHECK(relative(found.values, numerical.value) < 1e-7);
    };
    close(dc, reference::numerical_gradient([&](const Array& x) { return score(x, A, B); }, c));
    close(dA, reference::numerical_gradient([&](const Array& a) { return score(c, a, B); }, A));
    close(dB, reference::numerical_gradient([&](const Array& b) { return score(c, A, b); }, B));
  }
}

TEST_CASE("The fused gradient of the interaction is the naive loop's", "[kernels]") {
  for (const auto& [I, T, K, L, D] : sizes) {
    for (const double temperature : {1.0, 0.1, 0.01}) {
      const Problem p(static_cast<std::uint64_t>(I + K), I, T, K, L, D);
      Random random(7);
      const reference::PatchAlignment loops{p.A[0], p.A[1], p.A[2], p.A[3], temperature};
      const auto A1 = floats(p.A[0]), A2 = floats(p.A[1]), A3 = floats(p.A[2]), A4 = floats(p.A[3]);
      const InteractionEpilogue epilogue{A1.data(), A2.data(), A3.data(),
                                         A4.data(), L,         static_cast<float>(temperature)};
      const Array upstream = upstream_of(random, I, T, 1), few = upstream_of(random, I, T, 0.15);
      for (const Array* g : {&upstream, &few}) {
        const auto expected =
            reference::patch_alignment_gradient(loops, p.patches.numbers, p.words.numbers, p.lengths, *g);
        Array weights({2 * (L * L + K * K)});
        weights.values = expected.A1.values;
        for (const Array* A : {&expected.A2, &expected.A3, &expected.A4})
          weights.values.insert(weights.values.end(), A->values.begin(), A->values.end());
        for (const Target target : targets())
          for (const Way way : {Way::stored, Way::recomputed, Way::sparse}) {
            INFO(name_of(target) << ", way " << static_cast<int>(way) << ", I " << I << ", K " << K << ", L " << L
                                 << ", D " << D << ", temperature " << temperature);
            const Gradients found = gradients(p, epilogue, *g, way, target, serial, 40000);
            // A rounding of C grows by 1 / temperature in either softmax.
            const double bound = temperature > 0.05 ? 3e-5 : 1e-3;
            CHECK(relative(found.images, expected.patches) < bound);
            CHECK(relative(found.words, expected.words) < bound);
            CHECK(relative(found.weights, weights) < bound);
          }
      }
    }
  }
}

TEST_CASE("The fused gradient of maxima is the naive loop's", "[kernels]") {
  for (const auto& [I, T, K, L, D] : sizes) {
    const Problem p(static_cast<std::uint64_t>(I + K), I, T, K, L, D);
    Random random(8);
    for (const double share : {1.0, 0.15}) {
      const Array g = upstream_of(random, I, T, share);
      const auto expected = reference::plain_aggregation_gradient(p.patches.numbers, p.words.numbers, p.lengths, g);
      for (const Target target : targets())
        for (const Way way : {Way::stored, Way::recomputed, Way::sparse}) {
          const Gradients found = gradients(p, MaximaEpilogue{}, g, way, target, serial, 40000);
          INFO(name_of(target) << ", way " << static_cast<int>(way) << ", I " << I << ", K " << K << ", L " << L);
          CHECK(relative(found.images, expected.patches) < 3e-6);
          CHECK(relative(found.words, expected.words) < 3e-6);
        }
    }
  }
}

TEST_CASE("Of equal maxima the first has the gradient", "[kernels]") {
  Problem p(4, 3, 2, 4, 5, 6);
  std::fill(p.patches.single.begin(), p.patches.single.end(), 0.5f);
  std::fill(p.words.single.begin(), p.words.single.end(), 0.5f);
  Array g({3, 2});
  for (double& x : g.values) x = 1;
  for (const Target target : targets())
    for (const Way way : {Way::stored, Way::sparse}) {
      const Gradients found = gradients(p, MaximaEpilogue{1, 0, false}, g, way, target, serial);
      // Every real word's maximum is row 0, whose gradient is the sum of the words.
      const auto words = static_cast<float>(p.lengths[0] + p.lengths[1]);
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 4; ++k) CHECK(found.images[(i * 4 + k) * 6] == (k == 0 ? 0.5f * words : 0.0f));
    }
}

TEST_CASE("Gradients are the same bits for any number of threads and size of slices", "[kernels]") {
  const Problem p(9, 150, 40, 7, 12, 24);
  Random random(5);
  const auto A1 = floats(p.A[0]), A2 = floats(p.A[1]), A3 = floats(p.A[2]), A4 = floats(p.A[3]);
  const InteractionEpilogue epilogue{A1.data(), A2.data(), A3.data(), A4.data(), 12, 0.1f};
  const Array upstream = upstream_of(random, 150, 40, 0.6);
  for (const Target target : targets()) {
    for (const Way way : {Way::stored, Way::recomputed, Way::sparse}) {
      const Gradients one = gradients(p, epilogue, upstream, way, target, serial);
      const Gradients three = gradients(p, epilogue, upstream, way, target, threads);
      CHECK(one.images == three.images);
      CHECK(one.words == three.words);
      CHECK(one.weights == three.weights);
    }
    // Products kept or once more: the same numbers.
    const Gradients stored = gradients(p, epilogue, upstream, Way::stored, target, serial);
    const Gradients again = gradients(p, epilogue, upstream, Way::recomputed, target, threads);
    CHECK(stored.images == again.images);
    CHECK(stored.words == again.words);
    CHECK(stored.weights == again.weights);
  }
}
