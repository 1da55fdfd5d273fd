// Primitives on batches of LibTorch: sample by sample those of Eigen, with masks, leading axes that broadcast,
// gradients.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "mgan/backend/eigen.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/mgan.hpp"
#include "mgan/testing.hpp"
#include "tests/support/catch.hpp"

namespace {

using Numbers = std::vector<double>;

at::Tensor normal(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble); }
Numbers numbers(const at::Tensor& x) { return mgan::to_host(x).values; }
mgan::EigenMatrix<double> matrix(const at::Tensor& x) {
  mgan::EigenMatrix<double> y(x.size(0), x.size(1));
  mgan::assign(y, mgan::to_host(x));
  return y;
}
mgan::EigenVector<double> vector(const at::Tensor& x) {
  mgan::EigenVector<double> y(x.size(0));
  mgan::assign(y, mgan::to_host(x));
  return y;
}
/// Three samples of 4, 2 and 3 rows.
mgan::Masked<at::Tensor> ragged() { return mgan::ragged(normal({3, 4, 5}), at::tensor({4, 2, 3})); }

/// Gradients of f at its inputs, in double.
template <class F, class... X>
std::string slopes(const F& f, const X&... x) {
  const mgan::CheckResult result = mgan::check_gradients(f, x...);
  return result ? "" : result.message();
}

}  // namespace

TEST_CASE("Rows times vectors and numbers, on any leading axes", "[torch][ops]") {
  const at::Tensor x = normal({2, 1, 4, 5}), v = normal({3, 5}), s = normal({3, 4});
  const at::Tensor by_vector = mgan::multiply_rows(x, v), by_number = mgan::scale_rows(x, s);  // (2, 3, 4, 5)
  for (int i = 0; i < 2; ++i)
    for (int t = 0; t < 3; ++t) {
      CHECK(matrix(by_vector[i][t]) == mgan::multiply_rows(matrix(x[i][0]), vector(v[t])));
      CHECK(matrix(by_number[i][t]) == mgan::scale_rows(matrix(x[i][0]), vector(s[t])));
    }
  CHECK_THROWS_WITH(mgan::scale_rows(x, v), "scale_rows: rows of (2, 1, 4, 5), numbers (3, 5)");
  CHECK(slopes([](const auto& a, const auto& b, const auto&) { return mgan::multiply_rows(a, b); },
               normal({2, 1, 2, 3}), normal({2, 3}), normal({1})) == "");
  CHECK(slopes([](const auto& a, const auto& b, const auto&) { return mgan::scale_rows(a, b); }, normal({2, 1, 2, 3}),
               normal({2, 2}), normal({1})) == "");
}

TEST_CASE("Rows and columns of several tensors, whose leading axes broadcast", "[torch][ops]") {
  const at::Tensor x = normal({2, 1, 4, 5}), y = normal({1, 3, 2, 5}), z = normal({3, 4, 1});
  const at::Tensor rows = mgan::concat_rows(std::vector{x, y}), columns = mgan::concat(std::vector{x, z});
  CHECK(rows.sizes() == at::IntArrayRef({2, 3, 6, 5}));
  CHECK(columns.sizes() == at::IntArrayRef({2, 3, 4, 6}));
  for (int i = 0; i < 2; ++i)
    for (int t = 0; t < 3; ++t) {
      CHECK(matrix(rows[i][t]) == mgan::concat_rows(std::vector{matrix(x[i][0]), matrix(y[0][t])}));
      CHECK(matrix(columns[i][t]) == mgan::concat(std::vector{matrix(x[i][0]), matrix(z[t])}));
    }
  CHECK(mgan::concat(std::vector{normal({2, 1, 4}), normal({3, 2})}).sizes() == at::IntArrayRef({2, 3, 6}));  // vectors
  CHECK_THROWS_WITH(mgan::concat_rows(std::vector{x, normal({3, 3, 2, 5})}), "concat: leading axes (2, 1) and (3, 3)");
  CHECK(numbers(mgan::flatten_rows(x)) == numbers(x));
  CHECK(mgan::flatten_rows(x).sizes() == at::IntArrayRef({8, 5}));
  CHECK(slopes(
            [](const auto& a, const auto& b, const auto&) {
              return mgan::concat_rows(std::vector{a, b});
            },
            normal({2, 1, 2, 3}), normal({2, 1, 3}), normal({1})) == "");
}

