// Errors, shapes, numbers on the host, parameters by name, seeds.
#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/nn/mlp.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using Matrix = Eigen::MatrixXd;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("Messages join words, numbers and shapes", "[core]") {
  CHECK_THROWS_WITH(mgan::fail("A1 is ", mgan::Shape{30, 30}, ", at ", 7, ", tau ", 0.5, ", ", std::string("end")),
                    "A1 is (30, 30), at 7, tau 0.5, end");
  CHECK_NOTHROW(mgan::require(true, "never"));
  CHECK_THROWS_AS(mgan::require(false, "now"), mgan::Error);
  CHECK_THROWS_AS(mgan::fail("x"), std::invalid_argument);
  CHECK(mgan::to_string({}) == "()");
  CHECK(mgan::to_string({4}) == "(4)");
}

TEST_CASE("A flat position is one index an axis", "[core]") {
  CHECK(mgan::position(17, {2, 3, 4}) == mgan::Shape{1, 1, 1});
  CHECK(mgan::position(0, {5}) == mgan::Shape{0});
  CHECK(mgan::element_count({2, 3, 4}) == 24);
  CHECK(mgan::element_count({}) == 1);
}

TEMPLATE_TEST_CASE("Numbers go to the host and back, row by row", "[core]", float, double) {
  mgan::EigenMatrix<TestType> x(2, 3);
  x << 1, 2, 3, 4, 5, 6;
  const mgan::HostArray host = mgan::to_host(x);
  CHECK(host.shape == mgan::Shape{2, 3});
  CHECK(host.values == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(host.dtype == (std::is_same_v<TestType, float> ? "F32" : "F64"));
  mgan::EigenMatrix<TestType> y(2, 3);
  mgan::assign(y, host);
  CHECK(x == y);
  CHECK(mgan::tensor_like(x, host) == x);
  mgan::EigenMatrix<TestType> wrong(3, 2);
  CHECK_THROWS_WITH(mgan::assign(wrong, host), "assign: numbers are (2, 3), the weight is (3, 2)");

  mgan::EigenKernel<TestType> kernel = mgan::make_kernel<mgan::EigenMatrix<TestType>>(2, 3, 5);
  std::vector<double> numbers(30);
  for (std::size_t i = 0; i < 30; ++i) numbers[i] = static_cast<double>(i);
  mgan::assign(kernel, {{2, 3, 5}, numbers});
  CHECK(mgan::to_host(kernel).values == numbers);
  CHECK(mgan::to_host(kernel).shape == mgan::Shape{2, 3, 5});
  CHECK(kernel.tap(4)(1, 2) == 29);
  CHECK(kernel.tap(0)(1, 0) == 15);
}

TEST_CASE("Checks say what is expected", "[core]") {
  const Matrix x = Matrix::Ones(2, 3);
  CHECK(mgan::axis(x, 1) == 3);
  CHECK(mgan::axis(x, 2) == 2);
  CHECK(mgan::axis(x, 3) == 0);
  CHECK_THROWS_WITH(mgan::check_shape("F", "x", x, {3, 2}), "F: x is (2, 3), expected (3, 2)");
  CHECK_THROWS_WITH(mgan::check_rows("F", "x", Eigen::VectorXd::Ones(3)),
                    "F: x has shape (3), expected (..., rows, columns)");
  CHECK_NOTHROW(mgan::check_rows("F", "x", x, 3));
}

TEST_CASE("Values are looked at unless told not to", "[core]") {
  Matrix x = Matrix::Ones(2, 3);
  x(1, 0) = -INFINITY;
  CHECK_THROWS_WITH(mgan::check_finite("F", "x", x), "F: x(1, 0) is -inf");
  mgan::check_values = false;
  CHECK_NOTHROW(mgan::check_finite("F", "x", x));
  mgan::check_values = true;
}

namespace {

/// A composition of the user's own: a list, a child, a functor without weights.
struct Composition {
  std::vector<mgan::Linear<Matrix>> layers;
  mgan::Projection<Matrix> head;
  struct Nothing {
  } nothing;
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("layers", self.layers);
    f("head", self.head);
    f("nothing", self.nothing);
  }
};

}  // namespace

TEST_CASE("Parameters of a composition are visited by dotted names, const or not", "[core]") {
  Composition m{{mgan::Linear<Matrix>::create(2, 3), mgan::Linear<Matrix>::create(3, 4)},
                mgan::Projection<Matrix>::create(4, 1),
                {}};
  std::vector<std::string> names;
  const auto collect = [&](const std::string& name, const auto&) { names.push_back(name); };
  mgan::visit_parameters(m, collect);
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
                                          "head.weight"});
  names.clear();
  mgan::visit_parameters(std::as_const(m), collect, "model");
  CHECK(names.front() == "model.layers.0.weight");
  CHECK(mgan::count_parameters(m) == 6 + 3 + 12 + 4 + 4);

  mgan::visit_parameters(m, [](const std::string&, auto& w) { w.setConstant(2); });
  CHECK(m.head.weight == Matrix::Constant(1, 4, 2));
}

TEST_CASE("A seed draws the same weights for float and double", "[core]") {
  auto d = mgan::Mlp<Matrix>::create(3, 4, 2);
  auto f = mgan::Mlp<Eigen::MatrixXf>::create(3, 4, 2);
  mgan::initialize(d, 5);
  mgan::initialize(f, 5);
  CHECK(d.hidden.weight.cast<float>() == f.hidden.weight);
  CHECK(d.output.weight.cast<float>() == f.output.weight);
  CHECK(d.hidden.bias == Eigen::VectorXd::Zero(4));
}
