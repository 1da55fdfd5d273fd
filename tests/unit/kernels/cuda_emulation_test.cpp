// The CUDA kernels' bodies, emulated on the host, against naive loops in double precision. What a GPU adds, and what no
// test here sees: the lanes of a warp at once, its memory, its exp2f.
#include "tests/support/cuda_emulation.hpp"

#include <algorithm>
#include <numeric>

#include "tests/reference/numerical_gradient.hpp"
#include "tests/reference/similarity_interaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random.hpp"

using namespace mgan::kernels::cuda;
using reference::Array;
using reference::Convention;
using support::emulate;
using support::Random;

namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

/// A weight as the kernels read it; what lies behind its n columns is NaN.
struct PackedSquare {
  std::vector<Four> columns, rows;
  int step;

  PackedSquare(const Array& A, Convention convention) : step(static_cast<int>((A.size(0) + 3) / 4)) {
    const std::int64_t n = A.size(0);
    columns.assign(at(n * step), {{NAN, NAN, NAN, NAN}});
    rows = columns;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        const auto a = static_cast<float>(convention == Convention::column ? A.at(i, j) : A.at(j, i));  // y_i = a p_j
        columns[at(j * step + i / 4)].value[i % 4] = a;
        rows[at(i * step + j / 4)].value[j % 4] = a;
      }
  }
  Square square() const { return {columns.data(), rows.data(), step}; }
};

/// Products of every pair, in double and in both layouts of the kernels, and weights.
struct Problem {
  std::int64_t I, T, K, L;
  double temperature;
  Convention convention;
  std::vector<std::int64_t> lengths;
  std::vector<Array> C;  // (K, n) of pair i * T + t
  std::vector<Array> A;
  std::vector<float> upstream;
  std::vector<PackedSquare> packed;
  std::vector<std::int32_t> first_word{0};

  Problem(std::int64_t images, std::int64_t texts, std::int64_t k, std::int64_t l, double tau, Convention c)
      : I(images), T(texts), K(k), L(l), temperature(tau), convention(c) {
    Random random(static_cast<std::uint64_t>(I * 100 + K));
    for (std::int64_t t = 0; t < T; ++t) {
      lengths.push_back(1 + (5 * t + 3) % L);
      first_word.push_back(first_word.back() + static_cast<std::int32_t>(lengths.back()));
    }
    for (std::int64_t i = 0; i < I; ++i)
      for (std::int64_t t = 0; t < T; ++t) {
        C.push_back(random.normal({K, lengths[at(t)]}));
        for (double& x : C.back().values) x = static_cast<float>(std::tanh(0.5 * x));
        upstream.push_back(static_cast<float>(random.normal({1}).values[0]));
      }
    for (const std::int64_t n : {L, K, K, L}) {
      A.push_back(random.normal({n, n}));
      for (double& a : A.back().values) a *= 0.2;
      for (std::int64_t i = 0; i < n; ++i) A.back().at(i, i) += 1;
      for (double& a : A.back().values) a = static_cast<float>(a);
      packed.emplace_back(A.back(), convention);
    }
  }

  double score(const Array& c, const std::vector<Array>& weights) const {
    reference::Vector s, t;
    for (std::int64_t k = 0; k < K; ++k)
      s.push_back(reference::similarity_interaction(weights[0], c.row(k), temperature, convention));
    for (std::int64_t l = 0; l < c.size(1); ++l) {
      reference::Vector column;
      for (std::int64_t k = 0; k < K; ++k) column.push_back(c.at(k, l));
      t.push_back(reference::similarity_interaction(weights[2], column, temperature, convention));
    }
    return (reference::similarity_interaction(weights[1], s, temperature, convention) +
            reference::similarity_interaction(weights[3], t, temperature, convention)) /
           2;
  }

  Interaction interaction() const {
    const auto natural = static_cast<float>(1 / temperature);
    return {packed[0].square(), packed[1].square(),  packed[2].square(),
            packed[3].square(), static_cast<int>(L), {natural, natural * 1.44269504f}};
  }
  int longest() const { return static_cast<int>(*std::max_element(lengths.begin(), lengths.end())); }
  DenseTile tile() const { return {I, T, static_cast<int>(K), longest(), first_word.data(), T}; }

