// Two vectors of one sample into one, each coordinate with its own share of either: DSRAN's fusion (Wen et al., TCSVT
// 2020; kywen1119/DSRAN).
//
//     a = W_1 x + b_1      b = W_2 y + b_2      t = sigmoid(U_1 a + c_1 + U_2 b + c_2)      t * a + (1 - t) * b
#pragma once

#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"

namespace mgan {

template <Tensor T>
struct GatedFusion {
  Linear<T> first, second;            // W: (D, D) each
  Linear<T> first_gate, second_gate;  // U: (D, D) each

  static GatedFusion create(std::int64_t width) {
    const auto layer = [width] { return Linear<T>::create(width, width); };
    return {layer(), layer(), layer(), layer()};
  }

  /// x and y (..., D) -> (..., D).
  template <Tensor X, Tensor Y>
  auto operator()(const X& x, const Y& y) const {
    check_finite("GatedFusion", "first", x);
    check_finite("GatedFusion", "second", y);
    require(shape(x) == shape(y), "GatedFusion: first is ", shape(x), ", second is ", shape(y));
    const auto a = first(x), b = second(y);                      // (..., D)
    const auto t = sigmoid(add(first_gate(a), second_gate(b)));  // (..., D)
    return add(b, mul(t, sub(a, b)));                            // (..., D)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("first", self.first);
    f("second", self.second);
    f("first_gate", self.first_gate);
    f("second_gate", self.second_gate);
  }
};

}  // namespace mgan
