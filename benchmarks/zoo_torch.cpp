// Every alignment module against the same formula written plainly in LibTorch operations.
//
//     zoo_torch [rounds]
//
// One batch of 96 images and 192 captions, 36 regions or 16 patches, captions of 5 to 24 words (mean 14), D = 256,
// single precision. In every round each module and its plain twin run once, one after the other, forward and then
// forward with backward; the ratio is plain / mgan, median over rounds: above 1, mgan is faster. Memory is what the
// process grew by at its peak during forward and backward.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/zoo/table.hpp"
#include "plain_zoo.hpp"

namespace {

struct Contest {
  std::string name;
  std::function<at::Tensor()> ours, plain;
};

double memory(const char* field) {  // MB
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(field, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  return 0;
}
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

double milliseconds(const std::function<void()>& f) {
  const auto began = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct Figures {
  double ours, plain, ratio;  // milliseconds, median; the median of the ratios of a round
};

/// Rounds of one contest. The order within a round alternates.
Figures compete(int rounds, const std::function<void()>& ours, const std::function<void()>& plain) {
  ours();
  plain();
  std::vector<double> a, b, ratios;
  for (int round = 0; round < rounds; ++round) {
    const bool first = round % 2 == 0;
    const double one = milliseconds(first ? ours : plain), two = milliseconds(first ? plain : ours);
    a.push_back(first ? one : two);
    b.push_back(first ? two : one);
    ratios.push_back(b.back() / a.back());
  }
  return {median(a), median(b), median(ratios)};
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(3, std::atoi(argv[1])) : 15;
  constexpr std::int64_t I = 96, T = 192, R = 36, K = 16, D = 256, longest = 24;
  std::vector<std::int64_t> lengths;
  for (std::int64_t t = 0; t < T; ++t) lengths.push_back(5 + (t * 7) % 20);
  at::Tensor regions = at::randn({I, R, D}), patches = at::randn({I, K, D}), words = at::randn({T, longest, D});
  const at::Tensor word_lengths = at::tensor(lengths, at::kLong);
  const at::Tensor corner = at::rand({I, R, 2}), boxes = at::cat({corner, corner + at::rand({I, R, 2}) + 0.1}, 2);
  const at::Tensor image_sizes = at::rand({I, 2}) + 2;
  for (at::Tensor* leaf : {&regions, &patches, &words}) leaf->set_requires_grad(true);
  const mgan::zoo::AlignmentSizes sizes{.width = D, .patches = K, .words = longest, .temperature = 0.1, .seed = 1};

  std::vector<Contest> contests;
  const auto forms = plain::forms(sizes.temperature, sizes.heads);
  using mgan::zoo::Slot;
  mgan::zoo::each_row([&]<class Row>(std::type_identity<Row>) {
    Row::published([&]<Slot slot>(const mgan::zoo::Published<slot>& p, const auto& make) {
      const auto module = mgan::zoo::made<at::Tensor>(make, sizes);
      plain::Weights weights;
      mgan::visit_tensors(module, [&](const std::string& name, const at::Tensor& w) { weights[name] = w; });
      const plain::Batch batch{slot == Slot::patch ? patches : regions, words, word_lengths, boxes, image_sizes};
      const auto ours = [=] {
        if constexpr (slot == Slot::global)
          return mgan::all_pairs(module, batch.image.select(1, 0), batch.words.select(1, 0));
        else if constexpr (mgan::WantsBoxes<std::remove_cvref_t<decltype(module)>>)
          return mgan::all_pairs(module, mgan::RegionTokens{batch.image, batch.boxes, batch.image_sizes},
                                 mgan::ragged(batch.words, batch.lengths));
        else return mgan::all_pairs(module, batch.image, mgan::ragged(batch.words, batch.lengths));
      };
      const auto form = forms.at(p.name);
      contests.push_back({p.name, ours, [=] { return form(batch, weights); }});
    });
  });

  std::printf("LibTorch %s, %d threads, single precision; %lld images x %lld captions, %d rounds, medians\n\n",
              TORCH_VERSION, at::get_num_threads(), static_cast<long long>(I), static_cast<long long>(T), rounds);
  std::printf("%-15s %9s | %11s %11s %6s | %11s %11s %6s | %8s %8s\n", "module", "largest", "forward", "plain", "ratio",
              "fwd + bwd", "plain", "ratio", "memory", "plain");
  std::printf("%-15s %9s | %11s %11s %6s | %11s %11s %6s | %8s %8s\n", "", "|a - b|", "us a pair", "us a pair", "",
              "us a pair", "us a pair", "", "MB", "MB");
  int slower = 0, measured = 0;
  for (const Contest& c : contests) {
    if (argc > 2 && std::find(argv + 2, argv + argc, c.name) == argv + argc) continue;
    ++measured;
    const double difference = (c.ours() - c.plain()).abs().max().item<double>();
    const auto forward = [](const std::function<at::Tensor()>& f) {
      return [&f] {
        const at::NoGradGuard no_grad;
        f();
      };
    };
    const auto backward = [&](const std::function<at::Tensor()>& f) {
      return [&f, &regions, &patches, &words] {
        for (const at::Tensor* leaf : {&regions, &patches, &words}) leaf->mutable_grad() = at::Tensor();
        f().sum().backward();
      };
    };
    const auto peak = [&](const std::function<void()>& f) {
      reset_peak();
      const double before = memory("VmRSS");
      f();
      return std::max(0.0, memory("VmHWM") - before);
    };
    const Figures fwd = compete(rounds, forward(c.ours), forward(c.plain));
    const Figures both = compete(rounds, backward(c.ours), backward(c.plain));
    const double ours_mb = peak(backward(c.ours)), plain_mb = peak(backward(c.plain));
    const double us = 1000.0 / static_cast<double>(I * T);
    std::printf("%-15s %9.1e | %11.3f %11.3f %6.2f | %11.3f %11.3f %6.2f | %8.0f %8.0f\n", c.name.c_str(), difference,
                fwd.ours * us, fwd.plain * us, fwd.ratio, both.ours * us, both.plain * us, both.ratio, ours_mb,
                plain_mb);
    std::fflush(stdout);
    if (fwd.ratio < 0.95 || both.ratio < 0.95) ++slower;
  }
  std::printf("\n%d of %d modules slower than their plain form (a ratio below 0.95)\n", slower, measured);
  return measured > 0 ? 0 : 2;
}
