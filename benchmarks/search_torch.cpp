// One sentence against 5,000 images, as `mgan search` scores it: exact, all three granularities.
//
//     search_torch [rounds]
//
// Random image states in single precision, K = 16 patches, 12 views, a sentence of 10 words, D = 512 and 2048, in
// shards of 1,024 images. A round scores once; medians over rounds. `packed anew` is the patch score of the same sweep
// where the images do not lie packed, and `functor` that without the sweep, both once a round as well.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/fused/torch.hpp"
#include "mgan/fused/torch/packed_patches.hpp"

namespace {

constexpr std::int64_t images = 5000, images_a_shard = 1024, K = 16, N = 12, words = 10, rounds_by_default = 9;

struct Shard {
  mgan::Views<at::Tensor, at::Tensor> views;  // (I, N, D)
  at::Tensor global, patches;                 // (I, D), (I, K, D)
  mgan::PackedPatches packed;
};

double milliseconds(const std::function<void()>& f) {
  const auto began = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

std::vector<Shard> random_shards(std::int64_t D) {
  const auto rows = [](at::IntArrayRef sizes) { return mgan::normalize(at::randn(sizes)); };
  std::vector<Shard> shards;
  for (std::int64_t i = 0; i < images; i += images_a_shard) {
    const std::int64_t n = std::min(images_a_shard, images - i);
    Shard shard{{rows({n, N, D}), at::zeros({n, 1, N})}, rows({n, D}), rows({n, K, D}), {}};
    shard.packed = mgan::pack_patches(shard.patches);
    shards.push_back(std::move(shard));
  }
  return shards;
}

void measure(std::int64_t D, int rounds) {
  const std::vector<Shard> shards = random_shards(D);
  const mgan::RegionAlignment<at::Tensor> region;
  const mgan::GlobalAlignment global;
  const auto functor = mgan::PatchAlignment<at::Tensor>::create(K, 32);
  const mgan::FusedPatchAlignment fused{functor};
  const at::Tensor sentence = mgan::normalize(at::randn({1, D})), cls = mgan::normalize(at::randn({1, D}));
  const mgan::Masked<at::Tensor> text{mgan::normalize(at::randn({1, words, D})), at::ones({1, words}, at::kBool)};

  using Part = std::function<at::Tensor(const Shard&)>;
  const std::vector<std::pair<const char*, Part>> parts{
      {"region", [&](const Shard& s) { return mgan::score_all(region, s.views, sentence); }},
      {"global", [&](const Shard& s) { return mgan::score_all(global, s.global, cls); }},
      {"patch, packed", [&](const Shard& s) { return mgan::score_packed(functor, s.packed, text); }},
      {"patch, packed anew", [&](const Shard& s) { return mgan::score_all(fused, s.patches, text); }},
      {"patch, functor", [&](const Shard& s) { return mgan::score_all(functor, s.patches, text); }}};
  std::vector<std::vector<double>> times(parts.size());
  std::vector<double> totals;
  for (int round = -1; round < rounds; ++round) {  // the first one is not counted
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const double t = milliseconds([&] {
        for (const Shard& shard : shards) parts[p].second(shard);
      });
      if (round >= 0) times[p].push_back(t);
    }
    if (round >= 0) totals.push_back(times[0].back() + times[1].back() + times[2].back());
  }
  std::printf("D = %lld: %.1f ms a query (region, global and packed patches; best %.1f, worst %.1f)\n",
              static_cast<long long>(D), median(totals), *std::min_element(totals.begin(), totals.end()),
              *std::max_element(totals.begin(), totals.end()));
  for (std::size_t p = 0; p < parts.size(); ++p) std::printf("    %-20s %8.1f ms\n", parts[p].first, median(times[p]));
}

}  // namespace

int main(int argc, char** argv) {
  const at::NoGradGuard no_grad;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(rounds_by_default);
  std::printf("%lld images, %lld patches, %lld views, a sentence of %lld words, %d threads, %s, %d rounds\n",
              static_cast<long long>(images), static_cast<long long>(K), static_cast<long long>(N),
              static_cast<long long>(words), at::get_num_threads(),
              mgan::kernels::name_of(mgan::kernels::best_target()), rounds);
  for (const std::int64_t D : {512, 2048}) measure(D, rounds);
}