TEST_CASE("Columns are sorted over the real rows", "[torch][ops]") {
  const auto x = ragged();
  const at::Tensor holed = x.values.masked_fill(x.mask.logical_not().unsqueeze(-1), NAN);
  const at::Tensor all = mgan::sort_rows(x.values), real = mgan::sort_rows(x.values, x.mask);
  for (int b = 0; b < 3; ++b) {
    const std::int64_t n = x.mask[b].sum().item<std::int64_t>();
    CHECK(matrix(all[b]) == mgan::sort_rows(matrix(x.values[b])));
    CHECK(matrix(real[b].narrow(0, 0, n)) == mgan::sort_rows(matrix(x.values[b].narrow(0, 0, n))));
    CHECK(real[b].narrow(0, n, 4 - n).eq(0).all().item<bool>());
  }
  CHECK(at::equal(mgan::sort_rows(holed, x.mask), real));          // whatever stands at padding
  const at::Tensor gaps = at::tensor({0, 1, 0, 1}).to(at::kBool);  // a mask with holes
  CHECK(matrix(mgan::sort_rows(x.values[0], gaps).narrow(0, 0, 2)) ==
        mgan::sort_rows(mgan::concat_rows(std::vector{matrix(x.values[0].narrow(0, 1, 1)),  //
                                                      matrix(x.values[0].narrow(0, 3, 1))})));
  CHECK(slopes([&](const auto& a) { return mgan::sort_rows(a, x.mask); }, x.values) == "");
  CHECK(at::equal(mgan::real_first(gaps), at::tensor({1, 1, 0, 0}).to(at::kBool)));
  CHECK(at::equal(mgan::real_first(x.mask), x.mask));
}

TEST_CASE("A mask with real positions in front", "[torch][ops]") {
  const at::Tensor mask = ragged().mask;
  const at::Tensor more = mgan::prepend_real(mask, 2);
  CHECK(more.scalar_type() == at::kBool);
  CHECK(at::equal(more.narrow(1, 2, 4), mask));
  CHECK(more.narrow(1, 0, 2).all().item<bool>());
  static_assert(std::is_same_v<decltype(mgan::prepend_real(mgan::NoMask{}, 2)), mgan::NoMask>);
}

TEST_CASE("What top_k leaves is its complement", "[torch][ops]") {
  const at::Tensor ties = at::tensor({1., 9., 3., 9., 0., 0., 0., 0.}).view({2, 4});
  CHECK(numbers(mgan::rest_of_top_k(ties, 1)) == Numbers{0, 2, 3, 1, 2, 3});
  const at::Tensor scores = normal({3, 2, 7});
  for (std::int64_t k = 0; k <= 7; ++k) {
    const at::Tensor both = at::cat({mgan::top_k(scores, k), mgan::rest_of_top_k(scores, k)}, -1);  // (3, 2, 7)
    CHECK(at::equal(std::get<0>(both.sort(-1)), at::arange(7).expand({3, 2, 7})));
    CHECK(at::equal(std::get<0>(mgan::rest_of_top_k(scores, k).sort(-1)), mgan::rest_of_top_k(scores, k)));
  }
}

