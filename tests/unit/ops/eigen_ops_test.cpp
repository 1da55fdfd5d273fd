// The primitives on Eigen: values by hand, shapes, and what they refuse.
#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"
#include "tests/reference/layers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;
using support::array;
using Numbers = std::vector<double>;

namespace {

template <class X>
Numbers numbers(const X& x) {
  return mgan::to_host(x).values;
}
Matrix two_by_three() {
  Matrix x(2, 3);
  x << 1, 2, 3, 4, 6, 5;
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("Activations", "[ops]", float, double) {
  using V = mgan::EigenVector<TestType>;
  const V x{{-2, -0.5, 0, 0.5, 3}};
  const auto epsilon = support::tolerance<TestType>().absolute;
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const double v = x(i);
    CHECK(mgan::gelu(x)(i) == Approx(reference::gelu(v)).margin(epsilon));
    CHECK(mgan::sigmoid(x)(i) == Approx(1 / (1 + std::exp(-v))).margin(epsilon));
    CHECK(mgan::tanh(x)(i) == Approx(std::tanh(v)).margin(epsilon));
    CHECK(mgan::relu(x)(i) == (v > 0 ? v : 0));
  }
  CHECK(mgan::gelu(V{{1}})(0) == Approx(0.8413447460685429).epsilon(1e-7));  // not tanh's 0.8411919906
}

TEST_CASE("Arithmetic, a vector is broadcast over the rows", "[ops]") {
  const Matrix x = two_by_three();
  const Vec v{{1, 10, 100}};
  CHECK(numbers(mgan::add(x, v)) == Numbers{2, 12, 103, 5, 16, 105});
  CHECK(numbers(mgan::sub(x, v)) == Numbers{0, -8, -97, 3, -4, -95});
  CHECK(numbers(mgan::mul(x, v)) == Numbers{1, 20, 300, 4, 60, 500});
  CHECK(numbers(mgan::div(x, x)) == Numbers{1, 1, 1, 1, 1, 1});
  CHECK(numbers(mgan::scale(x, 2)) == Numbers{2, 4, 6, 8, 12, 10});
  CHECK(numbers(mgan::scale_by(x, Vec{{0.5}})) == Numbers{0.5, 1, 1.5, 2, 3, 2.5});
  CHECK(numbers(mgan::shift(v, -1)) == Numbers{0, 9, 99});
  CHECK_THROWS_WITH(mgan::scale_by(x, v), "scale_by: the factor is (3), expected (1)");
  CHECK_THROWS_WITH(mgan::add(x, Vec::Ones(2)), "arithmetic on (2, 3) and a vector (2)");
  CHECK_THROWS_WITH(mgan::add(x, Matrix::Ones(3, 2)), "arithmetic on (2, 3) and (3, 2)");
  CHECK_THROWS_WITH(mgan::mul(v, Vec::Ones(2)), "arithmetic on vectors (3) and (2)");
}

TEST_CASE("The largest of each row", "[ops]") {
  Matrix x(3, 4);
  x << 1, 9, 3, 9,  //
      7, 2, 5, 1,   //
      0, 0, 0, 0;
  CHECK(mgan::to_host(mgan::top_k(x, 2)).values == Numbers{1, 3, 0, 2, 0, 1});
  for (Eigen::Index r = 0; r < 3; ++r)  // a row is a vector, whatever way it lies
    CHECK(mgan::top_k(x, 2).row(r).transpose() == mgan::top_k(x.row(r), 2));
  CHECK_THROWS_WITH(mgan::top_k(x, 5), "top_k: k is 5 of 4 scores");
  CHECK_THROWS_WITH(mgan::top_k(Vec::Ones(2), 3), "top_k: k is 3 of 2 scores");
}

TEST_CASE("Products", "[ops]") {
  const Matrix x = two_by_three();
  Matrix w(1, 3);
  w << 1, 0, -1;
  CHECK(numbers(mgan::linear(x, w)) == Numbers{-2, -1});
  CHECK(numbers(mgan::linear(Vec{{1, 2, 3}}, w)) == Numbers{-2});
  CHECK(numbers(mgan::linear(x, w, Vec::Ones(1))) == Numbers{-1, 0});
  CHECK(numbers(mgan::blockwise_linear(x, Matrix(x.replicate(2, 1)), Vec{{0, 0, 1, 0}})) == Numbers{14, 31, 32, 77});
  CHECK_THROWS_WITH(mgan::blockwise_linear(x, Matrix::Ones(3, 3), Vec::Ones(3)),
                    "blockwise_linear: input is (2, 3), weight is (3, 3), bias is (3)");
  CHECK(numbers(mgan::inner(x, x)) == Numbers{14, 31, 31, 77});
  CHECK(numbers(mgan::matmul(x, Matrix(x.transpose()))) == Numbers{14, 31, 31, 77});
  CHECK(numbers(mgan::dot(x, Vec{{1, 1, 1}})) == Numbers{6, 15});
  CHECK(mgan::dot(Vec{{1, 2}}, Vec{{3, 4}}) == 11);
  CHECK(numbers(mgan::leading_block(Matrix(x.leftCols(2)), 1)) == Numbers{1});
  CHECK_THROWS_WITH(mgan::matmul(x, x), "matmul: (2, 3) times (2, 3)");
  CHECK_THROWS_WITH(mgan::inner(x, w.leftCols(2)), "inner: rows of (2, 3) against rows of (1, 2)");
  CHECK_THROWS_WITH(mgan::dot(x, Vec::Ones(2)), "dot: (2, 3) against (2)");
}

TEST_CASE("Reductions over the last axis", "[ops]") {
  const Matrix x = two_by_three();
  CHECK(numbers(mgan::sum(x)) == Numbers{6, 15});
  CHECK(numbers(mgan::mean(x)) == Numbers{2, 5});
  CHECK(numbers(mgan::max(x)) == Numbers{3, 6});
  CHECK(numbers(mgan::argmax(x)) == Numbers{2, 1});
  CHECK(mgan::argmax(Vec{{1, 3, 3}}) == 1);
  CHECK(mgan::sum(Vec{{1, 3, 3}}) == 7);
}

TEST_CASE("Unit vectors and softmax, over the last axis", "[ops]") {
  Matrix x(2, 2);
  x << 3, 4, 0, 0;
  CHECK(numbers(mgan::normalize(x)) == Numbers{0.6, 0.8, 0, 0});
  const Matrix p = mgan::softmax(two_by_three());
  CHECK(p.row(0).sum() == Approx(1));
  CHECK(p(1, 1) == Approx(reference::softmax({4, 6, 5})[1]));
  CHECK(numbers(mgan::softmax(Vec{{1000, 1000}})) == Numbers{0.5, 0.5});
}

TEST_CASE("Rows and columns", "[ops]") {
  const Matrix x = two_by_three();
  CHECK(numbers(mgan::transpose(x)) == Numbers{1, 4, 2, 6, 3, 5});
  CHECK(numbers(mgan::row(x, 1)) == Numbers{4, 6, 5});
  CHECK(mgan::row(Vec{{7, 8}}, 1) == 8);
  CHECK(numbers(mgan::drop_rows(x, 1)) == Numbers{4, 6, 5});
  CHECK(numbers(mgan::columns(x, 1, 2)) == Numbers{2, 3, 6, 5});
  const auto thirds = mgan::split_columns(x, 3);
  REQUIRE(thirds.size() == 3);
  CHECK(numbers(thirds[1]) == Numbers{2, 6});
  CHECK_THROWS_WITH(mgan::split_columns(x, 2), "split_columns: (2, 3) in 2 parts");
  const auto halves = mgan::split_columns(Vec{{7, 8, 9, 6}}, 2);
  REQUIRE(halves.size() == 2);
  CHECK(numbers(halves[1]) == Numbers{9, 6});
  CHECK_THROWS_WITH(mgan::split_columns(Vec{{7, 8, 9}}, 2), "split_columns: (3) in 2 parts");
  const auto [first, others] = mgan::split_first_row(x);
  CHECK(numbers(first) == Numbers{1, 2, 3});
  CHECK(numbers(others) == Numbers{4, 6, 5});
  CHECK(numbers(mgan::unpack(mgan::pack(x), x)) == numbers(x));  // a sample has no padding
  CHECK(numbers(mgan::concat(std::vector<Matrix>{x, x.leftCols(1)})) == Numbers{1, 2, 3, 1, 4, 6, 5, 4});
  CHECK(numbers(mgan::stack_columns(std::vector<Vec>{Vec{{1, 2}}, Vec{{3, 4}}})) == Numbers{1, 3, 2, 4});
  CHECK(numbers(mgan::add_to_rows(x, Vec{{1, 1, 0}})) == Numbers{2, 3, 3, 5, 7, 5});
  CHECK(numbers(mgan::gather_rows(x, mgan::EigenVector<std::int64_t>{{1, 1, 0}})) ==
        Numbers{4, 6, 5, 4, 6, 5, 1, 2, 3});
  CHECK(numbers(mgan::diagonal(Matrix(x.leftCols(2)))) == Numbers{1, 6});
}

TEST_CASE("Logarithms, clipped numbers and constants", "[ops]") {
  CHECK(mgan::log(Vec{{1, std::exp(2.0)}})(1) == Approx(2));
  CHECK(numbers(mgan::clip(two_by_three(), 2, 5)) == Numbers{2, 2, 3, 4, 5, 5});
  CHECK(numbers(mgan::detach(two_by_three())) == numbers(two_by_three()));
  Matrix x(2, 2);
  x << 3, 4, 0, 0;
  CHECK(mgan::l2(x)(0, 1) == Approx(4 / (5 + 1e-8)).epsilon(1e-15));
  CHECK(mgan::l2(Vec{{3, 4}}, 5)(0) == 0.3);
  CHECK(numbers(mgan::l2(Vec{{0, 0}})) == Numbers{0, 0});
}

TEST_CASE("Rows by vectors and numbers, joined and sorted", "[ops]") {
  const Matrix x = two_by_three();
  CHECK(numbers(mgan::multiply_rows(x, Vec{{1, 2, 0}})) == Numbers{1, 4, 0, 4, 12, 0});
  CHECK(numbers(mgan::scale_rows(x, Vec{{2, -1}})) == Numbers{2, 4, 6, -4, -6, -5});
  CHECK(numbers(mgan::concat_rows(std::vector<Matrix>{x, x.topRows(1)})) == Numbers{1, 2, 3, 4, 6, 5, 1, 2, 3});
  CHECK(numbers(mgan::concat(std::vector<Vec>{Vec{{1, 2}}, Vec{{3}}})) == Numbers{1, 2, 3});
  CHECK(numbers(mgan::flatten_rows(x)) == numbers(x));
  Matrix y(3, 2);
  y << 1, 5, 3, 5, 2, 7;
  CHECK(numbers(mgan::sort_rows(y)) == Numbers{3, 7, 2, 5, 1, 5});
  CHECK_THROWS_WITH(mgan::scale_rows(x, Vec::Ones(3)), "scale_rows: rows of (2, 3), numbers (3)");
  CHECK_THROWS_WITH(mgan::concat_rows(std::vector<Matrix>{x, y}), "concat_rows: (2, 3) and (3, 2)");
}

TEST_CASE("What top_k leaves, of equals the higher index", "[ops]") {
  Matrix x(2, 4);
  x << 1, 9, 3, 9,  //
      0, 0, 0, 0;
  CHECK(numbers(mgan::rest_of_top_k(x, 1)) == Numbers{0, 2, 3, 1, 2, 3});
  CHECK(numbers(mgan::rest_of_top_k(Vec{{5, 5, 6}}, 2)) == Numbers{1});
  CHECK(mgan::rest_of_top_k(Vec{{5, 5, 6}}, 3).size() == 0);
  CHECK(mgan::rest_of_top_k(Vec{{5, 5, 6}}, 0).size() == 3);
}

TEST_CASE("Columns that indices list are filled, in matrices and vectors", "[ops]") {
  const mgan::EigenVector<std::int64_t> indices{{0, 2}}, none(0), outside{{3}};
  const Matrix x = two_by_three();
  CHECK(numbers(mgan::fill_columns(x, indices, 7)) == Numbers{7, x(0, 1), 7, 7, x(1, 1), 7});
  CHECK(numbers(mgan::fill_columns(Vec{{1, 2, 3}}, indices, -1)) == Numbers{-1, 2, -1});
  CHECK(numbers(mgan::fill_columns(x, none, 7)) == numbers(x));
  CHECK_THROWS_WITH(mgan::fill_columns(x, outside, 7), "fill_columns: column 3 of (2, 3)");
}

TEST_CASE("Dropout keeps a number with its probability and its mean", "[ops]") {
  std::mt19937_64 first(1), second(1);
  const Vec x = Vec::Ones(10000);
  const Vec y = mgan::eigen_ops::dropout(x, 0.4, first);
  CHECK(numbers(y) == numbers(mgan::eigen_ops::dropout(x, 0.4, second)));
  CHECK((y.array() > 0).count() == Approx(6000).epsilon(0.03));
  CHECK(y.maxCoeff() == Approx(1 / 0.6));
  CHECK(numbers(mgan::eigen_ops::dropout(x, 0, first)) == numbers(x));
}

TEST_CASE("Every layout and expression of Eigen is a tensor", "[ops]") {
  const Matrix x = two_by_three();
  const Eigen::Matrix<double, 2, 3, Eigen::RowMajor> row_major = x;
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> map(row_major.data(),
                                                                                                     2, 3);
  CHECK(numbers(row_major) == numbers(x));
  CHECK(numbers(map) == numbers(x));
  CHECK(numbers(mgan::sum(map)) == Numbers{6, 15});
  CHECK(numbers(mgan::sum(2 * x)) == Numbers{12, 30});
  CHECK(numbers(mgan::normalize(x.row(0).head(1))) == Numbers{1});
  CHECK(numbers(mgan::sum(x.topRows(1))) == Numbers{6});
  CHECK(mgan::shape(x.col(0)) == mgan::Shape{2});
  CHECK(mgan::shape(x.row(0)) == mgan::Shape{3});
}
