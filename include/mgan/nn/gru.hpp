// A gated recurrent unit along the rows of a sample (Cho et al., EMNLP 2014), as torch.nn.GRU has it, h_0 = 0:
//
//     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)        z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
//     n = tanh(W_in x + b_in + r * (W_hn h + b_hn))     h <- (1 - z) n + z h
//
// Rows of padding keep the state, so that the last state is that of the last real row.
#pragma once

#include <cmath>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// The order in which a recurrent layer reads the rows.
enum class ReadingOrder { forward, backward };

template <Tensor T>
struct Gru {
  matrix_of<T> weight_ih;  // (3 H, D), the gates r, z, n one below the other
  matrix_of<T> weight_hh;  // (3 H, H)
  vector_of<T> bias_ih;    // (3 H)
  vector_of<T> bias_hh;    // (3 H)

  static Gru create(std::int64_t in, std::int64_t width) {
    return {make_matrix<T>(3 * width, in), make_matrix<T>(3 * width, width), make_vector<T>(3 * width),
            make_vector<T>(3 * width)};
  }

  /// The state behind every row: (..., n, D), masked if it is padded -> (..., n, H), zeros at padding.
  template <Tokens X>
  auto operator()(const X& rows, ReadingOrder order = ReadingOrder::forward) const {
    std::vector<decltype(run(rows, order, [](const auto&, std::int64_t) {}))> states(
        static_cast<std::size_t>(axis(rows, 2)));
    run(rows, order, [&](const auto& h, std::int64_t place) { states[static_cast<std::size_t>(place)] = h; });
    return mask_rows(transpose(stack_columns(states)), mask(rows));  // (..., n, H)
  }
  /// The state behind the last row that is read: (..., n, D) -> (..., H).
  template <Tokens X>
  auto last(const X& rows, ReadingOrder order = ReadingOrder::forward) const {
    return run(rows, order, [](const auto&, std::int64_t) {});
  }

  /// Torch's: U(-1 / sqrt(H), 1 / sqrt(H)), biases too.
  void initialize(WeightGenerator& generator) {
    const double most = 1 / std::sqrt(static_cast<double>(axis(weight_hh, 1)));
    visit(*this, [&](const char*, auto& w) {
      HostArray numbers = to_host(w);
      for (double& x : numbers.values) x = generator.uniform(-most, most);
      assign(w, numbers);
    });
  }

  /// Torch's names.
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight_ih_l0", self.weight_ih);
    f("weight_hh_l0", self.weight_hh);
    f("bias_ih_l0", self.bias_ih);
    f("bias_hh_l0", self.bias_hh);
  }
  /// Torch's names of a layer's second direction.
  template <class Self, class F>
  static void visit_reverse(Self& self, F&& f) {
    f("weight_ih_l0_reverse", self.weight_ih);
    f("weight_hh_l0_reverse", self.weight_hh);
    f("bias_ih_l0_reverse", self.bias_ih);
    f("bias_hh_l0_reverse", self.bias_hh);
  }

 private:
  /// Calls each(state, place) behind every row; returns the last state (..., H).
  template <Tokens X, class F>
  auto run(const X& rows, ReadingOrder order, F&& each) const {
    check_shapes(rows);
    const auto gates = split_columns(unpack(linear(pack(rows), weight_ih, bias_ih), rows), 3);  // r, z, n: (..., n, H)
    // At padding z is 1 to the last bit, and the state stays.
    const auto keep = transpose(fill_padding(transpose(gates[1]), mask(rows), 1e4));  // (..., n, H)
    auto h = scale(row(gates[2], 0), 0);                                              // (..., H)
    const std::int64_t n = axis(rows, 2);
    for (std::int64_t step = 0; step < n; ++step) {
      const std::int64_t place = order == ReadingOrder::forward ? step : n - 1 - step;
      const auto state = split_columns(linear(h, weight_hh, bias_hh), 3);     // (..., H) each
      const auto r = sigmoid(add(row(gates[0], place), state[0]));            // (..., H)
      const auto open = sigmoid(scale(add(row(keep, place), state[1]), -1));  // (..., H), 1 - z
      const auto fresh = tanh(add(row(gates[2], place), mul(r, state[2])));   // (..., H), n
      h = add(h, mul(open, sub(fresh, h)));                                   // (..., H)
      each(h, place);
    }
    return h;
  }

  template <Tokens X>
  void check_shapes(const X& rows) const {
    check_rows("Gru", "rows", rows, axis(weight_ih, 1));
    const std::int64_t width = axis(weight_hh, 1);
    check_shape("Gru", "weight_hh", weight_hh, {3 * width, width});
    check_shape("Gru", "weight_ih", weight_ih, {3 * width, axis(weight_ih, 1)});
    check_shape("Gru", "bias_ih", bias_ih, {3 * width});
    check_shape("Gru", "bias_hh", bias_hh, {3 * width});
    check_same_kind("Gru", "rows and weight", values(rows), weight_ih);
  }
};

/// Both directions, and the mean of their states: (..., n, D) -> (..., n, H).
template <Tensor T>
struct BidirectionalGru {
  Gru<T> forward;
  Gru<T> backward;  // reads from the last row to the first

  static BidirectionalGru create(std::int64_t in, std::int64_t width) {
    return {Gru<T>::create(in, width), Gru<T>::create(in, width)};
  }

  template <Tokens X>
  auto operator()(const X& rows) const {
    return scale(add(forward(rows), backward(rows, ReadingOrder::backward)), 0.5);  // (..., n, H)
  }

  void initialize(WeightGenerator& generator) {
    forward.initialize(generator);
    backward.initialize(generator);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    Gru<T>::visit(self.forward, f);
    Gru<T>::visit_reverse(self.backward, f);
  }
};

}  // namespace mgan
