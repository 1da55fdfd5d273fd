#include "mgan/zoo/queries.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's QueryRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::QueryRows, TestType>();
}

TEST_CASE("The table's QueryRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::QueryRows>();
}

TEST_CASE("RCAR names what does not fit: layers, their number, options", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  using Module = mgan::RcarTextToImage<Matrix>;
  const Matrix x = Matrix::Ones(2, 3);
  const auto good = Module::create(/*width=*/3, /*steps=*/2, mgan::Regulator::rcar, /*similarity=*/4);
  CHECK_NOTHROW(good(x, x));
  CHECK_THROWS_WITH(good(x, Matrix::Ones(2, 4)), "Rcar: words is (2, 4), expected 3 columns");
  CHECK_THROWS_WITH(Module::create(3, 0), "Rcar: steps is 0, expected 1 to 64");
  CHECK_THROWS_WITH(Module::create(3, 65), "Rcar: steps is 65, expected 1 to 64");
  CHECK_THROWS_WITH(Module::create(3, 2, mgan::Regulator::rcr, 1), "Rcar: similarity is 1, expected at least 2");
  auto m = good;
  m.lambda_softmax = -1;
  CHECK_THROWS_WITH(m(x, x), "Rcar: lambda_softmax is -1, expected > 0");
  m = good;
  m.rcr[0].gate.output.weight = Matrix::Ones(1, 8);  // would broadcast
  CHECK_THROWS_WITH(m(x, x), "Rcar: rcr.0.gate.2.weight is (1, 8), expected (3, 8)");
  m = good;
  m.rar[1].key.bias.resize(3);
  CHECK_THROWS_WITH(m(x, x), "Rcar: rar.1.key.bias is (3), expected (4)");
  m = good;
  m.rcr.clear();
  CHECK_THROWS_WITH(m(x, x),
                    "Rcar: 2 layers align, 0 regulate correspondence, 2 aggregation, which no number of steps has");
}

TEST_CASE("IMRAM names what does not fit: layers, options", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  const Matrix x = Matrix::Ones(2, 3);
  const auto good = mgan::Imram<Matrix>::create(/*width=*/3);
  CHECK_NOTHROW(good(x, x));
  CHECK_THROWS_WITH(good(Matrix::Ones(2, 4), x), "Imram: image is (2, 4), expected 3 columns");
  auto m = good;
  m.image_to_text.change.gate.weight = Matrix::Ones(3, 5);
  CHECK_THROWS_WITH(m(x, x), "Imram: image_to_text.gate.weight is (3, 5), expected (3, 6)");
  m = good;
  m.text_to_image.steps = 0;
  CHECK_THROWS_WITH(m(x, x), "Imram: steps is 0, expected 1 to 64");
  m = good;
  m.text_to_image.lambda_softmax = 0;
  CHECK_THROWS_WITH(m(x, x), "Imram: lambda_softmax is 0, expected > 0");
}

TEST_CASE("attend: one temperature, or one for every query", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  const Matrix q = Matrix::Random(3, 4), s = Matrix::Random(5, 4);
  const Matrix one = mgan::attend(q, s, 7.0);
  CHECK(one.isApprox(mgan::attend(q, s, Eigen::VectorXd(Eigen::VectorXd::Constant(3, 7))), 1e-14));
  const Matrix several = mgan::attend(q, s, Eigen::VectorXd(Eigen::Vector3d(7, 0, 2)));
  CHECK(several.row(0).isApprox(one.row(0), 1e-14));
  CHECK(several.row(1).isApprox(s.colwise().mean(), 1e-14));  // uniform
  CHECK(several.row(2).isApprox(mgan::attend(q, s, 2.0).row(2), 1e-14));
}

TEST_CASE("IMRAM: Gram form and contexts that are made agree", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  auto m = mgan::Imram<Matrix>::create(/*width=*/4);
  mgan::initialize(m, 3);
  const Matrix image = Matrix::Random(3, 4), words = Matrix::Random(4, 4);
  const double gram = m(image, words);
  m.text_to_image.contexts = m.image_to_text.contexts = mgan::ContextLength::direct;
  CHECK(m(image, words) == Approx(gram).epsilon(1e-13));
}
