// One vector for the tokens of a side: a weighted sum, with weights that their mean decides. SGRAF's global vectors.
//
//     a_n = tanh(N(local(x_n))),   g = tanh(N'(global(mean_n x_n))),   w = softmax_n(common(a_n * g))
//     v = l2(sum_n w_n x_n),       l2(x) = x / (|x| + 1e-8)
//
// N and N' are nothing for words. For regions N' is a BatchNorm of D channels, and N is one whose channels are the
// slots of regions: row r of every image has the statistics and weights r. Diao et al., AAAI 2021; Paranioar/SGRAF.
// common.bias has gradient 0: a softmax does not see it.
#pragma once

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/dropout.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

/// Words: N and N' leave numbers as they are.
struct NoTokenNorms {
  template <Tensor X, class Mask, class Context>
  const X& tokens(const X& x, const Mask&, Context) const {
    return x;
  }
  template <Tensor X, class Context>
  const X& vector(const X& x, Context) const {
    return x;
  }
  template <class Self, class F>
  static void visit(Self&, F&&) {}
};

/// Regions. Images of fewer regions use the leading slots.
template <Tensor T>
struct SlotNorms {
  BatchNorm<T> slots;     // (slots)
  BatchNorm<T> channels;  // (D)

  static SlotNorms create(std::int64_t slots, std::int64_t width) {
    return {BatchNorm<T>::create(slots), BatchNorm<T>::create(width)};
  }

  /// Rows (..., R, D), row r with the statistics r. In training a batch (I, R, D): those of a slot are over the images
  /// that have it and over D.
  template <Tensor X, class Mask, class Context>
  auto tokens(const X& x, const Mask& real, Context context) const {
    const std::int64_t R = axis(x, 2), all = axis(slots.weight, 1);
    require(R <= all, "Sgraf: ", R, " regions, but image.local_norm has ", all, " slots");
    const auto columns_of = [R](const auto& v) { return columns(v, 0, R); };  // (slots) -> (R)
    const auto y = [&] {                                                      // (..., D, R)
      if constexpr (is_training<Context>) return of_batch(transpose(x), real, context);
      else
        return slots.statistics.standardized(transpose(x), columns_of(slots.statistics.mean),
                                             columns_of(slots.statistics.variance));
    }();
    return transpose(add(mul(y, columns_of(slots.weight)), columns_of(slots.bias)));  // (..., R, D)
  }
  template <Tensor X, class Context>
  auto vector(const X& x, Context context) const {
    return channels(x, context);  // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("local_norm", self.slots);
    f("global_norm", self.channels);
  }

 private:
  /// x (I, D, R) standardized slot by slot; the running statistics of slots that no image has stay.
  template <Tensor X, class Mask, class Context>
  auto of_batch(const X& x, const Mask& real, Context context) const {
    static_assert(
        requires { ops_for<X>::unsqueeze(x, 0); }, "mgan: SGRAF is trained on batches, on LibTorch");
    require(shape(x).size() == 3, "Sgraf: in training regions are (images, regions, D), not ", shape(transpose(x)));
    const auto by_slot = [&real](const auto& y) {           // (I, D, R) -> (R), of the images that have the slot
      const auto of_image = transpose(mean(transpose(y)));  // (R, I)
      if constexpr (std::is_same_v<Mask, NoMask>) return sum(of_image);
      else return sum(of_image, transpose(real));
    };
    const auto images = by_slot(shift(scale(detach(x), 0), 1));         // (R), how many have the slot
    const auto count = scale(images, static_cast<double>(axis(x, 2)));  // (R), numbers
    const auto [m, v] = channel_moments(x, [&](const auto& y) { return div(by_slot(y), at_least(images, 1)); });
    const auto unbiased = div(mul(v, count), at_least(shift(count, -1), 1));  // (R)
    slots.statistics.move(of_slots(m), of_slots(unbiased), context, std::optional(of_slots(clip(images, 0, 1))));
    return slots.statistics.standardized(x, m, v);
  }
  /// (R) with zeros for the slots behind.
  template <Tensor V>
  V of_slots(const V& x) const {
    const V none = scale(slots.statistics.mean, 0);  // (slots)
    return concat(std::vector<V>{detach(x), columns(none, 0, axis(none, 1) - axis(x, 1))});
  }
};

template <Tensor T, class Norms = NoTokenNorms>
struct GuidedPooling {
  Linear<T> local, global;  // (D, D)
  Linear<T> common;         // (1, D)
  Norms norms = {};
  Dropout dropout{0.4};  // behind both tanh

  static GuidedPooling create(std::int64_t width, Norms norms = {}) {
    return {Linear<T>::create(width, width), Linear<T>::create(width, width), Linear<T>::create(width, 1), norms};
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., D), of length 1.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, Context context = {}) const {
    const auto& x = values(tokens);
    const auto a = dropout(tanh(norms.tokens(local(x), mask(tokens), context)), context);  // (..., n, D)
    const auto middle = type_as(mean(transpose(x), mask(tokens)), x);                      // (..., D)
    const auto g = dropout(tanh(norms.vector(global(middle), context)), context);          // (..., D)
    const auto logits = row(transpose(common(multiply_rows(a, g))), 0);                    // (..., n)
    const auto w = type_as(softmax(logits, mask(tokens)), x);                              // (..., n)
    return type_as(l2(dot(transpose(x), w)), x);                                           // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("local", self.local);
    f("global", self.global);
    f("common", self.common);
    Norms::visit(self.norms, f);
  }
};

}  // namespace mgan
