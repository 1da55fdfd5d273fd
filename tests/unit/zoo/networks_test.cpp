#include "mgan/zoo/networks.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's NetworkRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::NetworkRows, TestType>();
}

TEST_CASE("The table's NetworkRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::NetworkRows>();
}

TEST_CASE("Laps keeps as many patches as there are, and takes a global vector of their width", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  auto f = mgan::Laps<Matrix>::create(/*width=*/3, /*keep=*/3, /*merged=*/2, /*hidden=*/2);
  mgan::initialize(f, 1);
  const Matrix patches = Matrix::Random(3, 3), words = Matrix::Random(2, 3);
  CHECK_NOTHROW(f(patches, words));  // nothing is left over
  CHECK_THROWS_WITH(f(patches.topRows(2).eval(), words), "Laps: keep is 3, expected 1..2, the number of patches");
  f.keep = 0;
  CHECK_THROWS_WITH(f(patches, words), "Laps: keep is 0, expected 1..3, the number of patches");
  f.keep = 2;
  const auto with = [&](const Eigen::VectorXd& global) {
    return f.score(f.prepare_image(mgan::zoo::PatchesAndGlobal{patches, global}), f.prepare_text(words));
  };
  CHECK(with(Eigen::VectorXd::Ones(3)) == Approx(with(5 * Eigen::VectorXd::Ones(3))));  // a cosine
  CHECK_THROWS_WITH(with(Eigen::VectorXd::Ones(4)), "Laps: global is (4), expected (..., 3)");
  CHECK_THROWS_WITH(with(Eigen::VectorXd::Constant(3, NAN)), "Laps: global(0) is nan");
}
