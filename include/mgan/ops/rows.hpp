// Choosing and arranging rows and columns.
#pragma once

#include <utility>
#include <vector>

#include "mgan/core/masked.hpp"

namespace mgan {

struct transpose_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::transpose(x);
  }
};
struct row_fn {
  template <Tensor X>
  auto operator()(const X& x, std::int64_t index) const {
    return ops_for<X>::row(x, index);
  }
};
struct drop_rows_fn {
  template <Tensor X>
  auto operator()(const X& x, std::int64_t count) const {
    return ops_for<X>::drop_rows(x, count);
  }
};
struct columns_fn {
  template <Tensor X>
  auto operator()(const X& x, std::int64_t begin, std::int64_t count) const {
    return ops_for<X>::columns(x, begin, count);
  }
};
struct split_columns_fn {
  template <Tensor X>
  auto operator()(const X& x, std::int64_t parts) const {
    return ops_for<X>::split_columns(x, parts);
  }
};
struct split_first_row_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    if constexpr (requires { ops_for<X>::split_first_row(x); }) return ops_for<X>::split_first_row(x);
    else return std::pair{ops_for<X>::row(x, 0), ops_for<X>::drop_rows(x, 1)};
  }
};
struct concat_fn {
  template <Tensor X>
  auto operator()(const std::vector<X>& parts) const {
    return ops_for<X>::concat(parts);
  }
};
struct concat_rows_fn {
  template <Tensor X>
  auto operator()(const std::vector<X>& parts) const {
    return ops_for<X>::concat_rows(parts);
  }
};
struct flatten_rows_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::flatten_rows(x);
  }
};
struct stack_columns_fn {
  template <Tensor X>
  auto operator()(const std::vector<X>& parts) const {
    return ops_for<X>::stack_columns(parts);
  }
};
struct add_to_rows_fn {
  template <Tensor X, Tensor V>
  auto operator()(const X& x, const V& vector) const {
    return ops_for<X>::add_to_rows(x, vector);
  }
};
struct divide_rows_fn {
  template <Tensor X, Tensor V>
  auto operator()(const X& x, const V& vector) const {
    return ops_for<X>::divide_rows(x, vector);
  }
};
struct multiply_rows_fn {
  template <Tensor X, Tensor V>
  auto operator()(const X& x, const V& vector) const {
    return ops_for<X>::multiply_rows(x, vector);
  }
};
struct scale_rows_fn {
  template <Tensor X, Tensor V>
  auto operator()(const X& x, const V& factors) const {
    return ops_for<X>::scale_rows(x, factors);
  }
};
struct sort_rows_fn {
  template <Tensor X, class Mask = NoMask>
  auto operator()(const X& x, const Mask& real = {}) const {
    return ops_for<X>::sort_rows(x, real);
  }
};
struct real_first_fn {
  NoMask operator()(NoMask) const { return {}; }
  template <Tensor Mask>
  auto operator()(const Mask& real) const {
    return ops_for<Mask>::real_first(real);
  }
};
struct prepend_real_fn {
  NoMask operator()(NoMask, std::int64_t) const { return {}; }
  template <Tensor Mask>
  auto operator()(const Mask& real, std::int64_t count) const {
    return ops_for<Mask>::prepend_real(real, count);
  }
};
struct fill_padding_fn {
  template <Tensor X, class Mask>
  auto operator()(const X& x, const Mask& real, double value) const {
    return ops_for<X>::fill_padding(x, real, value);
  }
};
struct mask_rows_fn {
  template <Tensor X, class Mask>
  auto operator()(const X& x, const Mask& real) const {
    return ops_for<X>::mask_rows(x, real);
  }
};
struct pack_fn {
  template <Tensor X>
  const X& operator()(const X& x) const {
    return x;
  }
  template <class T>
  auto operator()(const Masked<T>& x) const {
    return ops_for<T>::pack_rows(x.values, x.mask);
  }
};
struct unpack_fn {
  template <Tensor X, Tensor Like>
  X operator()(X rows, const Like&) const {
    return rows;
  }
  template <Tensor X, class T>
  auto operator()(const X& rows, const Masked<T>& like) const {
    return ops_for<X>::unpack_rows(rows, like.mask);
  }
};
struct top_k_fn {
  template <Tensor X>
  auto operator()(const X& scores, std::int64_t k) const {
    return ops_for<X>::top_k(scores, k);
  }
};
struct rest_of_top_k_fn {
  template <Tensor X>
  auto operator()(const X& scores, std::int64_t k) const {
    return ops_for<X>::rest_of_top_k(scores, k);
  }
};
struct gather_rows_fn {
  template <Tensor X, class Indices>
  auto operator()(const X& x, const Indices& indices) const {
    return ops_for<X>::gather_rows(x, indices);
  }
};
struct fill_columns_fn {
  template <Tensor X, class Indices>
  auto operator()(const X& x, const Indices& indices, double value) const {
    return ops_for<X>::fill_columns(x, indices, value);
  }
};
struct diagonal_fn {
  template <Tensor X>
  auto operator()(const X& x) const {
    return ops_for<X>::diagonal(x);
  }
};

