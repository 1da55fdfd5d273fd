// scripts/gpu-check: the fused scorer on a GPU beside the functor's own operations, eager, on the same GPU. A line of
// JSON a row: scoring of 500 images x 2,500 captions, and scores with loss and gradients of a batch of 128.
//
//     cuda_torch [WIDTH...]     512 and 2048 when left out
//
// fp32: products in single precision; tf32: as LibTorch's "high"; bf16: mgan's products in bfloat16 with sums in
// single.
#include <ATen/Context.h>
#include <ATen/ops/tensor.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <chrono>
#include <cstdio>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/fused/cuda.hpp"
#include "mgan/io/json.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "support/eager.hpp"
#include "support/workload.hpp"

namespace {

using mgan::io::Json;

struct Cost {
  double seconds = 0, megabytes = 0;
};

/// The median of five, each until the GPU has nothing left to do, after two that are not counted; memory is the peak of
/// LibTorch's allocator above what was held before.
template <class F>
Cost cost_of(const F& f) {
  auto* memory = c10::getDeviceAllocator(at::kCUDA);
  const auto held = [&](auto member) {
    return static_cast<double>(memory->getDeviceStats(0).allocated_bytes[0].*member);
  };
  const auto once = [&] {
    const auto began = std::chrono::steady_clock::now();
    const at::Tensor result = f();
    result.flatten()[0].template item<float>();  // waits
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  once();
  memory->resetPeakStats(0);
  const double before = held(&c10::CachingAllocator::Stat::current);
  once();
  const double peak = held(&c10::CachingAllocator::Stat::peak);
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) times.push_back(once());
  std::sort(times.begin(), times.end());
  return {times[2], (peak - before) / 1e6};
}

void print(const char* what, const char* who, const char* type, std::int64_t width, const Cost& cost,
           double difference) {
  const Json row = {{"what", what},
                    {"who", who},
                    {"type", type},
                    {"D", width},
                    {"seconds", cost.seconds},
                    {"MB", cost.megabytes},
                    {"difference", difference}};
  std::printf("%s\n", row.dump().c_str());
  std::fflush(stdout);
}

/// A workload's images and captions on the GPU, prepared: unit rows, padded words with their lengths.
struct Sides {
  at::Tensor image;                // (I, K, D)
  mgan::Masked<at::Tensor> words;  // (T, L, D)
  mgan::PatchAlignment<at::Tensor> module;

  Sides(const bench::Workload& w, std::int64_t images, std::int64_t texts) {
    const auto on = [](const std::vector<float>& x, const std::vector<std::int64_t>& shape) {
      return at::tensor(x).view(shape).to(at::kCUDA);
    };
    image = on(w.rows, {w.images, w.patches, w.width}).narrow(0, 0, images).contiguous();
    const at::Tensor all = on(w.words, {w.texts, w.longest, w.width}).narrow(0, 0, texts).contiguous();
    const at::Tensor lengths = at::tensor(w.lengths).narrow(0, 0, texts).to(at::kCUDA);
    words = mgan::ragged(all, lengths);
    const auto square = [&](const std::vector<float>& x, std::int64_t n) { return on(x, {n, n}); };
    module = {square(w.A1, w.longest), square(w.A2, w.patches), square(w.A3, w.patches),
              square(w.A4, w.longest), w.temperature,           mgan::Convention::column};
  }
};

void set_type(const std::string& type) {
  at::globalContext().setFloat32MatmulPrecision(type == "tf32" ? "high" : "highest");
  mgan::cuda::product_type = type == "bf16" ? at::kBFloat16 : at::kFloat;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

void scoring(const bench::Workload& w) {
  const at::NoGradGuard no_grad;
  const Sides s(w, w.images, w.texts);
  const mgan::Fused<mgan::PatchAlignment<at::Tensor>> fused{s.module};
  const auto own = [&] { return mgan::score_all(fused, s.image, s.words); };                             // (I, T)
  const auto eager = [&] { return mgan::score_all(s.module, s.image, s.words, mgan::Tile{500, 250}); };  // (I, T)
  set_type("fp32");
  const at::Tensor expected = eager();
  for (const char* type : {"fp32", "tf32", "bf16"}) {
    set_type(type);
    print("scoring", "mgan fused", type, w.width, cost_of(own), largest_difference(own(), expected));
    if (std::string(type) != "bf16")
      print("scoring", "LibTorch eager", type, w.width, cost_of(eager), largest_difference(eager(), expected));
  }
}

void step(const bench::Workload& w) {
  Sides s(w, 128, 128);
  const auto with_gradients = [&](const auto& module) {
    std::vector<at::Tensor> leaves{s.image, s.words.values, s.module.A1, s.module.A2, s.module.A3, s.module.A4};
    for (at::Tensor& leaf : leaves) leaf.mutable_grad() = at::Tensor();
    const at::Tensor loss = mgan::TripletRankingLoss{}(mgan::score_all(module, s.image, s.words));
    loss.backward();
    return s.image.grad();
  };
  for (at::Tensor* leaf : {&s.image, &s.words.values, &s.module.A1, &s.module.A2, &s.module.A3, &s.module.A4})
    leaf->set_requires_grad(true);
  const mgan::Fused<mgan::PatchAlignment<at::Tensor>> fused{s.module};
  set_type("fp32");
  const at::Tensor expected = with_gradients(s.module).clone();
  for (const char* type : {"fp32", "tf32", "bf16"}) {
    set_type(type);
    const auto own = [&] { return with_gradients(fused); };
    const auto eager = [&] { return with_gradients(s.module); };
    print("step", "mgan fused", type, w.width, cost_of(own), largest_difference(own(), expected));
    if (std::string(type) != "bf16")
      print("step", "LibTorch eager", type, w.width, cost_of(eager), largest_difference(eager(), expected));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (!at::globalContext().hasCUDA()) {
    std::fprintf(stderr, "skipped: no GPU\n");
    return 77;
  }
  std::vector<std::int64_t> widths;
  for (int i = 1; i < argc; ++i) widths.push_back(std::stoll(argv[i]));
  if (widths.empty()) widths = {512, 2048};
  for (const std::int64_t width : widths) {
    const bench::Workload w = bench::make_workload(500, 2500, 16, 32, width);
    scoring(w);
    step(w);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