  /// C[word][k][image].
  std::vector<float> tile_products() const {
    std::vector<float> out(at(first_word.back() * K * I));
    for_each([&](std::int64_t i, std::int64_t t, std::int64_t k, std::int64_t l) {
      out[tile_place(i, t, k, l)] = static_cast<float>(C[at(i * T + t)].at(k, l));
    });
    return out;
  }
  std::size_t tile_place(std::int64_t i, std::int64_t t, std::int64_t k, std::int64_t l) const {
    return at(((first_word[at(t)] + l) * K + k) * I + i);
  }
  template <class F>
  void for_each(const F& f) const {
    for (std::int64_t i = 0; i < I; ++i)
      for (std::int64_t t = 0; t < T; ++t)
        for (std::int64_t k = 0; k < K; ++k)
          for (std::int64_t l = 0; l < lengths[at(t)]; ++l) f(i, t, k, l);
  }
};

Launch with(std::int64_t grid, std::int64_t floats) { return {nullptr, grid, floats, nullptr}; }

std::vector<float> scores_of(const Problem& p, std::int64_t grid, bool backwards = false) {
  const std::vector<float> products = p.tile_products();
  std::vector<float> scores(at(p.I * p.T), NAN);
  emulate(ScoreInteraction<DenseTile>{p.tile(), p.interaction(), products.data(), scores.data()},
          with(grid, Workspace::floats(p.K, p.longest(), false)), backwards);
  return scores;
}

/// dC where the products are, and dA1, dA2, dA3, dA4 one after the other.
struct Gradients {
  std::vector<float> products, weights;
};

Gradients sums_of(std::vector<float> d_products, const std::vector<float>& partials, std::int64_t grid) {
  const auto entries = static_cast<std::int64_t>(partials.size()) / grid;
  std::vector<float> sums(at(entries), NAN);
  const SumPartials kernel{partials.data(), grid, entries, sums.data()};
  emulate(kernel, with(kernel.blocks(), 0));
  return {std::move(d_products), sums};
}

Gradients dense_gradients(const Problem& p, std::int64_t grid, bool backwards = false) {
  const std::vector<float> products = p.tile_products();
  std::vector<float> d_products(products.size(), NAN);
  std::vector<float> partials(at(grid * InteractionGradient<DenseTile>::partial_floats(p.K, p.L)), 0.0f);
  emulate(InteractionGradient<DenseTile>{p.tile(), p.interaction(), products.data(), p.upstream.data(),
                                         d_products.data(), partials.data()},
          with(grid, Workspace::floats(p.K, p.longest(), true)), backwards);
  return sums_of(std::move(d_products), partials, grid);
}

/// The pairs in an order of their own as a list, and what comes out back in the layout of the tile.
template <class MakeKernel>
std::vector<float> over_list(const Problem& p, std::int64_t floats, std::int64_t grid, const MakeKernel& kernel) {
  const std::int64_t pairs = p.I * p.T, room = p.longest();
  std::vector<std::int64_t> order(at(pairs));
  for (std::int64_t n = 0; n < pairs; ++n) order[at(n)] = (n * 7 + 2) % pairs;  // 7 does not divide the sizes below
  std::vector<std::int32_t> lengths;
  std::vector<float> products(at(pairs * room * p.K), NAN), d_products(products.size(), 0.0f), upstream;
  for (std::int64_t n = 0; n < pairs; ++n) {
    const Array& c = p.C[at(order[at(n)])];
    lengths.push_back(static_cast<std::int32_t>(c.size(1)));
    upstream.push_back(p.upstream[at(order[at(n)])]);
    for (std::int64_t l = 0; l < c.size(1); ++l)
      for (std::int64_t k = 0; k < p.K; ++k) products[at((n * room + l) * p.K + k)] = static_cast<float>(c.at(k, l));
  }
  const PairList list{pairs, static_cast<int>(p.K), static_cast<int>(room), lengths.data()};
  emulate(kernel(list, products.data(), upstream.data(), d_products.data()), with(grid, floats));
  std::vector<float> tile(p.tile_products().size(), NAN);
  std::vector<std::int64_t> place(at(pairs));
  for (std::int64_t n = 0; n < pairs; ++n) place[at(order[at(n)])] = n;
  p.for_each([&](std::int64_t i, std::int64_t t, std::int64_t k, std::int64_t l) {
    tile[p.tile_place(i, t, k, l)] = d_products[at((place[at(i * p.T + t)] * room + l) * p.K + k)];
  });
  bool untouched = true;  // behind a caption's last word
  for (std::int64_t n = 0; n < pairs; ++n)
    for (std::int64_t l = lengths[at(n)]; l < room; ++l)
      for (std::int64_t k = 0; k < p.K; ++k) untouched = untouched && d_products[at((n * room + l) * p.K + k)] == 0;
  CHECK(untouched);
  return tile;
}

