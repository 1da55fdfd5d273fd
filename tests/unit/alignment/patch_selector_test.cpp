// Section 2.3.2: the patch selector and top-K on Eigen against the naive loops.
#include "tests/support/cases/patch_selector.hpp"

#include "tests/support/cases/perturbed_top_k.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEMPLATE_TEST_CASE("PatchSelector is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : PatchSelectorCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEMPLATE_TEST_CASE("PerturbedTopK is the naive loop's for given noise", "[alignment]", float, double) {
  for (const auto& c : PerturbedTopKCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("top_k: of equal scores the lower index wins, indices ascend", "[alignment]") {
  const auto chosen = [](const Vec& scores, std::int64_t k) { return mgan::to_host(mgan::top_k(scores, k)).values; };
  CHECK(chosen(Vec{{1, 5, 5, 2, 5}}, 2) == std::vector<double>{1, 2});
  CHECK(chosen(Vec{{0, 1, 2, 3}}, 2) == std::vector<double>{2, 3});
  CHECK(chosen(Vec{{7, 7, 7}}, 3) == std::vector<double>{0, 1, 2});
}

TEST_CASE("PatchSelector refuses a K beyond the patches, odd widths, NaN", "[alignment]") {
  auto f = mgan::PatchSelector<Matrix>::create(4, 3);
  const Vec global = Vec::Ones(4);
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 4), global), "PatchSelector: k is 3, expected 1..2");
  f.k = 0;
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 4), global), "PatchSelector: k is 0, expected 1..2");
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 5), global), "PatchSelector: patches is (2, 5), expected 4 columns");
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 4), Vec::Ones(3)), "PatchSelector: global is (3), expected (..., 4)");
  Matrix patches = Matrix::Ones(2, 4);
  patches(1, 1) = std::nan("");
  CHECK_THROWS_WITH(f(patches, global), "PatchSelector: patches(1, 1) is nan");
  CHECK_THROWS_WITH(mgan::PatchSelector<Matrix>::create(5), "PatchSelector: the width is 5, expected an even number");
}

TEST_CASE("PerturbedTopK refuses K, sigma, draws and noise that do not fit", "[alignment]") {
  const Vec scores = Vec::Ones(4);
  const Matrix noise = Matrix::Zero(3, 4);
  CHECK_THROWS_WITH(mgan::perturbed_top_k(scores, noise, 5, 0.1), "PerturbedTopK: k is 5, expected 1..4");
  CHECK_THROWS_WITH(mgan::perturbed_top_k(scores, noise, 2, 0.0), "PerturbedTopK: sigma is 0, expected > 0");
  CHECK_THROWS_WITH(mgan::perturbed_top_k(scores, Matrix::Zero(3, 5), 2, 0.1),
                    "PerturbedTopK: noise is (3, 5), expected (3, 4)");
  CHECK_THROWS_WITH(mgan::perturbed_top_k(scores, Matrix(0, 4), 2, 0.1), "PerturbedTopK: no draws: noise is (0, 4)");
  std::mt19937_64 generator(1);
  CHECK_THROWS_WITH((mgan::PerturbedTopK{0}(scores, 2, generator)), "PerturbedTopK: 0 draws, expected at least 1");
}

TEST_CASE("The patch selector in training repeats with its seed; little noise is the hard choice", "[alignment]") {
  PatchSelectorCase c = PatchSelectorCase::random("", 66, 1, 6, 4, 2);
  mgan::PatchSelector<Matrix> f;
  f.k = 2;
  EigenSide<double>{}.weights(f, c.weights());
  const Matrix patches = eigen_matrix<double>(sample(c.patches, 0, 6));
  const Vec global = eigen_vector<double>(sample(c.global, 0, 4));
  f.perturbed = {20, 0.5, mgan::Estimator::full};
  const auto train = [&](std::uint64_t seed) {
    std::mt19937_64 generator(seed);
    return Matrix(f(patches, global, mgan::Training{generator}));
  };
  CHECK(train(1) == train(1));
  CHECK(train(1) != train(2));
  CHECK(train(1).rows() == 2);
  f.perturbed.sigma = 1e-9;
  CHECK((train(3) - f(patches, global)).norm() < 1e-12);
}

TEST_CASE("Noise is standard normal", "[alignment]") {
  std::mt19937_64 generator(4);
  const Matrix z = mgan::eigen_ops::gaussian(Vec(50), 1000, generator);
  CHECK(z.mean() == Approx(0).margin(0.02));
  CHECK(z.array().square().mean() == Approx(1).margin(0.02));
  CHECK(z.array().square().square().mean() == Approx(3).margin(0.15));
}
