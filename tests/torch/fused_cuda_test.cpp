// The host's side of the CUDA kernels, with the kernels emulated on CPU tensors: packing, tiles, both gradients,
// errors.
#include "mgan/fused/cuda.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "mgan/alignment/all_pairs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/cuda_emulation.hpp"

namespace {
int shared_bytes = 48 * 1024;
int next_code = 0;  // what the next kernel answers
std::int64_t launches = 0;
}  // namespace

// What include/mgan/kernels/cuda/kernels.cu defines.
namespace mgan::kernels::cuda {
namespace {
template <class Kernel>
int emulated(const Kernel& kernel, const Launch& how) {
  ++launches;
  if (next_code != 0) return next_code;
  return support::emulate(kernel, how);
}
}  // namespace
int launch(const ScoreInteraction<DenseTile>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const InteractionGradient<DenseTile>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const InteractionGradient<PairList>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const ScoreMaxima<DenseTile>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const MaximaGradient<DenseTile>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const MaximaGradient<PairList>& kernel, const Launch& how) { return emulated(kernel, how); }
int launch(const SumPartials& kernel, const Launch& how) { return emulated(kernel, how); }
int shared_memory(int& bytes) {
  bytes = shared_bytes;
  return 0;
}
const char* error_text(int code) { return code == 2 ? "out of memory" : "another error"; }
}  // namespace mgan::kernels::cuda

namespace {

/// Prepared sides: unit rows, captions of 1..L words, padding zero.
struct Sides {
  at::Tensor image, words, mask;
  std::vector<std::int64_t> lengths;

  Sides(std::int64_t I, std::int64_t T, std::int64_t K, std::int64_t L, std::int64_t D)
      : image(mgan::normalize(at::randn({I, K, D}))), words(mgan::normalize(at::randn({T, L, D}))) {
    for (std::int64_t t = 0; t < T; ++t) lengths.push_back(1 + t * 5 % L);
    mask = mgan::mask_from_lengths(mgan::cuda::on_device(lengths, at::kCPU), L);
    words = words.masked_fill(mask.logical_not().unsqueeze(-1), 0);
  }
};

/// Scores, then the gradients of image, words and weights, which `score` is given in the graph, in single precision.
template <class Module, class Score>
std::vector<at::Tensor> results(Module module, const Sides& sides, const at::Tensor& dS, at::ScalarType type,
                                const Score& score) {
  const auto leaf = [&](const at::Tensor& x) { return x.detach().to(type).clone().set_requires_grad(true); };
  const at::Tensor image = leaf(sides.image), words = leaf(sides.words);
  mgan::visit_parameters(module, [&](const auto&, at::Tensor& w) { w = leaf(w); });
  const at::Tensor scores = score(module, image, words);
  (scores * dS.to(type)).sum().backward();
  std::vector<at::Tensor> all{scores.detach(), image.grad(), words.grad()};
  mgan::visit_parameters(module, [&](const auto&, at::Tensor& w) { all.push_back(w.grad()); });
  return all;
}

at::Tensor by_functor(const auto& module, const at::Tensor& image, const at::Tensor& words, const at::Tensor& mask) {
  return mgan::score(module, image.unsqueeze(1), mgan::Masked<at::Tensor>{words.unsqueeze(0), mask.unsqueeze(0)});
}

template <class Module>
at::Tensor by_kernels(const Module& m, const at::Tensor& image, const at::Tensor& words,
                      const std::vector<std::int64_t>& lengths) {
  if constexpr (std::is_same_v<Module, mgan::PatchAlignment<at::Tensor>>) {
    const auto rows = [&](const at::Tensor& A) { return m.convention == mgan::Convention::column ? A : A.t(); };
    return mgan::cuda::interaction_scores({image, words, {}, lengths}, {rows(m.A1), rows(m.A2), rows(m.A3), rows(m.A4)},
                                          m.temperature);
  } else {
    return mgan::cuda::maxima_scores({image, words, {}, lengths}, mgan::epilogue_of(m).epilogue);
  }
}

/// The worst difference of a result from the functor in double precision, relative to its largest entry.
template <class Module>
double difference(const Module& module, const Sides& sides, const at::Tensor& dS) {
  const auto expected = results(
      module, sides, dS, at::kDouble,
      [&](const auto& m, const auto& image, const auto& words) { return by_functor(m, image, words, sides.mask); });
  const auto found = results(module, sides, dS, at::kFloat, [&](const auto& m, const auto& image, const auto& words) {
    return by_kernels(m, image, words, sides.lengths);
  });
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const at::Tensor largest = expected[i].abs().max().clamp_min(1e-6);
    worst = std::max(worst, ((found[i] - expected[i]).abs().max() / largest).template item<double>());
  }
  return worst;
}

