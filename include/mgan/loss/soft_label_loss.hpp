// Cross entropy against labels that are no yes or no: several captions of an image, or a share for every wrong one.
//
//     L = (mean_i -sum_j y_ij log q_ij + the same of columns) / 2,    q_i = softmax_j(s S_ij)
//
// y are the labels, every row (of columns: every column) divided by its sum. With y = 1 on the diagonal it is
// ContrastiveLoss without ids; several ones a row are UniCL's targets (Yang et al., CVPR 2022), smoothing is Szegedy et
// al.'s (CVPR 2016).
#pragma once

#include <span>

#include "mgan/core/parameters.hpp"
#include "mgan/loss/in_batch_pairs.hpp"
#include "mgan/loss/temperature.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// (B, B): 1 - smoothing shared by the captions of the image, and smoothing by all B; rows and columns sum to 1.
inline HostArray soft_labels(std::int64_t batch, std::span<const std::int64_t> image_ids = {}, double smoothing = 0) {
  require(smoothing >= 0 && smoothing < 1, "soft_labels: smoothing is ", smoothing, ", expected 0 or more, below 1");
  require(image_ids.empty() || static_cast<std::int64_t>(image_ids.size()) == batch, "soft_labels: ", image_ids.size(),
          " image ids for a batch of ", batch);
  HostArray labels = pair_numbers(batch, image_ids, 1, 1, 0);
  const auto B = static_cast<std::size_t>(batch);
  for (std::size_t i = 0; i < B; ++i) {
    double right = 0;
    for (std::size_t j = 0; j < B; ++j) right += labels.values[i * B + j];
    for (std::size_t j = 0; j < B; ++j) {
      double& y = labels.values[i * B + j];
      y = (1 - smoothing) * y / right + smoothing / static_cast<double>(batch);
    }
  }
  return labels;
}

/// (..., m, n) -> (..., m, n): the logarithm of the softmax over the last axis.
template <Tensor X>
auto log_softmax(const X& logits) {
  return transpose(sub(transpose(logits), log_sum_exp(logits)));
}

template <class Temperature = FixedTemperature>
struct SoftLabelLoss {
  Temperature temperature = {};

  /// scores and labels (B, B), labels 0 or more, some in every row and column -> the loss, a mean over the batch.
  /// Labels are constants: no gradient.
  template <Tensor X, Tensor Y>
  auto operator()(const X& scores, const Y& labels) const {
    check_pairs("SoftLabelLoss", scores);
    check_labels(labels, shape(scores));
    const auto logits = temperature(widen(scores));                                                    // (B, B)
    const auto y = detach(widen(labels));                                                              // (B, B)
    return scale(add(one_direction(logits, y), one_direction(transpose(logits), transpose(y))), 0.5);  // ()
  }

  void constrain() {
    if constexpr (requires { temperature.constrain(); }) temperature.constrain();
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if constexpr (HasParameters<Temperature>) Temperature::visit(self.temperature, f);
  }

 private:
  /// -sum_j y_ij log q_ij / sum_j y_ij, the mean over i.
  template <Tensor X, Tensor Y>
  static auto one_direction(const X& logits, const Y& y) {
    const auto missed = sum(mul(y, log_softmax(logits)));  // (B)
    return scale(mean(div(missed, sum(y))), -1);           // ()
  }

  template <Tensor Y>
  static void check_labels(const Y& labels, const Shape& expected) {
    check_shape("SoftLabelLoss", "labels", labels, expected);
    check_finite("SoftLabelLoss", "labels", labels);
    if (!check_values) return;
    const HostArray host = to_host(labels);
    const auto B = static_cast<std::size_t>(expected[0]);
    for (std::size_t i = 0; i < B; ++i) {
      double row = 0, column = 0;
      for (std::size_t j = 0; j < B; ++j) {
        const double y = host.values[i * B + j];
        require(y >= 0, "SoftLabelLoss: labels", Shape{static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)},
                " is ", y, ", expected 0 or more");
        row += y;
        column += host.values[j * B + i];
      }
      require(row > 0 && column > 0, "SoftLabelLoss: labels: ", row > 0 ? "column " : "row ", i,
              " has no label above 0");
    }
  }
};

template <class Temperature>
SoftLabelLoss(Temperature) -> SoftLabelLoss<Temperature>;

template <Tensor T>
using LearnedSoftLabelLoss = SoftLabelLoss<LearnedTemperature<T>>;

}  // namespace mgan
