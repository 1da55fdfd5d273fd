// The rows of the target table that are about the precision of gradients: fused and single-precision autograd against
// autograd in double, on the same batches.
#pragma once

#include <array>

#include "training_contest.hpp"

namespace bench {

/// The same batch and weights in double.
inline Training in_double(const Training& t) {
  Training wide = t;
  for (at::Tensor* leaf : wide.leaves()) *leaf = leaf->detach().to(at::kDouble).set_requires_grad(true);
  wide.dense = t.dense.to(at::kDouble);
  return wide;
}

/// Errors of dP, dW, dA1 .. dA4, of the largest entry; mean of the batches.
struct GradientErrors {
  std::array<double, 6> fused{}, autograd{};

  static double most(const std::array<double, 6>& of, std::size_t begin, std::size_t end) {
    return *std::max_element(of.begin() + static_cast<std::ptrdiff_t>(begin),
                             of.begin() + static_cast<std::ptrdiff_t>(end));
  }
};
inline GradientErrors gradient_errors(Training::Loss loss, double temperature, std::int64_t width) {
  constexpr std::int64_t batches = 6, B = 32;
  const Workload w = make_workload(batches * B, batches * B, 16, 32, width, 14, temperature);
  GradientErrors errors;
  for (std::int64_t b = 0; b < batches; ++b) {
    Training t(w, B, b * B), wide = in_double(t);
    wide.eager(loss, false);
    const auto exact = wide.gradients();
    const auto add = [&](std::array<double, 6>& to) {
      const auto found = t.gradients();
      for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += ((found[i] - exact[i]).abs().max() / exact[i].abs().max()).item<double>() / batches;
    };
    t.ours(loss);
    add(errors.fused);
    t.eager(loss, false);
    add(errors.autograd);
  }
  return errors;
}

inline void gradient_contest(Report& report, Options&) {
  using Loss = Training::Loss;
  std::printf("   six batches of 32 images and captions, D = 512; of the largest entry, mean of the batches\n");
  for (const double temperature : {0.1, 0.01}) {
    const std::string at = temperature == 0.1 ? "temperature 0.1" : "temperature 0.01";
    double sides = 0, weights = 0, ratio = 0;
    for (const auto& [loss, name] : {std::pair(Loss::dense, "dense"), std::pair(Loss::hinge, "hardest negatives")}) {
      const GradientErrors e = gradient_errors(loss, temperature, 512);
      for (std::size_t i = 0; i < 6; ++i) {
        const char* const names[] = {"dP", "dW", "dA1", "dA2", "dA3", "dA4"};
        std::printf("   %s, %-18s %-4s fused %.1e, autograd in single precision %.1e\n", at.c_str(), name, names[i],
                    e.fused[i], e.autograd[i]);
        report.figures.push_back({{"contest", "gradients, " + at},
                                  {"who", std::string(name) + ", " + names[i]},
                                  {"fused", e.fused[i]},
                                  {"autograd", e.autograd[i]}});
        if (i >= 2) ratio = std::max(ratio, e.fused[i] / e.autograd[i]);
      }
      sides = std::max(sides, GradientErrors::most(e.fused, 0, 2));
      weights = std::max(weights, GradientErrors::most(e.fused, 2, 6));
    }
    report.row("error of dP and dW against double, of the largest entry", at, sides, "", 1e-4, 3e-5, Better::less);
    if (temperature >= 0.1)
      report.row("error of dA against double, of the largest entry", at, weights, "", 1e-4, 3e-5, Better::less);
    else report.row("error of dA, of that of autograd in single precision", at, ratio, "x", 2, 2, Better::less);
  }
}

}  // namespace bench
