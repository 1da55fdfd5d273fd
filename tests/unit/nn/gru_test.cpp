// The GRU and generalised pooling on Eigen against the naive loops.
#include "tests/support/cases/pooling.hpp"

#include "mgan/core/initialize.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;

TEMPLATE_TEST_CASE("Gru and GeneralizedPooling are the naive loops'", "[nn]", float, double) {
  for (const auto& c : GruCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
  for (const auto& c : GeneralizedPoolingCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("Gru refuses weights and rows that do not fit", "[nn]") {
  auto f = mgan::Gru<Matrix>::create(4, 3);
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 5)), "Gru: rows is (2, 5), expected 4 columns");
  CHECK_THROWS_WITH(f(Matrix(0, 4)), "Gru: rows has no rows: (0, 4)");
  f.weight_hh.resize(9, 4);
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 4)), "Gru: weight_hh is (9, 4), expected (12, 4)");
}

TEST_CASE("A new Gru has torch's range, biases too", "[nn]") {
  auto f = mgan::Gru<Matrix>::create(40, 16);
  mgan::initialize(f, 3);
  for (const double most : {f.weight_ih.cwiseAbs().maxCoeff(), f.weight_hh.cwiseAbs().maxCoeff(),
                            f.bias_ih.cwiseAbs().maxCoeff(), f.bias_hh.cwiseAbs().maxCoeff()}) {
    CHECK(most <= 0.25);
    CHECK(most > 0.2);
  }
}

TEST_CASE("GeneralizedPooling with a flat theta is the mean, and refuses what is no number", "[nn]") {
  auto f = mgan::GeneralizedPooling<Matrix>::create(4, 2);
  const Matrix tokens{{1, 6}, {2, -3}, {3, 9}};
  CHECK(f(tokens).isApprox(Eigen::Vector2d(2, 4)));  // weights of zero: every place has the same share
  Matrix bad = tokens;
  bad(1, 0) = std::nan("");
  CHECK_THROWS_WITH(f(bad), "GeneralizedPooling: tokens(1, 0) is nan");
  CHECK_THROWS_WITH(f(Matrix(0, 2)), "GeneralizedPooling: tokens has no rows: (0, 2)");
  f.temperature = 0;
  CHECK_THROWS_WITH(f(tokens), "GeneralizedPooling: temperature is 0, expected > 0");
}
