// The members of an aggregate, in order: how a functor is looked at that was not written to be looked at.
#pragma once

#include <cstddef>
#include <type_traits>

#include "mgan/core/parameters.hpp"

namespace mgan::detail {

/// Converts to anything that a member may be, but not to a base class of M.
template <class M>
struct any_member {
  template <class T>
  requires(!std::is_base_of_v<T, M>) operator T() const;
};

/// How many members M{...} takes; 0 for a class with constructors, or with more than ten.
template <class M, class... A>
constexpr std::size_t count_members() {
  if constexpr (!std::is_aggregate_v<M> || sizeof...(A) > 10) return 0;
  else if constexpr (requires { M{A{}..., any_member<M>{}}; }) return count_members<M, A..., any_member<M>>();
  else return sizeof...(A);
}

/// f(member...) of an aggregate of one to ten members.
template <class M, class F>
decltype(auto) with_members(const M& m, F&& f) {
  constexpr std::size_t n = count_members<M>();
  if constexpr (n == 1) {
    const auto& [a] = m;
    return f(a);
  } else if constexpr (n == 2) {
    const auto& [a, b] = m;
    return f(a, b);
  } else if constexpr (n == 3) {
    const auto& [a, b, c] = m;
    return f(a, b, c);
  } else if constexpr (n == 4) {
    const auto& [a, b, c, d] = m;
    return f(a, b, c, d);
  } else if constexpr (n == 5) {
    const auto& [a, b, c, d, e] = m;
    return f(a, b, c, d, e);
  } else if constexpr (n == 6) {
    const auto& [a, b, c, d, e, g] = m;
    return f(a, b, c, d, e, g);
  } else if constexpr (n == 7) {
    const auto& [a, b, c, d, e, g, h] = m;
    return f(a, b, c, d, e, g, h);
  } else if constexpr (n == 8) {
    const auto& [a, b, c, d, e, g, h, i] = m;
    return f(a, b, c, d, e, g, h, i);
  } else if constexpr (n == 9) {
    const auto& [a, b, c, d, e, g, h, i, j] = m;
    return f(a, b, c, d, e, g, h, i, j);
  } else {
    const auto& [a, b, c, d, e, g, h, i, j, k] = m;
    return f(a, b, c, d, e, g, h, i, j, k);
  }
}

template <class X>
inline constexpr bool is_weight = Tensor<X> && !std::is_floating_point_v<X>;

/// True for an aggregate with a tensor among its members.
template <class M>
constexpr bool holds_tensors() {
  if constexpr (count_members<M>() == 0) return false;
  else
    return decltype(with_members(std::declval<const M&>(), [](const auto&... x) {
      return std::bool_constant<(is_weight<std::remove_cvref_t<decltype(x)>> || ...)>{};
    }))::value;
}

/// Weights that nobody visits are neither trained nor saved nor checked.
template <class M>
constexpr void require_visit() {
  static_assert(
      HasParameters<M> || HasState<M> || !holds_tensors<M>(),
      "mgan: this functor holds tensors and has no visit(self, f): its weights would not be trained, saved or "
      "checked");
}

}  // namespace mgan::detail
