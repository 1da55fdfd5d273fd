// Weights by name, Adam, clipping.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>

#include <cmath>
#include <string>
#include <vector>

#include "mgan/train/adam.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace mgan::train;

struct Pair {
  at::Tensor first, second;
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("first", self.first);
    f("second", self.second);
  }
};

}  // namespace

TEST_CASE("Parameters: collected by name, frozen by prefix, moved and cast in place") {
  Pair pair{at::randn({2, 3}), at::randn({4})};
  auto all = named_parameters(pair);
  REQUIRE(all.size() == 2);
  CHECK(all[1].first == "second");
  CHECK(all[0].second.is_same(pair.first));
  set_requires_grad(with_prefix(all, "fir"), true);
  CHECK(trainable(all).size() == 1);
  to(pair, at::kCPU, at::kDouble);
  CHECK(pair.first.scalar_type() == at::kDouble);
  CHECK(pair.first.requires_grad());
  CHECK(pair.first.is_leaf());
  CHECK_FALSE(pair.second.requires_grad());
  CHECK(mgan::count_parameters(pair) == 10);
}

TEST_CASE("Adam equals its formula in plain double") {
  for (const auto type : {at::kDouble, at::kFloat}) {
    Pair pair{at::randn({3, 5}, type), at::randn({2}, type)};  // `second` never gets a gradient
    auto weights = named_parameters(pair);
    set_requires_grad(weights, true);
    const auto untouched = pair.second.detach().clone();
    AdamOptions options;
    options.learning_rate = 0.05;
    Adam adam(weights, options);
    auto w = mgan::to_host(pair.first).values;
    std::vector<double> m(w.size(), 0.0), v(w.size(), 0.0);
    for (int t = 1; t <= 5; ++t) {
      const auto gradient = at::randn({3, 5}, type);
      pair.first.mutable_grad() = gradient.clone();
      adam.options.learning_rate = 0.05 / t;
      adam.step();
      const auto g = mgan::to_host(gradient).values;
      for (std::size_t i = 0; i < w.size(); ++i) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        w[i] -= 0.05 / t * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      }
      const auto got = mgan::to_host(pair.first).values;
      for (std::size_t i = 0; i < w.size(); ++i)
        CHECK(got[i] == Approx(w[i]).margin(type == at::kDouble ? 1e-12 : 1e-5));
    }
    CHECK(at::equal(pair.second.detach(), untouched));
    const auto state = adam.state();
    CHECK(state[0].first == "first.exp_avg");
    CHECK(state[2].second.item<double>() == 5);
    CHECK(state[5].second.item<double>() == 0);
  }
}

TEST_CASE("clip_gradients: one length over all weights; a gradient that is not finite is named") {
  Pair pair{at::randn({3, 5}), at::randn({2})};
  auto weights = named_parameters(pair);
  set_requires_grad(weights, true);
  CHECK(clip_gradients(weights, 2.0, 1) == 0.0);
  const auto a = at::randn({3, 5}), b = at::randn({2});
  const double norm = std::sqrt((a * a).sum().item<double>() + (b * b).sum().item<double>());
  const auto assign = [&] {
    pair.first.mutable_grad() = a.clone();
    pair.second.mutable_grad() = b.clone();
  };
  assign();
  CHECK(clip_gradients(weights, norm / 2, 1) == Approx(norm));
  CHECK(at::allclose(pair.first.grad(), a * 0.5));
  CHECK(at::allclose(pair.second.grad(), b * 0.5));
  assign();
  clip_gradients(weights, norm * 2, 1);
  CHECK(at::equal(pair.first.grad(), a));
  pair.second.grad()[1].fill_(std::nan(""));
  CHECK_THROWS_WITH(clip_gradients(weights, 2.0, 812), "step 812: the gradient of second is not finite");
  CHECK(std::isnan(clip_gradients(weights, 2.0, 812, NonFinite::skip)));
  CHECK_FALSE(pair.first.grad().defined());
}
