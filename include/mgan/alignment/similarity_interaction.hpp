// Similarity interaction, the heart of the paper. Eq. (7)-(10); the module comes from UCoFiA (2023).
//
//     ISA(x; A) = sum_j a_j x_j,    a = softmax((A softmax(x / tau)) / tau)
//
// At tau = 1 the weights of cosines are nearly uniform, at tau = 0.01 nearly a maximum.
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// How the square weight meets the first softmax p.
enum class Convention {
  column,  ///< y = A p: the paper
  row,     ///< y = p A, that is A' p: UCoFiA's published code
};

/// Throws unless tau is a positive, finite number.
inline void check_temperature(const char* where, double temperature) {
  check_positive(where, "temperature", temperature);
}

/// 1 / tau as a weight (1), where the temperature is trained.
template <Tensor V>
struct Sharpness {
  V inverse;
};
template <Tensor V>
Sharpness(V) -> Sharpness<V>;

/// x / tau: tau is a number, or a weight behind `Sharpness`.
template <Tensor X>
auto cooled(const X& x, double temperature) {
  return scale(x, 1 / temperature);
}
template <Tensor X, Tensor V>
auto cooled(const X& x, const Sharpness<V>& sharpness) {
  return scale_by(x, sharpness.inverse);
}

/// The interaction's weights a, which are positive and sum to 1: x (..., n), weight (m, m) with m >= n -> (..., n).
/// Fewer than m entries use the leading block. Masked positions have weight exactly 0 in both softmaxes.
template <Tensor X, Tensor W, class Temperature, class Mask = NoMask>
auto interaction_weights(const X& x, const W& weight, const Temperature& temperature, Convention convention,
                         const Mask& real = {}) {
  const auto block = leading_block(weight, axis(x, 1));                                              // (n, n)
  const auto p = softmax(cooled(x, temperature), real);                                              // (..., n)
  const auto y = convention == Convention::column ? linear(p, block) : linear(p, transpose(block));  // (..., n)
  return softmax(cooled(y, temperature), real);                                                      // (..., n)
}

/// The interaction with a given weight, on the last axis: x (..., n) -> (...).
template <Tensor X, Tensor W, class Temperature, class Mask = NoMask>
auto interact(const X& x, const W& weight, const Temperature& temperature, Convention convention,
              const Mask& real = {}) {
  const auto a = interaction_weights(x, weight, temperature, convention, real);  // (..., n)
  return sum(mul(a, x));                                                         // (...)
}

template <Tensor T>
struct SimilarityInteraction {
  matrix_of<T> weight;  // A: (n, n), the identity at the start
  double temperature = 1;
  Convention convention = Convention::column;

  static SimilarityInteraction create(std::int64_t n, double temperature = 1) {
    return {make_identity<T>(n), temperature};
  }

  /// x (..., n), with a mask if it is padded -> (...).
  template <Tokens X>
  auto operator()(const X& x) const {
    check_temperature("SimilarityInteraction", temperature);
    const std::int64_t n = axis(weight, 1);
    check_shape("SimilarityInteraction", "weight", weight, {n, n});
    require(axis(x, 1) > 0 && axis(x, 1) <= n, "SimilarityInteraction: x is ", shape(x), ", weight is (", n, ", ", n,
            ")");
    check_same_kind("SimilarityInteraction", "x and weight", values(x), weight);
    check_finite("SimilarityInteraction", "x", x);
    return interact(values(x), weight, temperature, convention, mask(x));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
};

}  // namespace mgan