mgan::PatchAlignment<at::Tensor> interaction(double temperature, mgan::Convention convention) {
  auto module = mgan::PatchAlignment<at::Tensor>::create(5, 9, temperature);
  for (at::Tensor* A : {&module.A1, &module.A2, &module.A3, &module.A4}) *A = *A + at::randn(A->sizes()) * 0.1;
  module.convention = convention;
  return module;
}

/// A value of a global for one scope.
template <class T>
struct Changed {
  T& place;
  T before;
  Changed(T& where, T value) : place(where), before(where) { place = value; }
  ~Changed() { place = before; }
  Changed(const Changed&) = delete;
};

}  // namespace

TEST_CASE("CUDA's host side on emulated kernels: scores and gradients of the functor in double", "[cuda]") {
  const Sides sides(37, 13, 5, 9, 19);
  const at::Tensor dense = at::randn({37, 13});
  at::Tensor sparse = dense * (at::randn({37, 13}) > 1.5);
  // Many tiles, one tile; workspace in shared memory, or in a slab.
  for (const auto& [floats, bytes] : {std::pair{std::int64_t{1} << 26, 48 * 1024},
                                      {std::int64_t{700}, 48 * 1024},
                                      {std::int64_t{1}, 48 * 1024},
                                      {std::int64_t{3000}, 64}}) {
    const Changed tile(mgan::cuda::tile_floats, floats);
    const Changed memory(shared_bytes, bytes);
    INFO(floats << " numbers a tile, " << bytes << " bytes of shared memory");
    for (const at::Tensor& dS : {dense, sparse, at::zeros({37, 13})}) {
      CHECK(difference(interaction(1, mgan::Convention::column), sides, dS) < 2e-5);
      if (floats != 700) continue;
      CHECK(difference(interaction(0.1, mgan::Convention::row), sides, dS) < 1e-4);
      CHECK(difference(mgan::PlainAggregation{}, sides, dS) < 1e-5);
      CHECK(difference(mgan::ColBert{}, sides, dS) < 1e-5);
    }
  }
}

TEST_CASE("CUDA's host side: products in bfloat16, sums and interaction in single", "[cuda]") {
  const Sides sides(33, 7, 5, 9, 64);
  const auto module = interaction(0.1, mgan::Convention::column);
  const at::Tensor single = by_kernels(module, sides.image, sides.words, sides.lengths);
  const Changed type(mgan::cuda::product_type, at::kBFloat16);
  const at::Tensor half = by_kernels(module, sides.image, sides.words, sides.lengths);
  const double error = (single - half).abs().max().item<double>();
  CHECK(error < 5e-3);
  CHECK(error > 0);
  CHECK(difference(module, sides, at::randn({33, 7})) < 5e-2);
}

TEST_CASE("CUDA's host side: the gradient is the same bits in every run, and none is made where none is asked",
          "[cuda]") {
  const Sides sides(20, 6, 5, 9, 11);
  const auto module = interaction(0.5, mgan::Convention::column);
  for (const at::Tensor& dS : {at::randn({20, 6}), at::randn({20, 6}) * (at::randn({20, 6}) > 1.5)}) {
    const auto score = [&](const auto& m, const auto& image, const auto& words) {
      return by_kernels(m, image, words, sides.lengths);
    };
    const auto first = results(module, sides, dS, at::kFloat, score),
               second = results(module, sides, dS, at::kFloat, score);
    for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i].equal(second[i]));
  }
  const at::NoGradGuard no_grad;
  CHECK_FALSE(
      by_kernels(module, sides.image.detach().set_requires_grad(true), sides.words, sides.lengths).requires_grad());
}

TEST_CASE("CUDA's errors name the kernel, its size and CUDA's words", "[cuda]") {
  const Sides sides(3, 2, 5, 9, 4);
  const Changed code(next_code, 2);
  CHECK_THROWS_WITH(by_kernels(interaction(1, mgan::Convention::column), sides.image, sides.words, sides.lengths),
                    "CUDA kernel score_interaction (2 blocks, 3036 bytes of workspace each): out of memory");
}

TEST_CASE("With CUDA's kernels attached, tensors on the CPU go where they went", "[cuda]") {
  const mgan::FusedPatchAlignment fused{interaction(1, mgan::Convention::column)};
  const std::int64_t before = launches;
  mgan::all_pairs(fused, at::randn({4, 5, 8}), at::randn({3, 6, 8}));
  CHECK(launches == before);
  CHECK(mgan::cuda_scoring.interaction != nullptr);
}
