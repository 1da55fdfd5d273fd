// The primitives: all that mgan asks of a tensor library, by group. Each is a static function of `ops`, and
// `mgan::NAME` calls it. A backend that has a whole group says so in one line, and the compiler names what is missing:
//
//     static_assert(mgan::primitives::Arithmetic<MyTensor>);
//
// Nothing asks for a group: only the primitives that a functor calls have to exist. `...` are leading axes, which every
// primitive leaves alone; a backend of single samples, as Eigen's, has none of them.
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "mgan/core/host.hpp"

namespace mgan::primitives {

/// Between tensors and numbers, and what the border checks ask.
template <class X>
concept Numbers = Tensor<X> && requires(const X& x, X& weight, const HostArray& numbers) {
  { ops_for<X>::shape(x) } -> std::same_as<Shape>;        // every axis, the leading ones first
  { ops_for<X>::to_host(x) } -> std::same_as<HostArray>;  // a copy
  ops_for<X>::assign(weight, numbers);                    // overwrites; refuses another shape
  { ops_for<X>::all_finite(x) } -> std::same_as<bool>;
  ops_for<X>::check_same_kind("", "", x, x);  // refuses mixed scalar types and devices
};

/// Weights from sizes.
template <class X>
concept Makers = Tensor<X> && requires(std::int64_t n, double fill) {
  matrix_of<X>(ops_for<X>::make_matrix(n, n, fill));  // (rows, columns)
  vector_of<X>(ops_for<X>::make_vector(n, fill));     // (length)
  kernel_of<X>(ops_for<X>::make_kernel(n, n, n));     // (C_out, C_in, width), zeros
};

/// (...) and (...) -> (...), element by element; the second may be a vector (n) against (..., n).
template <class X>
concept Arithmetic = Tensor<X> && requires(const X& x, const vector_of<X>& v, double number) {
  { ops_for<X>::add(x, v) } -> Tensor;
  { ops_for<X>::sub(x, v) } -> Tensor;
  { ops_for<X>::mul(x, v) } -> Tensor;
  { ops_for<X>::div(x, v) } -> Tensor;
  { ops_for<X>::scale(x, number) } -> Tensor;  // number * x
  { ops_for<X>::scale_by(x, v) } -> Tensor;    // v[0] * x, v (1)
  { ops_for<X>::shift(x, number) } -> Tensor;  // x + number
};

/// (...) -> (...), element by element.
template <class X>
concept Functions = Tensor<X> && requires(const X& x, double number) {
  { ops_for<X>::relu(x) } -> Tensor;  // max(x, 0)
  { ops_for<X>::gelu(x) } -> Tensor;  // x Phi(x), the exact one
  { ops_for<X>::sigmoid(x) } -> Tensor;
  { ops_for<X>::tanh(x) } -> Tensor;
  { ops_for<X>::exp(x) } -> Tensor;
  { ops_for<X>::leaky_relu(x, number) } -> Tensor;  // x where x > 0, else number * x
  { ops_for<X>::at_least(x, number) } -> Tensor;    // max(x, number)
  { ops_for<X>::root(x, number) } -> Tensor;        // sqrt(max(x, number)), number > 0
  { ops_for<X>::where_positive(x, x) } -> Tensor;   // x where the second is > 0, else 0; no gradient to the second
  { ops_for<X>::log(x) } -> Tensor;
  { ops_for<X>::clip(x, number, number) } -> Tensor;  // min(max(x, low), high)
  { ops_for<X>::detach(x) } -> Tensor;                // x without its gradient
};

/// Weights are (out, in).
template <class X>
concept Products = Tensor<X> && requires(const X& x, const matrix_of<X>& A, const vector_of<X>& v, std::int64_t n) {
  { ops_for<X>::linear(x, A) } -> Tensor;     // (..., in), (out, in) -> (..., out)
  { ops_for<X>::linear(x, A, v) } -> Tensor;  // and a bias (out)
  { ops_for<X>::matmul(x, x) } -> Tensor;     // (..., N, R), (..., R, D) -> (..., N, D)
  { ops_for<X>::inner(x, x) } -> Tensor;      // (..., K, D), (..., L, D) -> (..., K, L)
  { ops_for<X>::dot(x, v) } -> Tensor;        // (..., N, D), (..., D) -> (..., N); (..., D), (..., D) -> (...)
  { ops_for<X>::quadratic(x, x) } -> Tensor;  // (..., m, n), symmetric (..., n, n) -> (..., m): x' G x of every row
  { ops_for<X>::blockwise_linear(x, A, v) } -> Tensor;  // (..., h, in), (h out, in), (h out) -> (..., h out)
  { ops_for<X>::leading_block(A, n) } -> Tensor;        // (m, m) -> (n, n)
};

/// Cross-correlation along the rows; dilation (width - 1) / 2 zeros at both ends keep their number.
template <class X>
concept Convolutions = Tensor<X> && requires(const X& x, const kernel_of<X>& w, const vector_of<X>& b, std::int64_t n) {
  { ops_for<X>::conv1d(x, w, b, n) } -> Tensor;  // (..., R, C), (C_out, C, width), (C_out), dilation -> (..., R, C_out)
};

/// The last axis as a whole: (..., n) -> (..., n).
template <class X>
concept Normalizations = Tensor<X> && requires(const X& x, const vector_of<X>& v, double epsilon) {
  { ops_for<X>::normalize(x) } -> Tensor;                  // x / max(|x|, 1e-12), a zero vector with gradient 0
  { ops_for<X>::l2(x, epsilon) } -> Tensor;                // x / (|x| + epsilon), likewise
  { ops_for<X>::softmax(x, NoMask{}) } -> Tensor;          // exp(x) / sum exp(x)
  { ops_for<X>::layer_norm(x, v, v, epsilon) } -> Tensor;  // weight (n), bias (n), the biased variance
};

/// The last axis to one number: (..., n) -> (...).
template <class X>
concept Reductions = Tensor<X> && requires(const X& x) {
  { ops_for<X>::sum(x, NoMask{}) } -> Tensor;
  { ops_for<X>::mean(x, NoMask{}) } -> Tensor;
  { ops_for<X>::max(x, NoMask{}) } -> Tensor;  // the gradient goes to the first of the largest
  { ops_for<X>::log_sum_exp(x, NoMask{}) } -> Tensor;
  ops_for<X>::argmax(x, NoMask{});  // the lowest index of the largest, integers
};

/// Choosing and arranging rows and columns of (..., m, n).
template <class X>
concept Rows = Tensor<X> && requires(const X& x, const vector_of<X>& v, const std::vector<X>& parts,
                                     const std::vector<vector_of<X>>& vectors, std::int64_t n) {
  { ops_for<X>::transpose(x) } -> Tensor;            // -> (..., n, m)
  { ops_for<X>::row(x, n) } -> Tensor;               // -> (..., n); (..., n) -> (...)
  { ops_for<X>::drop_rows(x, n) } -> Tensor;         // -> (..., m - count, n), the first rows left out
  { ops_for<X>::columns(x, n, n) } -> Tensor;        // begin, count: (..., n) -> (..., count)
  ops_for<X>::split_columns(x, n);                   // -> a vector of n tensors (..., m, n / parts)
  ops_for<X>::split_columns(v, n);                   // (..., n) -> a vector of tensors (..., n / parts)
  { ops_for<X>::concat(parts) } -> Tensor;           // (..., m, n_i) -> (..., m, sum n_i); leading axes broadcast
  { ops_for<X>::concat(vectors) } -> Tensor;         // (..., n_i) -> (..., sum n_i)
  { ops_for<X>::concat_rows(parts) } -> Tensor;      // (..., m_i, n) -> (..., sum m_i, n); leading axes broadcast
  { ops_for<X>::flatten_rows(x) } -> Tensor;         // (..., m, n) -> (M, n), the rows of all samples
  { ops_for<X>::stack_columns(vectors) } -> Tensor;  // c vectors (..., m) -> (..., m, c)
  { ops_for<X>::add_to_rows(x, v) } -> Tensor;       // + (..., n), the same for every row
  { ops_for<X>::divide_rows(x, v) } -> Tensor;       // / (..., n), the same for every row
  { ops_for<X>::multiply_rows(x, v) } -> Tensor;     // times (..., n), the same for every row
  { ops_for<X>::scale_rows(x, v) } -> Tensor;        // row i times number i of (..., m)
  { ops_for<X>::sort_rows(x, NoMask{}) } -> Tensor;  // every column in descending order
  { ops_for<X>::diagonal(x) } -> Tensor;             // (n, n) -> (n)
  { ops_for<X>::mask_rows(x, NoMask{}) } -> Tensor;  // x as it is: see Masks
  { ops_for<X>::fill_padding(x, NoMask{}, 0.0) } -> Tensor;
  // (..., M) -> (..., k), ascending; (..., M, D) -> (..., k, D), leading axes broadcast
  ops_for<X>::gather_rows(x, ops_for<X>::top_k(v, n));
  ops_for<X>::gather_rows(x, ops_for<X>::rest_of_top_k(v, n));  // -> (..., M - k), those that top_k leaves
  // (..., m, n) or (..., n), indices (..., k) -> the number in the columns of the indices, leading axes broadcast
  { ops_for<X>::fill_columns(x, ops_for<X>::top_k(v, n), 0.0) } -> Tensor;
};

/// The overloads for padding: a mask (..., n) of the last axis, true where a position is real, also serves (..., m, n).
template <class X>
concept Masks = Tensor<X> && requires(const X& x, const X& real) {
  { ops_for<X>::softmax(x, real) } -> Tensor;  // exactly 0 at the others
  { ops_for<X>::sum(x, real) } -> Tensor;
  { ops_for<X>::mean(x, real) } -> Tensor;
  { ops_for<X>::max(x, real) } -> Tensor;
  { ops_for<X>::log_sum_exp(x, real) } -> Tensor;
  ops_for<X>::argmax(x, real);
  { ops_for<X>::mask_rows(x, real) } -> Tensor;          // (..., m, n), a mask (..., m): the other rows become zero
  { ops_for<X>::fill_padding(x, real, 0.0) } -> Tensor;  // the other columns get the number
  { ops_for<X>::sort_rows(x, real) } -> Tensor;          // a mask (..., m): the other rows come last, as zeros
  { ops_for<X>::real_first(real) } -> Tensor;            // a mask (..., m): as many real positions, in front
  { ops_for<X>::prepend_real(real, std::int64_t{}) } -> Tensor;  // a mask (..., m) -> (..., n + m), n true in front
  { ops_for<X>::pack_rows(x, real) } -> Tensor;    // (..., m, n), a mask (..., m) -> (W, n), the real rows
  { ops_for<X>::unpack_rows(x, real) } -> Tensor;  // (W, n), a mask (..., m) -> (..., m, n), zeros elsewhere
};

/// What the driver of all pairs does with the leading axis of a batch.
template <class X>
concept Batches = Tensor<X> && requires(const X& x, const std::vector<X>& parts, std::int64_t n) {
  { ops_for<X>::unsqueeze(x, n) } -> Tensor;  // an axis of length 1 at this place
  { ops_for<X>::narrow(x, n, n) } -> Tensor;  // begin, count of the first axis
  { ops_for<X>::join(parts, n) } -> Tensor;   // along this axis
};

/// Noise from a generator: for top-k with a gradient, scores (..., M), and for dropout.
template <class X, class Generator>
concept Random = Tensor<X> && requires(const vector_of<X>& scores, std::int64_t n, double sigma, Generator& generator) {
  { ops_for<X>::gaussian(scores, n, generator) } -> Tensor;  // n draws (..., n, M)
  ops_for<X>::perturbed_top_k(scores, ops_for<X>::gaussian(scores, n, generator), n, sigma, true);  // -> (..., k, M)
  // x / (1 - rate) or, with the probability `rate`, 0: element by element
  { ops_for<X>::dropout(scores, sigma, generator) } -> Tensor;
};

/// Running statistics (core/state.hpp).
template <class X>
concept State = Tensor<X> && requires(const X& x, X& state, double momentum) {
  { ops_for<X>::identity(x) } -> std::same_as<const void*>;  // the same for handles on the same numbers
  ops_for<X>::move_towards(state, x, momentum);              // (1 - momentum) state + momentum x, in place
};

/// Half precision; a backend without it lacks both.
template <class X>
concept HalfPrecision = Tensor<X> && requires(const X& x) {
  { ops_for<X>::widen(x) } -> Tensor;       // half precision in single, others as they are
  { ops_for<X>::type_as(x, x) } -> Tensor;  // the first in the scalar type of the second
};

}  // namespace mgan::primitives
