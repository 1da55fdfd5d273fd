// Eq. (7)-(10): the interaction on Eigen against the naive loop.
#include "tests/support/cases/similarity_interaction.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEMPLATE_TEST_CASE("SimilarityInteraction is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : SimilarityInteractionCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("The temperature takes the interaction from the mean to the maximum", "[alignment]") {
  const Vec x{{0.1, 0.9, 0.2}};
  CHECK(mgan::SimilarityInteraction<Matrix>::create(3, 1e6)(x) == Approx(0.4).epsilon(1e-5));
  CHECK(mgan::SimilarityInteraction<Matrix>::create(3, 0.01)(x) == Approx(0.9));
  CHECK(mgan::SimilarityInteraction<Matrix>::create(3, 1e-3)(x) == Approx(0.9));  // no overflow
}

TEST_CASE("SimilarityInteraction refuses temperatures, sizes and NaN", "[alignment]") {
  const auto with = [](double tau) { return mgan::SimilarityInteraction<Matrix>::create(3, tau)(Vec::Ones(3)); };
  CHECK_THROWS_WITH(with(0), "SimilarityInteraction: temperature is 0, expected > 0");
  CHECK_THROWS_WITH(with(-0.5), "SimilarityInteraction: temperature is -0.5, expected > 0");
  CHECK_THROWS_WITH(with(std::nan("")), "SimilarityInteraction: temperature is nan, expected > 0");
  CHECK_THROWS_WITH(with(INFINITY), "SimilarityInteraction: temperature is inf, expected > 0");

  auto f = mgan::SimilarityInteraction<Matrix>::create(3);
  CHECK_THROWS_WITH(f(Vec::Ones(4)), "SimilarityInteraction: x is (4), weight is (3, 3)");
  CHECK_THROWS_WITH(f(Vec(0)), "SimilarityInteraction: x is (0), weight is (3, 3)");
  CHECK_THROWS_WITH(f(Vec{{1, std::nan(""), 2}}), "SimilarityInteraction: x(1) is nan");
  f.weight = Matrix::Ones(2, 3);
  CHECK_THROWS_WITH(f(Vec::Ones(2)), "SimilarityInteraction: weight is (2, 3), expected (3, 3)");
}
