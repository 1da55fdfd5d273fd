// Layers on Eigen against the naive loops.
#include "tests/reference/layers.hpp"
#include "mgan/nn/conv1d.hpp"
#include "mgan/nn/layer_norm.hpp"
#include "mgan/nn/mlp.hpp"
#include "mgan/nn/weight_normed_linear.hpp"
#include "tests/reference/multi_view_summarization.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"
#include "tests/support/random.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;

namespace {

template <class S>
void check(const mgan::EigenMatrix<S>& actual, const Array& expected) {
  CHECK(difference(array(mgan::to_host(actual)), expected, tolerance<S>()) == "");
}

/// f of every row.
template <class F>
Array rows(const Array& x, F&& f) {
  Array out({x.size(0), static_cast<Index>(f(x.row(0)).size())});
  for (Index r = 0; r < x.size(0); ++r) out.set_row(f(x.row(r)), r);
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("Linear, Projection and Mlp are the naive loops'", "[nn]", float, double) {
  using T = mgan::EigenMatrix<TestType>;
  Random random(1);
  auto first = random.linear(5, 4), second = random.linear(4, 3);
  const Array x = random.normal({6, 5}, 2.0);
  EigenSide<TestType> side;

  mgan::Mlp<T> mlp;
  Leaves names;
  names.add("0", first);
  names.add("2", second);
  side.weights(mlp, names);
  check<TestType>(mlp.hidden(eigen_matrix<TestType>(x)),
                  rows(x, [&](const Vector& v) { return reference::linear(first, v); }));
  check<TestType>(mlp(eigen_matrix<TestType>(x)), rows(x, [&](const Vector& v) {
                    return reference::linear(second, reference::gelu(reference::linear(first, v)));
                  }));

  const mgan::ReluMlp<T> relu{mlp.hidden, mlp.output};
  check<TestType>(relu(eigen_matrix<TestType>(x)), rows(x, [&](const Vector& v) {
                    Vector h = reference::linear(first, v);
                    for (double& number : h) number = std::max(number, 0.0);
                    return reference::linear(second, h);
                  }));

  const mgan::Projection<T> projection{eigen_matrix<TestType>(first.weight)};
  check<TestType>(projection(eigen_matrix<TestType>(x)), rows(x, [&](const Vector& v) {
                    return reference::linear({first.weight, {}}, v);
                  }));
}

TEMPLATE_TEST_CASE("WeightNormedLinear has rows of the lengths that it names", "[nn]", float, double) {
  using T = mgan::EigenMatrix<TestType>;
  Random random(4);
  const Array direction = random.normal({3, 5}, 2.0), length = random.normal({3}), bias = random.normal({3});
  ReferenceLinear plain{direction, bias};
  for (Index o = 0; o < 3; ++o) {
    const double squares = reference::dot(direction.row(o), direction.row(o));
    for (Index i = 0; i < 5; ++i) plain.weight.at(o, i) *= length.at(o) / std::sqrt(squares);
  }
  const mgan::WeightNormedLinear<T> f{eigen_matrix<TestType>(direction), eigen_vector<TestType>(length),
                                      eigen_vector<TestType>(bias)};
  const Array x = random.normal({6, 5});
  check<TestType>(f(eigen_matrix<TestType>(x)), rows(x, [&](const Vector& v) { return reference::linear(plain, v); }));

  auto fresh = mgan::WeightNormedLinear<T>::create(5, 3);
  mgan::initialize(fresh, 1);
  CHECK(fresh.direction.cwiseAbs().maxCoeff() > TestType(0.1));
  CHECK(fresh.length.isApprox(fresh.direction.rowwise().norm()));
}

TEST_CASE("fill_xavier draws from +-sqrt(6 / (in + out))", "[nn]") {
  Matrix weight = Matrix::Zero(30, 66);
  mgan::WeightGenerator generator{1};
  mgan::fill_xavier(weight, generator);
  CHECK(weight.cwiseAbs().maxCoeff() <= 0.25);  // sqrt(6 / 96)
  CHECK(weight.cwiseAbs().maxCoeff() > 0.24);
  CHECK(weight.cwiseAbs().mean() == Approx(0.125).epsilon(0.1));
}

TEMPLATE_TEST_CASE("LayerNorm is the naive loop's", "[nn]", float, double) {
  Random random(2);
  const Array weight = random.normal({5}, 0.2, 1.0), bias = random.normal({5}), x = random.normal({4, 5}, 3.0, 2.0);
  const mgan::LayerNorm<mgan::EigenMatrix<TestType>> f{eigen_vector<TestType>(weight), eigen_vector<TestType>(bias)};
  check<TestType>(f(eigen_matrix<TestType>(x)),
                  rows(x, [&](const Vector& v) { return reference::layer_norm(weight, bias, v); }));
}

TEMPLATE_TEST_CASE("Conv1d is the naive loop's, for every width and dilation", "[nn]", float, double) {
  using T = mgan::EigenMatrix<TestType>;
  Random random(3);
  for (const Index width : {1, 3, 5}) {
    for (const Index dilation : {1, 2, 3}) {
      for (const Index rows : {1, 2, 7}) {
        INFO("width " << width << ", dilation " << dilation << ", rows " << rows);
        reference::Convolution conv{random.normal({3, 2, width}), random.normal({3}), dilation};
        for (double& b : conv.bias.values) b += 100;  // above zero, where the naive loop's relu does nothing
        const Array x = random.normal({1, rows, 2});
        Array expected({rows, 3});
        for (Index r = 0; r < rows; ++r) expected.set_row(reference::convolve(conv, x, 0, r, rows), r);

        auto f = mgan::Conv1d<T>::create(2, 3, width, dilation);
        mgan::assign(f.weight, host(conv.weight));
        mgan::assign(f.bias, host(conv.bias));
        check<TestType>(f(eigen_matrix<TestType>(sample(x, 0, rows))), expected);
      }
    }
  }
}

TEST_CASE("Layers refuse wrong shapes", "[nn]") {
  CHECK_THROWS_WITH(mgan::Linear<Matrix>::create(4, 3)(Matrix::Ones(2, 5)),
                    "linear: input is (2, 5), weight is (3, 4)");
  CHECK_THROWS_WITH(mgan::LayerNorm<Matrix>::create(4)(Matrix::Ones(2, 5)), "LayerNorm: weight is (4), expected (5)");
  CHECK_THROWS_WITH((mgan::Conv1d<Matrix>::create(4, 3, 5, 1)(Matrix::Ones(2, 5))),
                    "Conv1d: input is (2, 5), kernel is (3, 4, 5)");
  CHECK_THROWS_WITH((mgan::Conv1d<Matrix>::create(4, 3, 2, 1)), "Conv1d: width is 2, expected an odd number");
  CHECK_THROWS_WITH((mgan::Conv1d<Matrix>::create(4, 3, 3, 0)), "Conv1d: dilation is 0, expected at least 1");
}