TEST_CASE("Rows are gathered for several lists of indices", "[torch][ops]") {
  const at::Tensor x = normal({2, 1, 4, 5}), indices = mgan::top_k(normal({2, 3, 4}), 2);
  const at::Tensor some = mgan::gather_rows(x, indices);  // (2, 3, 2, 5)
  for (int i = 0; i < 2; ++i)
    for (int t = 0; t < 3; ++t)
      for (int k = 0; k < 2; ++k) CHECK(at::equal(some[i][t][k], x[i][0][indices[i][t][k].item<std::int64_t>()]));
  CHECK(at::equal(mgan::gather_rows(x[0][0], indices), mgan::gather_rows(x[0].unsqueeze(0), indices)));
  CHECK(at::equal(mgan::gather_rows(x.expand({2, 3, 4, 5}), indices), some));  // the way without broadcasting
  CHECK_THROWS_WITH(mgan::gather_rows(normal({4, 1, 4, 5}), indices), "gather_rows: leading axes (4, 1) and (2, 3)");
  CHECK(slopes([&](const auto& a) { return mgan::gather_rows(a, indices); }, x) == "");
}

TEST_CASE("Columns are filled for several lists of indices", "[torch][ops]") {
  const at::Tensor x = normal({2, 1, 4, 5}), indices = mgan::top_k(normal({2, 3, 5}), 2);
  const at::Tensor filled = mgan::fill_columns(x, indices, -INFINITY);  // (2, 3, 4, 5)
  CHECK(filled.sizes() == at::IntArrayRef({2, 3, 4, 5}));
  for (int i = 0; i < 2; ++i)
    for (int t = 0; t < 3; ++t) {
      mgan::EigenVector<std::int64_t> listed(2);
      for (int k = 0; k < 2; ++k) listed(k) = indices[i][t][k].item<std::int64_t>();
      CHECK(matrix(filled[i][t]) == mgan::fill_columns(matrix(x[i][0]), listed, -INFINITY));
    }
  CHECK(at::equal(mgan::fill_columns(x, indices.narrow(-1, 0, 0), 7), x.expand({2, 3, 4, 5})));
  CHECK(slopes([&](const auto& a) { return mgan::fill_columns(a, indices, 3); }, x) == "");
  CHECK(slopes([&](const auto& a) { return mgan::softmax(mgan::fill_columns(a, indices, -INFINITY)); }, x) == "");
}

TEST_CASE("Logarithms, clipped numbers, constants and l2 have their gradients", "[torch][ops]") {
  const at::Tensor x = normal({2, 3, 4});
  CHECK(slopes([](const auto& a) { return mgan::log(mgan::shift(mgan::mul(a, a), 1)); }, x) == "");
  CHECK(slopes([](const auto& a) { return mgan::l2(a, 0.1); }, x) == "");
  CHECK(matrix(mgan::l2(x)[1]).isApprox(mgan::l2(matrix(x[1])), 1e-15));

  const auto gradient = [](const auto& f, const Numbers& at) {
    const at::Tensor v = at::tensor(at).requires_grad_(true);
    f(v).sum().backward();
    return v.grad().defined() ? numbers(v.grad()) : Numbers(at.size(), 0.0);
  };
  CHECK(gradient([](const auto& v) { return mgan::clip(v, -1, 1); }, {-2, -0.5, 1.5}) == Numbers{0, 1, 0});
  CHECK(gradient([](const auto& v) { return mgan::mul(v, mgan::detach(v)); }, {2, 3}) == Numbers{2, 3});
  CHECK(gradient([](const auto& v) { return mgan::l2(v); }, {0, 0}) == Numbers{0, 0});
  CHECK(mgan::l2(x.to(at::kBFloat16)).scalar_type() == at::kFloat);
}

TEST_CASE("Dropout of a batch", "[torch][ops]") {
  at::Generator one = at::detail::createCPUGenerator(7), other = at::detail::createCPUGenerator(7);
  const at::Tensor x = at::ones({100, 100}, at::kDouble);
  const at::Tensor y = mgan::torch_ops::dropout(x, 0.4, one);
  CHECK(at::equal(y, mgan::torch_ops::dropout(x, 0.4, other)));
  CHECK(y.gt(0).sum().item<double>() == Approx(6000).epsilon(0.03));
  CHECK(y.max().item<double>() == Approx(1 / 0.6));
  CHECK(at::equal(mgan::torch_ops::dropout(x, 0, one), x));
}
