// Eq. (11) and the plain aggregation of Table 4 on Eigen against the naive loops.
#include "tests/support/cases/global_alignment.hpp"
#include "tests/support/cases/plain_aggregation.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEMPLATE_TEST_CASE("GlobalAlignment is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : GlobalAlignmentCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEMPLATE_TEST_CASE("PlainAggregation is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : PlainAggregationCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("A zero vector has cosine 0", "[alignment]") {
  CHECK(mgan::GlobalAlignment{}(Vec::Zero(3), Vec::Ones(3)) == 0);
  CHECK(mgan::GlobalAlignment{}(Vec::Zero(3), Vec::Zero(3)) == 0);
  CHECK(mgan::PlainAggregation{}(Matrix::Zero(2, 3), Matrix::Ones(2, 3)) == 0);
}

TEST_CASE("Rows of Eigen matrices are vectors of any layout", "[alignment]") {
  Matrix x(2, 3);
  x << 1, 0, 0, 3, 4, 0;
  CHECK(mgan::GlobalAlignment{}(x.row(0), x.row(1)) == Approx(0.6));
  CHECK(mgan::GlobalAlignment{}(x.row(0).transpose(), Vec{{3, 4, 0}}) == Approx(0.6));
}

TEST_CASE("Plain alignments refuse empty sides, different widths and NaN", "[alignment]") {
  const mgan::GlobalAlignment global;
  CHECK_THROWS_WITH(global(Vec::Ones(3), Vec::Ones(4)), "GlobalAlignment: image is (3), text is (4)");
  CHECK_THROWS_WITH(global(Vec{{1, INFINITY}}, Vec::Ones(2)), "GlobalAlignment: image(1) is inf");
  CHECK_THROWS_WITH(global(Vec::Ones(2), Vec{{std::nan(""), 1}}), "GlobalAlignment: text(0) is nan");
  const mgan::PlainAggregation plain;
  CHECK_THROWS_WITH(plain(Matrix::Ones(2, 3), Matrix(0, 3)), "PlainAggregation: words has no rows: (0, 3)");
  CHECK_THROWS_WITH(plain(Matrix(0, 3), Matrix::Ones(2, 3)), "PlainAggregation: patches has no rows: (0, 3)");
  CHECK_THROWS_AS(plain(Matrix::Ones(2, 3), Matrix::Ones(2, 4)), mgan::Error);
}
