// Two linear layers with an activation between.
#pragma once

#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"

namespace mgan {

/// y = W_2 f(W_1 x + b_1) + b_2, f GELU or what `Activation` is: (..., in) -> (..., out). Named "0" and "2", as
/// torch.nn.Sequential names them.
template <Tensor T, class Activation = gelu_fn>
struct Mlp {
  Linear<T> hidden;  // (H, in)
  Linear<T> output;  // (out, H)

  static Mlp create(std::int64_t in, std::int64_t hidden, std::int64_t out) {
    return {Linear<T>::create(in, hidden), Linear<T>::create(hidden, out)};
  }

  template <Tensor X>
  auto operator()(const X& x) const {
    return output(Activation{}(hidden(x)));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("0", self.hidden);
    f("2", self.output);
  }
};

template <Tensor T>
using ReluMlp = Mlp<T, relu_fn>;

/// Throws unless the layers take `in` numbers to `out`, whatever is between.
template <Tensor T, class Activation>
void check_layer(const char* where, const std::string& what, const Mlp<T, Activation>& layers, std::int64_t out,
                 std::int64_t in) {
  const std::int64_t hidden = axis(layers.hidden.weight, 2);
  check_layer(where, what + ".0", layers.hidden, hidden, in);
  check_layer(where, what + ".2", layers.output, out, hidden);
}

}  // namespace mgan