/// The largest difference, relative to the largest number; NaN counts as infinite.
template <class Numbers>
double difference(const std::vector<float>& found, const Numbers& expected) {
  double worst = 0, largest = 1e-12;
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - static_cast<double>(expected[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return worst / largest;
}

struct Size {
  std::int64_t I, T, K, L;
};

}  // namespace

TEST_CASE("Emulated CUDA scores are the naive loop's", "[cuda]") {
  for (const auto& [I, T, K, L] : {Size{1, 1, 1, 1}, Size{33, 5, 3, 4}, Size{64, 3, 16, 9}, Size{5, 2, 4, 40}}) {
    for (const double temperature : {1.0, 0.1, 0.01}) {
      for (const Convention convention : {Convention::column, Convention::row}) {
        const Problem p(I, T, K, L, temperature, convention);
        std::vector<double> expected;
        for (const Array& c : p.C) expected.push_back(p.score(c, p.A));
        const std::vector<float> scores = scores_of(p, p.tile().blocks());
        INFO("I " << I << ", K " << K << ", L " << L << ", temperature " << temperature);
        CHECK(difference(scores, expected) < (temperature > 0.05 ? 2e-6 : 1e-4));
        CHECK((scores_of(p, 2) == scores));  // blocks that take several pieces
        CHECK((scores_of(p, 3, true) == scores));
      }
    }
  }
}

TEST_CASE("Emulated CUDA gradients, dense and of listed pairs, are the naive loop's", "[cuda]") {
  for (const auto& [I, T, K, L] : {Size{1, 1, 1, 1}, Size{33, 2, 3, 4}, Size{2, 4, 5, 6}}) {
    for (const double temperature : {1.0, 0.1}) {
      for (const Convention convention : {Convention::column, Convention::row}) {
        const Problem p(I, T, K, L, temperature, convention);
        std::vector<float> products(p.tile_products().size());
        for (std::int64_t i = 0; i < I; ++i)
          for (std::int64_t t = 0; t < T; ++t) {
            const auto pair = at(i * T + t);
            const Array d = reference::numerical_gradient(
                                [&](const Array& c) { return p.upstream[pair] * p.score(c, p.A); }, p.C[pair], 5e-3)
                                .value;
            for (std::int64_t k = 0; k < K; ++k)
              for (std::int64_t l = 0; l < p.lengths[at(t)]; ++l)
                products[p.tile_place(i, t, k, l)] = static_cast<float>(d.at(k, l));
          }
        std::vector<double> weights;
        for (std::size_t w = 0; w < 4; ++w) {
          const Array d = reference::numerical_gradient(
                              [&](const Array& changed) {
                                std::vector<Array> A = p.A;
                                A[w] = changed;
                                double sum = 0;
                                for (std::size_t n = 0; n < p.C.size(); ++n) sum += p.upstream[n] * p.score(p.C[n], A);
                                return sum;
                              },
                              p.A[w])
                              .value;
          const std::int64_t n = d.size(0);  // the kernels' dA is of y = A p
          for (std::int64_t a = 0; a < n; ++a)
            for (std::int64_t b = 0; b < n; ++b)
              weights.push_back(convention == Convention::column ? d.at(a, b) : d.at(b, a));
        }

        INFO("I " << I << ", K " << K << ", L " << L << ", temperature " << temperature);
        const Gradients found = dense_gradients(p, p.tile().blocks());
        CHECK(difference(found.products, products) < 2e-5);
        CHECK(difference(found.weights, weights) < 2e-5);
        const Gradients few = dense_gradients(p, 2), turned = dense_gradients(p, 2, true);
        CHECK((few.products == found.products));
        CHECK(difference(few.weights, found.weights) < 1e-5);
        CHECK((few.weights == turned.weights));
        CHECK((few.products == turned.products));

        const std::int64_t grid = 2;
        std::vector<float> partials(at(grid * InteractionGradient<PairList>::partial_floats(K, L)), 0.0f);
        const auto listed =
            over_list(p, Workspace::floats(K, p.longest(), true), grid,
                      [&](const PairList& list, const float* c, const float* dS, float* dC) {
                        return InteractionGradient<PairList>{list, p.interaction(), c, dS, dC, partials.data()};
                      });
        CHECK((listed == found.products));
        CHECK(difference(sums_of({}, partials, grid).weights, weights) < 2e-5);
      }
    }
  }
}

TEST_CASE("Emulated CUDA: a saturated interaction gives its largest entry exactly, and no gradient to A", "[cuda]") {
  Problem p(3, 2, 4, 4, 0.001, Convention::column);
  for (Array& A : p.A) {
    A = Array(A.shape);
    for (std::int64_t i = 0; i < A.size(0); ++i) A.at(i, i) = 1;
  }
  p.packed.clear();
  for (const Array& A : p.A) p.packed.emplace_back(A, p.convention);
  for (Array& c : p.C)
    for (std::int64_t k = 0; k < c.size(0); ++k)
      for (std::int64_t l = 0; l < c.size(1); ++l) c.at(k, l) = 0.25 * static_cast<double>((k + l) % 4);
  for (const float s : scores_of(p, 1)) CHECK(std::isfinite(s));
  const Gradients d = dense_gradients(p, 1);
  CHECK(std::all_of(d.weights.begin(), d.weights.end(), [](float x) { return x == 0; }));
}

TEST_CASE("Emulated CUDA maxima and their gradient", "[cuda]") {
  for (const Maxima& maxima : {Maxima{0.5f, 0.5f, true}, Maxima{1, 0, false}, Maxima{0, 1, true}}) {
    const Problem p(37, 3, 5, 6, 1, Convention::column);
    std::vector<float> expected, d_expected(p.tile_products().size(), 0.0f);
    for (std::int64_t i = 0; i < p.I; ++i)
      for (std::int64_t t = 0; t < p.T; ++t) {
        const auto pair = at(i * p.T + t);
        const Array& c = p.C[pair];
        const std::int64_t n = c.size(1);
        double sum = 0;
        for (std::int64_t l = 0; l < n; ++l) {
          std::int64_t best = 0;
          for (std::int64_t k = 0; k < p.K; ++k) best = c.at(k, l) > c.at(best, l) ? k : best;
          sum += static_cast<double>(maxima.a(static_cast<int>(n))) * c.at(best, l);
          d_expected[p.tile_place(i, t, best, l)] += maxima.a(static_cast<int>(n)) * p.upstream[pair];
        }
        for (std::int64_t k = 0; k < p.K; ++k) {
          std::int64_t best = 0;
          for (std::int64_t l = 0; l < n; ++l) best = c.at(k, l) > c.at(k, best) ? l : best;
          sum += static_cast<double>(maxima.b(static_cast<int>(p.K))) * c.at(k, best);
          d_expected[p.tile_place(i, t, k, best)] += maxima.b(static_cast<int>(p.K)) * p.upstream[pair];
        }
        expected.push_back(static_cast<float>(sum));
      }
    const std::vector<float> products = p.tile_products();
    std::vector<float> scores(at(p.I * p.T), NAN), d_products(products.size(), NAN);
    emulate(ScoreMaxima<DenseTile>{p.tile(), maxima, products.data(), scores.data()}, with(2, 0));
    CHECK(difference(scores, expected) < 1e-6);
    emulate(MaximaGradient<DenseTile>{p.tile(), maxima, products.data(), p.upstream.data(), d_products.data()},
            with(3, 0));
    CHECK(difference(d_products, d_expected) < 1e-6);
    CHECK((over_list(p, 0, 2, [&](const PairList& list, const float* c, const float* dS, float* dC) {
             return MaximaGradient<PairList>{list, maxima, c, dS, dC};
           }) == d_products));
  }
}
