// BatchNorm (Ioffe & Szegedy 2015): every channel, a place of the last axis, to mean 0 and variance 1 over the batch.
//
//     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
//     in training: mean and biased variance of the batch; the running ones move,
//     running <- (1 - momentum) running + momentum batch, with the unbiased variance
//
// Padded rows do not exist for it. In training the samples of a batch are one tensor (with its mask): a list of samples
// is refused by the drivers. On Eigen that is one matrix with the rows of all samples.
#pragma once

#include <cmath>

#include "mgan/core/masked.hpp"
#include "mgan/core/state.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Mean and biased variance (C) of every channel of x (..., C). over(y) is the mean of every channel of y.
template <Tensor X, class Over>
auto channel_moments(const X& x, const Over& over) {
  const auto middle = over(x);                            // (C)
  const auto centred = sub(x, middle);                    // (..., C)
  return std::pair{middle, over(mul(centred, centred))};  // (C), (C)
}

/// The state of a BatchNorm, and a BatchNorm without weights.
template <Tensor T>
struct RunningStatistics {
  vector_of<T> mean;      // (C)
  vector_of<T> variance;  // (C)
  double momentum = 0.1;
  double epsilon = 1e-5;

  static RunningStatistics create(std::int64_t channels) {
    return {make_vector<T>(channels), make_vector<T>(channels, 1)};
  }

  /// Rows (..., C), masked if some are padding -> (..., C), zero at padding. At inference any number of rows; in
  /// training a batch of two or more.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& x, Context context = {}) const {
    check(x);
    if constexpr (is_training<Context>) {
      const auto rows = flatten_rows(pack(x));  // (M, C), the real ones
      const std::int64_t M = axis(rows, 2);
      require(M > 1, "BatchNorm: a batch of ", M, " row has no variance");
      const auto [m, v] = channel_moments(rows, [](const auto& y) { return mgan::mean(transpose(y)); });
      move(m, scale(v, static_cast<double>(M) / static_cast<double>(M - 1)), context);
      return mask_rows(standardized(values(x), m, v), mask(x));
    } else {
      return mask_rows(standardized(values(x), mean, variance), mask(x));
    }
  }

  /// (x - mean) / sqrt(variance + epsilon) with given statistics (C): (..., C) -> (..., C).
  template <Tensor X, Tensor V>
  auto standardized(const X& x, const V& m, const V& v) const {
    return type_as(div(sub(x, m), root(shift(v, epsilon), epsilon / 2)), x);
  }

  /// Appends to the context's updates: mean and unbiased variance (C) of a batch. `present` (C) is 0 where the batch
  /// has no numbers of a channel.
  template <Tensor V, class Context>
  void move(const V& batch_mean, const V& batch_variance, Context& context,
            const std::optional<V>& present = std::nullopt) const {
    append(mean, batch_mean, momentum, context, present);
    append(variance, batch_variance, momentum, context, present);
  }
  /// The same for n batches of one channel, one after the other, with statistics (n): as one update.
  template <Tensor V, class Context>
  void move_by_each(const V& means, const V& variances, Context& context) const {
    const auto n = axis(means, 1);
    const double kept = std::pow(1 - momentum, static_cast<double>(n));
    HostArray shares{{n}, {}};  // of each batch in what the state moves towards
    for (std::int64_t i = 0; i < n; ++i)
      shares.values.push_back(momentum * std::pow(1 - momentum, static_cast<double>(n - 1 - i)) / (1 - kept));
    const auto share = tensor_like(means, shares);                                                           // (n)
    const auto total = [&](const V& x) { return dot(transpose(stack_columns(std::vector<V>{x})), share); };  // (1)
    append(mean, total(means), 1 - kept, context, std::optional<V>{});
    append(variance, total(variances), 1 - kept, context, std::optional<V>{});
  }

  template <Tokens X>
  void check(const X& x) const {
    require(axis(x, 1) == axis(mean, 1), "BatchNorm: input is ", shape(x), ", its statistics are of ", axis(mean, 1),
            " channels");
    check_same_kind("BatchNorm", "input and statistics", values(x), mean);
  }

  template <class Self, class F>
  static void visit_state(Self& self, F&& f) {
    f("mean", self.mean);
    f("variance", self.variance);
  }

 private:
  template <Tensor V, class Context>
  static void append(const V& state, const V& batch, double share, Context& context, const std::optional<V>& present) {
    static_assert(
        requires { context.updates.push_back(StateUpdate<V>{}); },
        "mgan: this module has running statistics: train it with Training{generator, updates}, where updates "
        "is a mgan::StateUpdates of its vectors");
    if constexpr (requires { context.updates; })
      context.updates.push_back({ops_for<V>::identity(state), detach(batch), share, present});
  }
};

/// With weights, which start as the identity.
template <Tensor T>
struct BatchNorm {
  vector_of<T> weight;  // (C)
  vector_of<T> bias;    // (C)
  RunningStatistics<T> statistics;

  static BatchNorm create(std::int64_t channels) {
    return {make_vector<T>(channels, 1), make_vector<T>(channels), RunningStatistics<T>::create(channels)};
  }

  /// Rows (..., C), masked if some are padding -> (..., C), zero at padding.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& x, Context context = {}) const {
    return mask_rows(add(mul(statistics(x, context), weight), bias), mask(x));  // (..., C)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
  template <class Self, class F>
  static void visit_state(Self& self, F&& f) {
    RunningStatistics<T>::visit_state(self.statistics, f);
  }
};

}  // namespace mgan
