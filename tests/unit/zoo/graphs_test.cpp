#include "mgan/zoo/graphs.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's GraphRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::GraphRows, TestType>();
}

TEST_CASE("The table's GraphRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::GraphRows>();
}

TEST_CASE("Gsmn refuses boxes that are not there, and widths that its blocks do not divide", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  auto f = mgan::Gsmn<Matrix>::create(/*blocks=*/2, /*kernels=*/3, /*hidden=*/6);
  mgan::initialize(f, 1);
  const Matrix regions = Matrix::Random(3, 4), words = Matrix::Random(2, 4);
  Matrix boxes(3, 4);
  boxes << 0, 0, 10, 10, 5, 5, 20, 10, 1, 2, 3, 4;
  const Eigen::VectorXd size{{40, 30}};
  const auto score = [&](const Matrix& v, const Matrix& b, const Eigen::VectorXd& s) {
    return f(mgan::RegionTokens{v, b, s}, words);
  };
  CHECK(std::isfinite(score(regions, boxes, size)));
  CHECK(score(regions, 2 * boxes, 2 * size) == Approx(score(regions, boxes, size)));  // centres are relative
  CHECK_THROWS_WITH(score(regions, Matrix(0, 0), size), "Gsmn: boxes is (0, 0), expected (3, 4)");
  CHECK_THROWS_WITH(score(regions, boxes.topRows(2), size), "Gsmn: boxes is (2, 4), expected (3, 4)");
  CHECK_THROWS_WITH(score(regions, boxes, Eigen::VectorXd::Ones(3)), "Gsmn: image_sizes is (3), expected (2)");
  CHECK_THROWS_WITH(score(regions, boxes, Eigen::VectorXd::Zero(2)), "Gsmn: image 0 is of size 0 x 0");
  boxes(1, 2) = NAN;
  CHECK_THROWS_WITH(score(regions, boxes, size), "Gsmn: image 0, region 1: box (5, 5, nan, 10) is not finite");
  CHECK_THROWS_WITH(f.prepare_text(Matrix::Ones(2, 5).eval()), "Gsmn: 2 blocks do not divide the width 5");
  CHECK_THROWS_WITH(f.prepare_text(Matrix(0, 4)), "Gsmn: words has no rows: (0, 4)");
  CHECK_THROWS_WITH(mgan::Gsmn<Matrix>::create(2, 3, 8),
                    "Gsmn: 2 blocks, 3 kernels, 8 hidden, expected at least 1 each and kernels that divide hidden");
}
