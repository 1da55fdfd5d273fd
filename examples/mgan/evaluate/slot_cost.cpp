#include "slot_cost.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "mgan/alignment/all_pairs.hpp"

namespace program {

namespace {

/// A line of /proc/self/status in MB; 0 where the system does not tell.
double memory(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(field, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  return 0;
}
/// Forgets the peak so far.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace

SlotCost measure_slot(const Model& model, const Samples& samples, bool patch_slot) {
  const at::NoGradGuard no_grad;
  std::vector<std::int64_t> which(std::min<std::size_t>(samples.size(), 100));
  std::iota(which.begin(), which.end(), 0);
  const auto texts_wanted = std::min<std::size_t>(samples.captions().size(), 500);
  const MatcherState images = model.prepare_images(samples.images(which));
  const MatcherState texts = model.prepare_texts(samples.tokens(
      {samples.captions().begin(), samples.captions().begin() + static_cast<std::ptrdiff_t>(texts_wanted)}));
  const auto sweep = [&] {
    return patch_slot ? mgan::score_all(model.matcher.patch_alignment, images.patch, texts.patch)
                      : mgan::score_all(model.matcher.region_alignment, images.region, texts.region);
  };
  sweep();  // the first one pays for memory that the allocator keeps
  reset_peak();
  const double before = memory("VmRSS");
  std::array<double, 3> seconds{};
  for (double& s : seconds) {
    const auto began = std::chrono::steady_clock::now();
    sweep();
    s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  std::sort(seconds.begin(), seconds.end());
  const double pairs = static_cast<double>(which.size() * texts_wanted);
  return {seconds[1] / pairs * 1e6, std::max(0.0, memory("VmHWM") - before)};
}

}  // namespace program
