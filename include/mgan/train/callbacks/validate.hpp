// Measures the model after epochs.
#pragma once

#include <ATen/core/grad_mode.h>

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "mgan/metrics/retrieval.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// What a measurement says, whatever it returns.
inline Validation validation_of(Validation given) { return given; }
inline Validation validation_of(std::floating_point auto score) {
  char line[64];
  std::snprintf(line, sizeof line, "validation %.4g", static_cast<double>(score));
  return {static_cast<double>(score), {{"validation", static_cast<double>(score)}}, line};
}
/// Score: RSum.
inline Validation validation_of(const RetrievalMetrics& m) {
  const auto direction = [](const Recall& r) {
    return io::Json{
        {"r1", r.r1}, {"r5", r.r5}, {"r10", r.r10}, {"median_rank", r.median_rank}, {"mean_rank", r.mean_rank}};
  };
  char line[120];
  std::snprintf(line, sizeof line, "validation R@1 %.1f (image to text) %.1f (text to image), RSum %.1f",
                m.image_to_text.r1, m.text_to_image.r1, m.rsum());
  const io::Json all = {
      {"image_to_text", direction(m.image_to_text)}, {"text_to_image", direction(m.text_to_image)}, {"rsum", m.rsum()}};
  return {m.rsum(), {{"validation", all}}, line};
}

template <class F>
concept Measures = requires(F& measure) {
  validation_of(measure());
};

/// Calls measure() after every `every` epochs and after the last one, without gradients, and with the averages of the
/// weights in their place where the recipe asks for an average. It returns a number, the larger, the better;
/// RetrievalMetrics, whose RSum counts; or a Validation.
template <class F>
struct Validate {
  static constexpr Stage stage = Stage::validate;
  F measure;
  std::int64_t every = 1;

  void begin(Run&) const { require(every >= 1, "Validate: every is ", every, ", expected at least 1 epoch"); }
  void epoch_ended(Run& run) {
    static_assert(Measures<F>, "mgan: Validate{measure}: measure() returns a number, RetrievalMetrics or a Validation");
    if (run.state.epoch % every != 0 && run.state.epoch != run.recipe.epochs) return;
    const at::NoGradGuard no_grad;
    const UseAverage averages(run.averaged());
    run.validation = validation_of(measure());
  }
};
template <class F>
Validate(F) -> Validate<F>;
template <class F>
Validate(F, std::int64_t) -> Validate<F>;

}  // namespace mgan::train
