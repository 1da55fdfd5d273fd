// The CUDA kernels on a GPU against the functors in double precision on the CPU. Without a GPU every test says so.
//
//     compute-sanitizer --tool memcheck build/cuda/tests/mgan_tests_cuda        and --tool racecheck
#include "mgan/fused/cuda.hpp"

#include <ATen/Context.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "mgan/alignment/all_pairs.hpp"
#include "tests/support/catch.hpp"

namespace {

bool skipped() {
  if (at::globalContext().hasCUDA()) return false;
  WARN("skipped: no GPU");
  return true;
}

struct Size {
  std::int64_t I, T, K, L, D;
};

/// Scores through the driver, then the gradients of image, words and weights, as doubles on the CPU.
template <class Module>
std::vector<at::Tensor> results(Module module, const at::Tensor& image, const at::Tensor& words,
                                const at::Tensor& lengths, const at::Tensor& dS, at::Device device,
                                at::ScalarType type) {
  const auto leaf = [&](const at::Tensor& x) {
    return x.detach().to(device, type, false, true).set_requires_grad(true);
  };
  const at::Tensor pictures = leaf(image), texts = leaf(words);
  mgan::visit_parameters(module, [&](const auto&, at::Tensor& w) { w = leaf(w); });
  const at::Tensor scores = mgan::all_pairs(module, pictures, mgan::ragged(texts, lengths));
  (scores * dS.to(device, type)).sum().backward();
  std::vector<at::Tensor> all{scores.detach(), pictures.grad(), texts.grad()};
  mgan::visit_parameters(module, [&](const auto&, at::Tensor& w) { all.push_back(w.grad()); });
  for (at::Tensor& x : all) x = x.to(at::kCPU, at::kDouble);
  return all;
}

template <class Module>
void check(const Module& module, const Size& s, double tolerance) {
  const at::Tensor image = at::randn({s.I, s.K, s.D}), words = at::randn({s.T, s.L, s.D});
  std::vector<std::int64_t> lengths;
  for (std::int64_t t = 0; t < s.T; ++t) lengths.push_back(1 + t * 5 % s.L);
  const at::Tensor words_of = mgan::cuda::on_device(lengths, at::kCPU), dense = at::randn({s.I, s.T});
  for (const at::Tensor& dS : {dense, dense * (at::randn({s.I, s.T}) > 1.5), at::zeros({s.I, s.T})}) {
    const std::vector<at::Tensor> expected = results(module, image, words, words_of, dS, at::kCPU, at::kDouble);
    const std::vector<at::Tensor> found =
        results(mgan::Fused<Module>{module}, image, words, words_of, dS, at::kCUDA, at::kFloat);
    const std::vector<at::Tensor> again =
        results(mgan::Fused<Module>{module}, image, words, words_of, dS, at::kCUDA, at::kFloat);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      INFO("result " << i << ", I " << s.I << ", T " << s.T << ", K " << s.K << ", L " << s.L << ", D " << s.D);
      const double largest = expected[i].abs().max().clamp_min(1e-6).item<double>();
      CHECK((found[i] - expected[i]).abs().max().item<double>() / largest < tolerance);
      CHECK(found[i].equal(again[i]));
    }
  }
}

mgan::PatchAlignment<at::Tensor> interaction(const Size& s, double temperature, mgan::Convention convention) {
  auto module = mgan::PatchAlignment<at::Tensor>::create(s.K, s.L, temperature);
  for (at::Tensor* A : {&module.A1, &module.A2, &module.A3, &module.A4}) *A = *A + at::randn(A->sizes()) * 0.1;
  module.convention = convention;
  return module;
}

}  // namespace

TEST_CASE("On a GPU: scores, dense and sparse gradients are the functor's", "[cuda]") {
  if (skipped()) return;
  for (const Size& s : {Size{1, 1, 1, 1, 1}, Size{37, 13, 5, 9, 19}, Size{64, 40, 16, 32, 128}, Size{3, 5, 49, 70, 16},
                        Size{2, 3, 196, 64, 8}, Size{1, 2, 300, 9, 8}}) {
    check(interaction(s, 1, mgan::Convention::column), s, 1e-4);
    check(interaction(s, 0.1, mgan::Convention::row), s, 1e-3);
    check(mgan::PlainAggregation{}, s, 1e-4);
    check(mgan::ColBert{}, s, 1e-4);
  }
}

TEST_CASE("On a GPU: many tiles give what one tile gives", "[cuda]") {
  if (skipped()) return;
  const std::int64_t before = mgan::cuda::tile_floats;
  mgan::cuda::tile_floats = 2000;
  const Size s{37, 13, 5, 9, 19};
  check(interaction(s, 1, mgan::Convention::column), s, 1e-4);
  mgan::cuda::tile_floats = before;
}

TEST_CASE("On a GPU: products in bfloat16", "[cuda]") {
  if (skipped()) return;
  mgan::cuda::product_type = at::kBFloat16;
  const Size s{37, 13, 5, 9, 64};
  check(interaction(s, 0.1, mgan::Convention::column), s, 5e-2);
  mgan::cuda::product_type = at::kFloat;
}
