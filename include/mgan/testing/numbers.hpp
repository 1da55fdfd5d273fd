// Inputs of a check as numbers: a list of samples or a batch, whose tensors are replaced, chosen from and taken apart.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/core/initialize.hpp"

namespace mgan {

/// Uniform numbers in (-1, 1) from a seed, the same for every tensor library.
inline HostArray random_numbers(const Shape& sizes, std::uint64_t seed) {
  WeightGenerator generator{seed};
  HostArray out{sizes, {}};
  for (std::int64_t i = 0; i < element_count(sizes); ++i) out.values.push_back(generator.uniform(-1, 1));
  return out;
}

namespace detail {

inline bool is_floating(std::string_view dtype) { return dtype.starts_with('F') || dtype.starts_with("BF"); }

/// A new tensor of these numbers, in the scalar type of `like`; the sizes may differ where the library allows it.
template <Tensor X>
X with_numbers(const X& like, const HostArray& numbers) {
  using ops = ops_for<X>;
  if constexpr (requires {
                  { ops::tensor_like(like, numbers) } -> std::same_as<X>;
                }) {
    return ops::tensor_like(like, numbers);
  } else {
    X x = like;
    assign(x, numbers);
    return x;
  }
}

/// True for a library whose tensors have a batch axis; others come as lists of samples.
template <class X>
inline constexpr bool has_batches = requires(const X& x) {
  ops_for<X>::unsqueeze(x, 0);
};

/// The tensor type of an input.
template <class Input>
auto any_tensor(const Input& input) {
  if constexpr (is_list<Input>) return first_tensor(input.front());
  else return first_tensor(input);
}
template <class Input>
using tensor_of = decltype(any_tensor(std::declval<const Input&>()));

template <class Input>
std::int64_t sample_count(const Input& input) {
  if constexpr (is_list<Input>) return static_cast<std::int64_t>(input.size());
  else return batch_size(input);
}

struct unchanged {
  template <class X>
  X operator()(const X& x) const {
    return x;
  }
};

/// f(tensor) in the place of every floating tensor, g(tensor) in that of a mask or of integers.
template <class Input, class F, class G = unchanged>
Input map_floating(const Input& input, const F& f, const G& g = {}) {
  if constexpr (is_list<Input>) {
    Input out;
    for (const auto& sample : input) out.push_back(map_floating(sample, f, g));
    return out;
  } else if constexpr (is_masked<Input>) {
    return Input{f(input.values), g(input.mask)};
  } else {
    return map_state(input, [&](const auto& x) { return is_floating(to_host(x).dtype) ? f(x) : g(x); });
  }
}

/// f(numbers) changes the numbers of every floating tensor.
template <class Input, class F>
Input map_numbers(const Input& input, const F& f) {
  return map_floating(input, [&](const auto& x) {
    HostArray numbers = to_host(x);
    f(numbers);
    return with_numbers(x, numbers);
  });
}

/// The samples `order` of a host batch (B, ...).
inline HostArray select(const HostArray& batch, const std::vector<std::int64_t>& order) {
  HostArray out{batch.shape, {}, batch.dtype};
  out.shape.at(0) = static_cast<std::int64_t>(order.size());
  const std::int64_t size = element_count(batch.shape) / batch.shape[0];
  for (const std::int64_t b : order)
    out.values.insert(out.values.end(), batch.values.begin() + b * size, batch.values.begin() + (b + 1) * size);
  return out;
}
/// The samples `order` of an input.
template <class Input>
Input select(const Input& input, const std::vector<std::int64_t>& order) {
  if constexpr (is_list<Input>) {
    Input out;
    for (const std::int64_t b : order) out.push_back(input.at(static_cast<std::size_t>(b)));
    return out;
  } else {
    return map_state(input, [&](const auto& x) { return with_numbers(x, select(to_host(x), order)); });
  }
}

/// A host batch (B, n, ...) with `count` of its positions left.
inline HostArray leading_positions(const HostArray& batch, std::int64_t count) {
  HostArray out{batch.shape, {}, batch.dtype};
  const std::int64_t n = batch.shape.at(1), size = element_count(batch.shape) / (batch.shape[0] * n);
  out.shape[1] = count;
  for (std::int64_t b = 0; b < batch.shape[0]; ++b)
    for (std::int64_t i = 0; i < count * size; ++i)
      out.values.push_back(batch.values[static_cast<std::size_t>(b * n * size + i)]);
  return out;
}
/// One sample as a batch of one, without its padding.
template <class Input>
Input alone(const Input& input, std::int64_t b) {
  Input one = select(input, {b});
  if constexpr (is_masked<Input>) {
    std::int64_t length = 0;
    const HostArray real = to_host(one.mask);
    for (std::size_t i = 0; i < real.values.size(); ++i)
      if (real.values[i] != 0) length = static_cast<std::int64_t>(i) + 1;
    return Input{with_numbers(one.values, leading_positions(to_host(one.values), length)),
                 with_numbers(one.mask, leading_positions(real, length))};
  } else {
    return one;
  }
}

/// A tensor in double on the CPU, where its library can make one from numbers: from_host(HostArray).
/// Else in its own scalar type.
template <Tensor X>
X as_double(const X& x) {
  const HostArray numbers = to_host(x);
  if constexpr (requires {
                  { ops_for<X>::from_host(numbers) } -> std::same_as<X>;
                })
    return ops_for<X>::from_host(numbers);
  else return with_numbers(x, numbers);
}

/// How a tensor keeps numbers, found out by what remains of 1/3: F64, F32 or BF16.
template <Tensor X>
std::string kept_precision(const X& x) {
  HostArray numbers = to_host(x);
  for (double& v : numbers.values) v = 1 / 3.0;
  const HostArray kept = to_host(with_numbers(x, numbers));
  const double off = kept.values.empty() ? 0 : std::abs(kept.values[0] - 1 / 3.0);
  return off < 1e-12 ? "F64" : off < 1e-6 ? "F32" : "BF16";
}
inline std::string coarser(const std::string& a, const std::string& b) {
  return a == "F64" ? b : b == "F64" || a == b ? a : "BF16";
}

/// The same, and an error where the library has no double.
template <Tensor X>
X in_double(const char* where, const std::string& name, const X& x) {
  const X y = as_double(x);
  const std::string precision = kept_precision(y);
  require(precision == "F64", where, ": ", name, " is kept in ", precision, ", expected F64");
  return y;
}

/// The functor with its weights in the scalar type and on the device of an input, where a library has that choice.
template <class T, class M>
M in_type_of(const T& input, M functor) {
  visit_tensors(functor, [&](const std::string&, auto& weight) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(weight)>, T> && has_batches<T>)
      weight = with_numbers(input, to_host(weight));
  });
  return functor;
}

struct to_cpu {
  template <class X>
  X operator()(const X& x) const {
    if constexpr (requires { x.cpu(); }) return x.cpu();
    else return x;
  }
};

}  // namespace detail
}  // namespace mgan