inline namespace functions {

inline constexpr transpose_fn transpose{};  ///< (..., m, n) -> (..., n, m)
inline constexpr row_fn row{};              ///< (..., m, n) -> (..., n); (..., n) -> (...)
inline constexpr drop_rows_fn drop_rows{};  ///< (..., m, n) -> (..., m - count, n), the first rows left out
inline constexpr columns_fn columns{};      ///< (..., n) -> (..., count)
/// (..., m, n) -> `parts` of (..., m, n / parts), a std::vector; or of a vector (..., n).
inline constexpr split_columns_fn split_columns{};
inline constexpr split_first_row_fn split_first_row{};  ///< (..., m, n) -> (..., n) and (..., m - 1, n), a pair
/// (..., m, n_i) -> (..., m, sum n_i), or vectors (..., n_i); leading axes broadcast.
inline constexpr concat_fn concat{};
inline constexpr concat_rows_fn concat_rows{};      ///< (..., m_i, n) -> (..., sum m_i, n); leading axes broadcast
inline constexpr flatten_rows_fn flatten_rows{};    ///< (..., m, n) -> (M, n), the rows of all samples
inline constexpr stack_columns_fn stack_columns{};  ///< c vectors (..., m) -> (..., m, c)
inline constexpr add_to_rows_fn add_to_rows{};      ///< (..., m, n) + (..., n): the vector added to every row
inline constexpr divide_rows_fn divide_rows{};      ///< (..., m, n) / (..., n): every row divided by the vector
inline constexpr multiply_rows_fn multiply_rows{};  ///< (..., m, n) (..., n): every row times the vector
inline constexpr scale_rows_fn scale_rows{};        ///< (..., m, n), (..., m): row i times the number i
/// Every column of (..., m, n) in descending order; rows that a mask (..., m) leaves out come last, as zeros.
inline constexpr sort_rows_fn sort_rows{};
/// The mask (..., m) of sorted rows: as many real positions, in front.
inline constexpr real_first_fn real_first{};
/// A mask (..., m) with `count` real positions more in front: (..., count + m).
inline constexpr prepend_real_fn prepend_real{};
inline constexpr fill_padding_fn
    fill_padding{};                         ///< (..., m, n) with `value` in the columns that a mask (..., n) leaves out
inline constexpr mask_rows_fn mask_rows{};  ///< rows (..., m, n) of masked positions (..., m) become zero
/// Of a padded batch (..., m, n) the W real rows alone, (W, n), to compute something of each. Of others a reference to
/// themselves, as `values`.
inline constexpr pack_fn pack{};
/// Rows (W, n) that `pack` took of `like` in their places again, zeros at padding: (..., m, n); others as they are.
inline constexpr unpack_fn unpack{};
inline constexpr top_k_fn
    top_k{};  ///< (..., M) -> (..., k) indices of the largest, ascending; of equals the lower wins
inline constexpr rest_of_top_k_fn rest_of_top_k{};  ///< (..., M) -> (..., M - k): those that top_k leaves, ascending
/// x (..., M, D), indices (..., k) -> (..., k, D); leading axes broadcast.
inline constexpr gather_rows_fn gather_rows{};
/// (..., m, n) or (..., n) with `value` in the columns that indices (..., k) list; leading axes broadcast.
inline constexpr fill_columns_fn fill_columns{};
inline constexpr diagonal_fn diagonal{};  ///< (n, n) -> (n)

}  // namespace functions
}  // namespace mgan
